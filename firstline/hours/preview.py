"""The coming days as a strip of who answers when, for the form and *Who answers?* (DP8)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from firstline.hours.offsets import stretches
from firstline.hours.rows import A_DAY, DAY_NAMES
from firstline.hours.rules import Schedule, Spans, complement, is_open, next_change
from firstline.hours.wording import moment

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Wall-clock minutes of one day, ``end`` up to 1440, and whether the agent answers in them."""

    start: int
    end: int
    answers: bool


@dataclass(frozen=True)
class Day:
    """One local date. ``spans`` cover it in order, except for minutes that its clocks skip."""

    date: date
    name: str
    today: bool
    spans: tuple[Span, ...]
    skipped: Spans = ()
    repeated: Spans = ()


@dataclass(frozen=True)
class Week:
    """The days from today, the state now, and the parts of the sentence under the strip.

    ``now_text`` is ``Sunday 10:12`` and ``change_text`` ``Monday 08:00``; without a next change the latter is None.
    """

    days: tuple[Day, ...]
    answers: bool
    now_minute: int
    now_text: str
    next_change: datetime | None
    change_text: str | None


def week(schedule: Schedule, now: datetime, days: int = 7) -> Week:
    """The strip for so many days, beginning with the local date of ``now``."""
    local = now.astimezone(schedule.tz)
    changes = _clock_changes(schedule, now, days)
    change = next_change(schedule, now)
    return Week(
        days=tuple(_day(schedule, local.date() + n * _ONE_DAY, n == 0, changes) for n in range(days)),
        answers=is_open(schedule, now),
        now_minute=local.hour * 60 + local.minute,
        now_text=moment(schedule, now, now),
        next_change=change,
        change_text=None if change is None else moment(schedule, change, now),
    )


def _day(schedule: Schedule, day: date, today: bool, changes: list[tuple[datetime, datetime]]) -> Day:
    skipped = _minutes_of(day, [(before, after) for before, after in changes if before < after])
    repeated = _minutes_of(day, [(after, before) for before, after in changes if after < before])
    opened = schedule.open_minutes(day)
    spans = sorted([(*span, True) for span in opened] + [(*span, False) for span in complement(opened)])
    for start, end in skipped:
        spans = [piece for span in spans for piece in _without(span, start, end)]
    return Day(day, DAY_NAMES[day.weekday()], today, tuple(Span(*span) for span in spans), skipped, repeated)


def _clock_changes(schedule: Schedule, now: datetime, days: int) -> list[tuple[datetime, datetime]]:
    """What the clock on the wall shows just before and just after each change around the strip."""
    pieces = list(stretches(schedule.tz, now - 2 * _ONE_DAY, now + (days + 2) * _ONE_DAY))
    return [(after.start + before.offset, after.start + after.offset) for before, after in pairwise(pieces)]


def _minutes_of(day: date, walls: list[tuple[datetime, datetime]]) -> Spans:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = []
    for start, end in walls:
        first = max(int((start - midnight).total_seconds() // 60), 0)
        last = min(int((end - midnight).total_seconds() // 60), A_DAY)
        if first < last:
            found.append((first, last))
    return tuple(found)


def _without(span: tuple[int, int, bool], start: int, end: int) -> list[tuple[int, int, bool]]:
    pieces = [(span[0], min(span[1], start), span[2]), (max(span[0], end), span[1], span[2])]
    return [piece for piece in pieces if piece[0] < piece[1]]
