"""Webhooks of Messenger and Instagram → happenings. Pure: the same bytes give the same happenings."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from firstline.channels.base import Account, RawRequest
from firstline.channels.graph.reading import items, mapping, word
from firstline.channels.graph.webhooks import Item, read_delivery
from firstline.channels.happenings import Happening, Ignored, Parsed
from firstline.channels.messenger.config import config_of
from firstline.channels.messenger.events import Page, happened
from firstline.channels.messenger.history import REST, read
from firstline.channels.rereading.rules import READ
from firstline.kit.foreign import decoded

MOST = 5_000


def parse(account: Account, request: RawRequest) -> Parsed:
    """What happened.

    :raises ValueError: if the body is no JSON at all.
    """
    page = Page(account.id, config_of(account))
    if request.method == READ and request.rest == REST:
        return read(page, decoded(request.body))
    found = read_delivery(decoded(request.body), partial(_everything, page), MOST)
    return found if found.happenings or found.problems else Parsed((Ignored("Nothing about messages"),))


def _everything(page: Page, envelope: Mapping[str, Any]) -> Iterator[Item]:
    for entry in items(envelope.get("entry")):
        one = mapping(entry)
        mine = word(one.get("id"), 200) in page.config.own_ids
        for item in items(one.get("messaging")):
            yield item, partial(happened, page, item, standby=False) if mine else _of_another
        for item in items(one.get("standby")):
            yield item, partial(happened, page, item, standby=True) if mine else _of_another
        for change in items(one.get("changes")):
            value = mapping(mapping(change).get("value"))
            if "sender" in value and "recipient" in value:
                yield value, partial(happened, page, value, standby=False) if mine else _of_another


def _of_another() -> tuple[Happening, ...]:
    raise ValueError("it is for another page or account than this one; connect that one")
