"""Choices where a channel has no buttons: numbered text on the way out, the number back to the choice on the way in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from firstline.channels.base import Button, Capabilities
from firstline.channels.happenings import Inbound
from firstline.contacts.tables import identity
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx

_NUMBER = re.compile(r"^\W*(\d{1,2})\W*$")


def worded(text: str, options: Sequence[str], can: Capabilities) -> tuple[str, tuple[Button, ...]]:
    """The text and the buttons for a channel: buttons where all of them fit, else numbered lines (CH8)."""
    options = [option for option in options if option.strip()]
    if not options:
        return text, ()
    if len(options) <= can.buttons and all(len(option) <= can.button_limit for option in options):
        return text, tuple(Button(str(number), option) for number, option in enumerate(options, 1))
    lines = [f"{number}. {option}" for number, option in enumerate(options, 1)]
    if all(line in text for line in lines):
        return text, ()
    return "\n".join([text, *lines]), ()


def chosen(tx: Tx, account_id: str, message: Inbound) -> Inbound:
    """A bare number right after numbered choices, or a tapped button, means the choice; what was typed is kept."""
    if isinstance(message.data.get("choice"), dict):
        return _sealed(tx, account_id, message, message.data["choice"])
    if message.data.get("choice") is not None and not str(message.data["choice"]).isdigit():
        return message
    found = _NUMBER.match(str(message.data.get("choice") or message.text))
    if found is None:
        return message
    options = _last_options(tx, account_id, message)
    number = int(found[1])
    if not 0 < number <= len(options):
        return message
    data = {**message.data, "choice": {"number": number, "label": options[number - 1]}, "typed": message.text}
    return replace(message, text=options[number - 1], data=data)


def _sealed(tx: Tx, account_id: str, message: Inbound, choice: Mapping[str, Any]) -> Inbound:
    """A tapped button that names its message: it counts only if that message went to this very customer, and it is told whether
    something else was written since, for a button of last month can still be tapped."""
    row = tx.row(
        select(entry.c.data, conversation.c.id, conversation.c.last_seq, entry.c.seq)
        .join(conversation, conversation.c.id == entry.c.conversation_id)
        .join(identity, identity.c.contact_id == conversation.c.contact_id)
        .where(
            entry.c.id == str(choice.get("message")),
            entry.c.direction == "out",
            conversation.c.id == str(choice.get("conversation")),
            conversation.c.channel_account_id == account_id,
            identity.c.kind == message.sender.kind.value,
            identity.c.scope == message.sender.scope,
            identity.c.value == message.sender.value,
        )
    )
    options = row.data.get("options", []) if row is not None else []
    number = choice.get("number")
    if row is None or not isinstance(options, list) or not isinstance(number, int) or not 0 < number <= len(options):
        return replace(message, data={key: value for key, value in message.data.items() if key != "choice"})
    told = {"number": number, "label": str(options[number - 1]), "message": choice["message"], "late": row.last_seq > row.seq}
    return replace(message, text=str(options[number - 1]), data={**message.data, "choice": told})


def _last_options(tx: Tx, account_id: str, message: Inbound) -> list[str]:
    """The choices of the last message to this customer, if nothing was written since."""
    row = tx.row(
        select(entry.c.data)
        .join(conversation, conversation.c.id == entry.c.conversation_id)
        .join(identity, identity.c.contact_id == conversation.c.contact_id)
        .where(
            conversation.c.channel_account_id == account_id,
            conversation.c.status == "open",
            entry.c.kind == "message",
            identity.c.kind == message.sender.kind.value,
            identity.c.scope == message.sender.scope,
            identity.c.value == message.sender.value,
        )
        .order_by(conversation.c.id.desc(), entry.c.seq.desc())
        .limit(1)
    )
    options = row.data.get("options", []) if row is not None else []
    return [str(option) for option in options] if isinstance(options, list) else []
