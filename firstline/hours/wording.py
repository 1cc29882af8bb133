"""A schedule in plain language, for tables, reasons and forms."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from firstline.hours.offsets import offset_at
from firstline.hours.rows import Row, clock_text, days_text, hours_text
from firstline.hours.rules import Mode, Schedule, Spans

MODE_NAMES: dict[Mode, str] = {
    "all": "All hours",
    "during": "During specific hours",
    "outside": "Only outside specific hours",
}
_DAYS_IN_FULL = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def describe(schedule: Schedule) -> str:
    """The hours as entered: ``Mon–Fri 18:00–24:00, Sat–Sun all day``; ``24 hours, every day`` for All hours."""
    if schedule.mode == "all":
        return "24 hours, every day"
    rows = [[row for row in schedule.rows if day in row.days] for day in range(7)]
    parts = _by_days([tuple(hours_text(row) for row in sorted(day, key=lambda row: row.start)) for day in rows])
    if schedule.holidays:
        count = len(schedule.holidays)
        parts.append("1 holiday" if count == 1 else f"{count} holidays")
    return ", ".join(parts)


def describe_in_full(schedule: Schedule) -> str:
    """Mode, hours and zone in one phrase, for reasons: ``during Mon–Fri 09:00–17:00, Europe/Berlin``; ``all hours``."""
    if schedule.mode == "all":
        return "all hours"
    return f"{'during' if schedule.mode == 'during' else 'only outside'} {describe(schedule)}, {schedule.zone}"


def describe_answers(week: Sequence[Spans]) -> str:
    """Seven days of open minutes from Monday: ``Mon–Fri 00:00–08:00 and 18:00–24:00, Sun all day``."""
    return ", ".join(_by_days([tuple(hours_text(Row((), start, end)) for start, end in spans) for spans in week])) or "never"


def note(row: Row) -> str | None:
    """What the form says beside a row whose end is before its start (WH5)."""
    return f"Ends at {clock_text(row.end)} the next day" if row.ends_next_day else None


def zone_label(schedule: Schedule, instant: datetime) -> str:
    """``Europe/Berlin (UTC+1, now 10:12)``."""
    local = instant.astimezone(schedule.tz)
    return f"{schedule.zone} ({offset_text(offset_at(schedule.tz, instant))}, now {local:%H:%M})"


def offset_text(offset: timedelta) -> str:
    """``UTC``, ``UTC+1``, ``UTC−3:30``."""
    minutes = round(offset.total_seconds() / 60)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02d}" if rest else "")


def moment(schedule: Schedule, instant: datetime, now: datetime) -> str:
    """An instant as people in the zone say it: ``Monday 08:00``, with the date when that Monday is not among the next six days.

    When the clocks repeat that hour, the offset tells the first from the second.
    """
    local, today = instant.astimezone(schedule.tz), now.astimezone(schedule.tz).date()
    text = f"{_DAYS_IN_FULL[local.weekday()]} {local:%H:%M}"
    if not 0 <= (local.date() - today).days <= 6:
        year = f" {local.year}" if local.year != today.year else ""
        text = f"{_DAYS_IN_FULL[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}{year} {local:%H:%M}"
    naive = local.replace(tzinfo=None)
    twice = naive.replace(fold=0, tzinfo=schedule.tz).utcoffset() != naive.replace(fold=1, tzinfo=schedule.tz).utcoffset()
    return f"{text} ({offset_text(offset_at(schedule.tz, instant))})" if twice else text


def _by_days(hours: Sequence[tuple[str, ...]]) -> list[str]:
    """Days with the same hours together, by the first of them; days without hours are left out."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for day, texts in enumerate(hours):
        if texts:
            groups.setdefault(texts, []).append(day)
    return [f"{days_text(days)} {' and '.join(texts)}" for texts, days in groups.items()]
