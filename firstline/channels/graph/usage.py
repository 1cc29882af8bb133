"""What the headers of Meta's answers say of usage (Graph API, *Rate limits*): percentages, minutes to wait. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from firstline.channels.graph.reading import items, mapping, number
from firstline.kit.foreign import decoded

HEADERS = ("x-app-usage", "x-business-use-case-usage", "x-page-usage")
SHARES = ("call_count", "total_time", "total_cputime")
LONGEST = 20_000
"""Characters of a header that are read; one for some hundred accounts of an app."""
_MOST = 1_000


@dataclass(frozen=True)
class Usage:
    """The highest percentage of any limit, None if none was told; minutes until Meta takes requests again, 0 if it does."""

    percent: int | None = None
    minutes: int = 0


def usage_in(headers: Mapping[str, str]) -> Usage:
    """What an answer says. What cannot be read says nothing."""
    found = [one for name in HEADERS for one in _read(headers.get(name, ""))]
    shares = [share for one in found for name in SHARES if (share := number(one.get(name))) is not None and share >= 0]
    minutes = [number(one.get("estimated_time_to_regain_access")) or 0 for one in found]
    return Usage(min(max(shares), _MOST) if shares else None, max(0, *minutes) if minutes else 0)


def _read(header: str) -> Iterator[Mapping[str, Any]]:
    """The uses in one header: one for an app or a page, lists by id of a business."""
    try:
        said = decoded(header[:LONGEST]) if header else None
    except ValueError:
        return
    yield mapping(said)
    for uses in mapping(said).values():
        yield from map(mapping, items(uses))
