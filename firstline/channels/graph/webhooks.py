"""A delivery of Meta's webhooks → what happened: every array is read, and a bad item drops none of its siblings. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from firstline.channels.graph.reading import shortened
from firstline.channels.happenings import Happening, Parsed, Problem
from firstline.channels.refusals import in_words

Item = tuple[Any, Callable[[], Iterable[Happening]]]
"""A part of a delivery as it came, and what reads it: raising an error about what is broken in it."""

_BROKEN = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


def read_delivery(body: Any, items_of: Callable[[Mapping[str, Any]], Iterator[Item]], most: int) -> Parsed:
    """What a whole delivery says; one may hold several.

    :param items_of: the items of one of them. :param most: after so many the rest is left out, which is a problem of its own.
    """
    return read_items(_in_all(body if isinstance(body, list) else [body], items_of), most)


def read_items(found: Iterable[Item], most: int) -> Parsed:
    """What items say, in their order."""
    happenings: list[Happening] = []
    problems: list[Problem] = []
    for item, read in found:
        if len(happenings) + len(problems) >= most:
            problems.append(Problem(f"More than {most:,} items in one delivery."))
            break
        try:
            happenings += read()
        except _BROKEN as error:
            problems.append(Problem(f"It could not be read: {in_words(error)}"[:300], shortened(item)))
    return Parsed(tuple(happenings), tuple(problems))


def _in_all(envelopes: Iterable[Any], items_of: Callable[[Mapping[str, Any]], Iterator[Item]]) -> Iterator[Item]:
    for envelope in envelopes:
        if isinstance(envelope, dict):
            yield from items_of(envelope)
        else:
            yield envelope, _no_delivery


def _no_delivery() -> Iterable[Happening]:
    raise ValueError("a delivery is an object with entries")
