"""Where a time zone's clocks change, found through ``zoneinfo``, which answers only what the offset is at an instant."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

# No zone of the IANA database (2026) has two clock changes within 95 hours of each other (Freetown, September 1939), so a
# step of two days holds at most one, and equal offsets at its ends mean none.
_STEP = timedelta(hours=48)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Stretch:
    """Time from ``start`` to before ``end`` (UTC) with one offset from UTC to local wall-clock time."""

    start: datetime
    end: datetime
    offset: timedelta


def offset_at(zone: ZoneInfo, instant: datetime) -> timedelta:
    """Local time minus UTC at an instant."""
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None  # every ZoneInfo has one
    return offset


def stretches(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Stretch]:
    """The time from ``start`` to ``end`` cut at the zone's clock changes, in order, lazily."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    opened, here = start, start
    offset = offset_at(zone, start)
    while here < end:
        there = min(here + _STEP, end)
        if offset_at(zone, there) != offset:
            change = _change(zone, here, there, offset)
            yield Stretch(opened, change, offset)
            opened = here = change
            offset = offset_at(zone, change)
        else:
            here = there
    if opened < end:
        yield Stretch(opened, end, offset)


def _change(zone: ZoneInfo, low: datetime, high: datetime, offset: timedelta) -> datetime:
    """The second at which the offset stops being ``offset``: it holds at ``low`` and not at ``high``."""
    low, high = low.replace(microsecond=0), high.replace(microsecond=0)  # clocks change on whole seconds
    while high - low > _SECOND:
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if offset_at(zone, middle) == offset:
            low = middle
        else:
            high = middle
    return high
