"""Keys of customers, as WhatsApp tells them with messages and statuses while the number checks identities (*Identity change
check*). Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from firstline.channels.graph.reading import instant, items, mapping, word
from firstline.channels.happenings import Keyed
from firstline.channels.whatsapp.inbound import ANOTHER, Number, contact_of, senders
from firstline.channels.whatsapp.statuses import recipient
from firstline.contacts.rules import Identity

_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def told_in(of: Number, value: Mapping[str, Any]) -> Iterator[Keyed]:
    """The keys in a delivery; none if the account does not check them, or an item is broken: that is told elsewhere."""
    if not of.config.identity_check:
        return
    contacts = list(items(value.get("contacts")))
    for message in map(mapping, items(value.get("messages"))):
        said = contact_of(message, contacts).get("identity_key_hash") or mapping(message.get("identity")).get("hash")
        if word(message.get("type"), 60) != "system" and (told := _told(said, message)):
            yield from _keyed(of, message, contacts, *told)
    for status in map(mapping, items(value.get("statuses"))):
        who, told = recipient(of, status), _told(status.get("recipient_identity_key_hash"), status)
        if who is not None and told and word(status.get("status"), 40).lower() != "failed":
            yield Keyed((who,), *told, ANOTHER)


def _told(said: Any, item: Mapping[str, Any]) -> tuple[str, Any] | None:
    """A key and when it was told, if both are there."""
    key = word(said, 300) if isinstance(said, str) else ""
    try:
        return (key, instant(item.get("timestamp"))) if _KEY.fullmatch(key) else None
    except ValueError:
        return None


def _keyed(of: Number, message: Mapping[str, Any], contacts: list[Any], key: str, at: Any) -> Iterator[Keyed]:
    try:
        who: tuple[Identity, ...] = tuple(senders(of, message, contacts))
    except ValueError:
        return
    yield Keyed(who, key, at, ANOTHER)
