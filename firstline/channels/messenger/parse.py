"""Webhooks of Messenger and Instagram → happenings. Pure: the same bytes give the same happenings."""

from collections.abc import Iterator, Mapping
from typing import Any

from firstline.channels.base import Account, RawRequest
from firstline.channels.graph.reading import items, mapping, shortened, word
from firstline.channels.happenings import Happening, Ignored, Parsed, Problem
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
    happenings: list[Happening] = []
    problems: list[Problem] = []
    body = decoded(request.body)
    for envelope in body if isinstance(body, list) else [body]:
        if not isinstance(envelope, dict):
            problems.append(Problem("A delivery is an object with entries.", shortened(envelope)))
            continue
        for item, standby in _everything(page, envelope):
            if len(happenings) + len(problems) >= MOST:
                problems.append(Problem(f"More than {MOST:,} items in one delivery."))
                return Parsed(tuple(happenings), tuple(problems))
            try:
                if standby is None:
                    raise ValueError("it is for another page or account than this one; connect that one")
                happenings += happened(page, item, standby=standby)
            except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
                problems.append(Problem(f"{type(error).__name__}: {error}"[:300], shortened(item)))
    return Parsed(tuple(happenings) or _empty(problems), tuple(problems))


def _empty(problems: list[Problem]) -> tuple[Happening, ...]:
    return () if problems else (Ignored("Nothing about messages"),)


def _everything(page: Page, envelope: Mapping[str, Any]) -> Iterator[tuple[Any, bool | None]]:
    """Every event, and whether another app has the thread; None for one of another page."""
    for entry in items(envelope.get("entry")):
        one = mapping(entry)
        mine = word(one.get("id"), 200) in page.config.own_ids
        for item in items(one.get("messaging")):
            yield item, False if mine else None
        for item in items(one.get("standby")):
            yield item, True if mine else None
        for change in items(one.get("changes")):
            value = mapping(mapping(change).get("value"))
            if "sender" in value and "recipient" in value:
                yield value, False if mine else None
