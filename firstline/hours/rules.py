"""Is it open, until when, and over which stretches: the decisions about working hours (WH1–WH5).

Local wall-clock time is what counts (WH4): an instant is open when the clock on the wall of the zone shows a minute inside a
row. So an hour that the clocks skip is in no instant, and an hour that they repeat counts both times.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from firstline.hours.offsets import offset_at, stretches
from firstline.hours.rows import A_DAY, Holiday, Row, check_rows, check_zone
from firstline.kit.errors import Invalid

Mode = Literal["all", "during", "outside"]
Spans = tuple[tuple[int, int], ...]

_ONE_DAY = timedelta(days=1)
# Every pattern of weekdays repeats within eight days; clocks that skip an hour can make it two weeks, a skipped day three.
_FAR_ENOUGH = timedelta(days=22)
_BEGINNING = datetime(1, 1, 3, tzinfo=UTC)
_END = datetime(9999, 12, 29, tzinfo=UTC)


@dataclass(frozen=True)
class Schedule:
    """When something is open: always, during the rows, or only outside them (WH1), by the clocks of ``zone``.

    A date in ``holidays`` follows its own rows and no others: hours that began the evening before end at its midnight. What
    begins on a holiday and crosses midnight is added to the next day. ``outside`` turns the result round, so a holiday
    without rows is open all day there. Raises ``Invalid`` naming the row when the hours cannot be meant (WH5).
    """

    mode: Mode = "all"
    zone: str = "UTC"
    rows: tuple[Row, ...] = ()
    holidays: tuple[Holiday, ...] = ()

    def __post_init__(self) -> None:
        check_zone(self.zone)
        check_rows(self.rows, self.holidays)
        if self.mode != "all" and not self.rows and not any(holiday.rows for holiday in self.holidays):
            raise Invalid("There are no hours. Add a row, or choose All hours.", field="rows")

    @cached_property
    def tz(self) -> ZoneInfo:
        """The rules of its zone."""
        return ZoneInfo(self.zone)

    @cached_property
    def week(self) -> tuple[Spans, ...]:
        """Per weekday from Monday, the open minutes of an ordinary day after an ordinary day."""
        own = [[row for row in self.rows if day in row.days] for day in range(7)]
        return tuple(self._answer(_begun(own[day]) + _carried(own[day - 1])) for day in range(7))

    @cached_property
    def special(self) -> dict[date, Spans]:
        """The open minutes of the dates that are not ordinary: holidays and the days after them."""
        rows_of = {holiday.date: holiday.rows for holiday in self.holidays}
        found = {day: self._answer(_begun(rows)) for day, rows in rows_of.items()}
        for day, rows in rows_of.items():
            if day < date.max and (after := day + _ONE_DAY) not in rows_of:
                ordinary = [row for row in self.rows if after.weekday() in row.days]
                found[after] = self._answer(_begun(ordinary) + _carried(rows))
        return found

    def open_minutes(self, day: date) -> Spans:
        """The open minutes of a local date, as wall-clock minutes ``(start, end)`` in order and apart."""
        if self.mode == "all":
            return ((0, A_DAY),)
        found = self.special.get(day) if self.holidays else None
        return self.week[day.weekday()] if found is None else found

    def _answer(self, entered: list[tuple[int, int]]) -> Spans:
        merged: list[tuple[int, int]] = []
        for start, end in sorted(entered):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return complement(tuple(merged)) if self.mode == "outside" else tuple(merged)


def complement(spans: Spans) -> Spans:
    """The minutes of a day that are in none of the spans."""
    edges = [0, *(edge for span in spans for edge in span), A_DAY]
    return tuple((start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end)


def is_open(schedule: Schedule, instant: datetime) -> bool:
    """Whether the schedule is open at an instant (an aware datetime; a naive one raises ``ValueError``)."""
    _check_aware(instant)
    if schedule.mode == "all":
        return True
    local = instant.astimezone(schedule.tz)
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in schedule.open_minutes(local.date()))


def next_change(schedule: Schedule, instant: datetime) -> datetime | None:
    """The first instant after this one at which the answer of :func:`is_open` is another, in UTC; None if there is none."""
    now = is_open(schedule, instant)
    if schedule.mode == "all":
        return None
    for start, end in _where_to_look(schedule, instant):
        first = next(_open(schedule, start, end), None)
        if now and (first is None or first[0] > start):
            return start
        if now and first is not None and first[1] < end:
            return first[1]
        if not now and first is not None:
            return first[0]
    return None


def intervals(schedule: Schedule, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The open stretches between two instants, in UTC, in order, apart, cut at ``start`` and ``end``."""
    _check_aware(start)
    _check_aware(end)
    return list(_open(schedule, start, end))


def _open(schedule: Schedule, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The same, found as they are asked for."""
    start, end = max(start.astimezone(UTC), _BEGINNING), min(end.astimezone(UTC), _END)
    if schedule.mode == "all":
        if start < end:
            yield start, end
        return
    held: tuple[datetime, datetime] | None = None
    for piece in _pieces(schedule, start, end):
        if held is not None and held[1] == piece[0]:
            held = (held[0], piece[1])
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


def _pieces(schedule: Schedule, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Open stretches day by day and cut at clock changes: inside each, local time is UTC plus one offset."""
    for stretch in stretches(schedule.tz, start, end):
        day, last = (stretch.start + stretch.offset).date(), (stretch.end + stretch.offset).date()
        while day <= last:
            midnight = datetime.combine(day, time(), UTC) - stretch.offset
            for opens, closes in schedule.open_minutes(day):
                begins = max(midnight + timedelta(minutes=opens), stretch.start)
                ends = min(midnight + timedelta(minutes=closes), stretch.end)
                if begins < ends:
                    yield begins, ends
            day += _ONE_DAY


def _where_to_look(schedule: Schedule, instant: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Windows that hold the next change if there is one: the days to come, then every later holiday with the days around it.

    The later ones matter only when ordinary days are all alike, open or closed around the clock.
    """
    seen = max(instant.astimezone(UTC), _BEGINNING)
    today = (seen + offset_at(schedule.tz, seen)).date()
    dates = sorted(schedule.special)
    for noon in [seen, *(datetime.combine(day, time(12), UTC) for day in dates[bisect_left(dates, today) :])]:
        start, end = max(noon - 2 * _ONE_DAY, seen), min(noon, _END - _FAR_ENOUGH) + _FAR_ENOUGH
        if start < end:
            yield start, end
            seen = end


def _begun(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """The minutes of the day on which the rows start."""
    return [(row.start, row.end if row.start < row.end else A_DAY) for row in rows]


def _carried(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """The minutes that the rows take of the day after."""
    return [(0, row.end) for row in rows if row.ends_next_day]


def _check_aware(instant: datetime) -> None:
    if instant.tzinfo is None:
        raise ValueError("hours need an aware datetime")
