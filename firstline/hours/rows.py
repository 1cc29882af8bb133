"""What is entered in a schedule, and what makes it legal (WH2, WH5). Minutes count from local midnight, 0 to 1440."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from zoneinfo import available_timezones

from firstline.kit.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
A_DAY = 24 * 60
A_WEEK = 7 * A_DAY

# Names that the zone database lists and that mean another place on every machine, or none.
_NO_PLACE = {"localtime", "Factory", "posixrules"}


@dataclass(frozen=True)
class Row:
    """One row of hours. ``days`` are weekdays (0 is Monday) on which it starts; a holiday's rows have none.

    ``end`` 1440 is 24:00. An end before the start means the next day (WH5).
    """

    days: tuple[int, ...]
    start: int
    end: int

    @property
    def ends_next_day(self) -> bool:
        """Whether some of it lies after midnight."""
        return 0 < self.end < self.start

    @property
    def minutes(self) -> int:
        """Its length on a clock that never changes."""
        return (self.end - self.start) % A_DAY or A_DAY


@dataclass(frozen=True)
class Holiday:
    """A date that follows its own rows and no others; without rows it is closed."""

    date: date
    rows: tuple[Row, ...] = ()
    name: str = ""


@cache
def zones() -> frozenset[str]:
    """The names of time zones that may be entered."""
    return frozenset(available_timezones()) - _NO_PLACE


def clock_text(minute: int) -> str:
    """Minutes after midnight as HH:MM, 1440 as 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def hours_text(row: Row) -> str:
    """``18:00–24:00``, ``all day``, or ``22:00–02:00 next day``."""
    if (row.start, row.end) == (0, A_DAY):
        return "all day"
    end = row.end or A_DAY
    return f"{clock_text(row.start)}–{clock_text(end)}" + (" next day" if row.ends_next_day else "")


def days_text(days: Iterable[int]) -> str:
    """Weekdays in short: ``Mon–Fri``, ``Mon, Wed, Fri``, ``Every day``."""
    chosen = sorted(set(days))
    if len(chosen) == 7:
        return "Every day"
    runs: list[list[int]] = []
    for day in chosen:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(DAY_NAMES[run[0]] + (f"–{DAY_NAMES[run[-1]]}" if len(run) > 1 else "") for run in runs)


def row_text(row: Row) -> str:
    """A row as people say it: ``Mon–Fri 18:00–24:00``."""
    return f"{days_text(row.days)} {hours_text(row)}" if row.days else hours_text(row)


def check_zone(zone: str) -> None:
    """Refuse a time zone that does not exist (WH5)."""
    if zone not in zones():
        raise Invalid(
            f"The time zone {zone[:60]!r} is unknown. Use a name of the IANA database such as Europe/Berlin.", field="timezone"
        )


def check_rows(rows: Sequence[Row], holidays: Sequence[Holiday]) -> None:
    """Refuse hours that cannot be meant (WH5), naming the row as people count and, in ``field``, as the JSON counts."""
    for index, row in enumerate(rows):
        _check_row(row, f"Row {index + 1}", f"rows.{index}")
        if not row.days or not set(row.days) <= set(range(7)):
            raise Invalid(f"Row {index + 1} has no day. Choose at least one.", field=f"rows.{index}.days")
    _check_week(rows)
    seen: set[date] = set()
    for place, holiday in enumerate(holidays):
        name, field = f"Holiday {holiday.date.isoformat()}", f"holidays.{place}"
        if holiday.date in seen:
            raise Invalid(f"{name} is entered twice. Remove one of them.", field=f"{field}.date")
        seen.add(holiday.date)
        for index, row in enumerate(holiday.rows):
            _check_row(row, f"{name}, row {index + 1}", f"{field}.rows.{index}")
        _check_apart(
            [(row.start, row.start + row.minutes, index) for index, row in enumerate(holiday.rows)],
            [f"{name}, row {index + 1}" for index in range(len(holiday.rows))],
            holiday.rows,
            f"{field}.rows",
        )


def _check_row(row: Row, name: str, field: str) -> None:
    if not 0 <= row.start < A_DAY:
        raise Invalid(f"{name} starts at {clock_text(row.start)}. A start lies from 00:00 to 23:59.", field=f"{field}.start")
    if not 0 <= row.end <= A_DAY:
        raise Invalid(f"{name} ends at {clock_text(row.end)}. An end lies from 00:00 to 24:00.", field=f"{field}.end")
    if row.start == row.end:
        raise Invalid(
            f"{name} is empty: it starts and ends at {clock_text(row.start)}. For a whole day enter 00:00 to 24:00.",
            field=f"{field}.end",
        )


def _check_week(rows: Sequence[Row]) -> None:
    spans = [
        (day * A_DAY + row.start, day * A_DAY + row.start + row.minutes, i) for i, row in enumerate(rows) for day in row.days
    ]
    # Sunday night runs into Monday: the same hours once more, a week later.
    spans += [(start + A_WEEK, end + A_WEEK, index) for start, end, index in spans]
    _check_apart(spans, [f"Row {index + 1}" for index in range(len(rows))], rows, "rows")


def _check_apart(spans: list[tuple[int, int, int]], names: Sequence[str], rows: Sequence[Row], field: str) -> None:
    """Refuse spans ``(start, end, row index)`` that share a minute; hours that only touch are apart."""
    spans.sort()
    for (_, end, one), (start, _, other) in pairwise(spans):
        if start < end:
            first, second = sorted((one, other))
            raise Invalid(
                f"{names[second]} ({row_text(rows[second])}) overlaps {names[first]} ({row_text(rows[first])}). "
                "Change one of them or remove it.",
                field=f"{field}.{second}",
            )
