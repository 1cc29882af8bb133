"""Schedules and instants by chance, many of them where clocks change: for the oracle in the tests and in ``bench/hours``."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from firstline.hours.document import from_json
from firstline.hours.rules import Schedule
from firstline.kit.errors import Invalid
from tests.hours.oracle import DAYS, clock_changes

ZONES = (
    *("Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/Anchorage"),
    *("America/Argentina/Buenos_Aires", "America/Asuncion", "America/Caracas", "America/Chicago", "America/Denver"),
    *("America/Godthab", "America/Halifax", "America/Havana", "America/Los_Angeles", "America/Mexico_City"),
    *("America/New_York", "America/Santiago", "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll"),
    *("Asia/Amman", "Asia/Beirut", "Asia/Dhaka", "Asia/Gaza", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Kolkata"),
    *("Asia/Pyongyang", "Asia/Shanghai", "Asia/Tehran", "Asia/Tokyo", "Atlantic/Azores", "Australia/Adelaide"),
    *("Australia/Lord_Howe", "Australia/Perth", "Australia/Sydney", "Europe/Berlin", "Europe/Dublin", "Europe/Istanbul"),
    *("Europe/London", "Europe/Moscow", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Fiji"),
    *("Pacific/Kiritimati", "Pacific/Norfolk", "Pacific/Tongatapu", "UTC"),
)
YEARS = range(2011, 2026)
"""Fifteen years, from the one in which Samoa left out a day."""

_NEAR_MIDNIGHT = (0, 1, 15, 30, 60, 90, 120, 150, 180, 540, 1020, 1320, 1380, 1410, 1439)
_EACH = 25  # instants asked of one schedule


def cases(seed: int, count: int) -> Iterator[tuple[dict[str, Any], Schedule, datetime]]:
    """So many cases: the document, its schedule, an instant. Half of the instants lie within two days of a clock change."""
    dice = random.Random(seed)
    made = 0
    while made < count:
        zone, year = dice.choice(ZONES), dice.choice(YEARS)
        changes = clock_changes(zone, year)
        around = dice.choice(changes) if changes else datetime(year, 12, 31, 12, tzinfo=UTC)
        document = _document(dice, zone, around.date())
        schedule = from_json(document)
        for _ in range(min(_EACH, count - made)):
            near = dice.random() < 0.5
            minutes = dice.randint(-2880, 2880) if near else dice.randint(-250_000, 250_000)
            yield document, schedule, around + timedelta(minutes=minutes)
            made += 1


def _document(dice: random.Random, zone: str, around: date) -> dict[str, Any]:
    mode = dice.choice(["during", "outside"])
    rows: list[dict[str, Any]] = []
    holidays: list[dict[str, Any]] = []
    for _ in range(dice.randint(1, 5)):
        days = sorted(dice.sample(DAYS, dice.randint(1, 7)), key=DAYS.index)
        rows = _if_legal(rows, {"days": days, **_times(dice)}, lambda more: (more, []))
    for day in dice.sample(range(-3, 5), dice.randint(0, 3)):
        own = [_times(dice) for _ in range(dice.randint(0, 2))]
        holiday = {"date": (around + timedelta(days=day)).isoformat(), "rows": own}
        holidays = _if_legal(holidays, holiday, lambda more: (rows, more))
    if not rows:
        rows = [{"days": ["mon", "sat"], "start": "22:00", "end": "02:30"}]
    return {"mode": mode, "timezone": zone, "rows": rows, "holidays": holidays}


def _times(dice: random.Random) -> dict[str, str]:
    start, end = (dice.choice(_NEAR_MIDNIGHT) if dice.random() < 0.6 else dice.randrange(1440) for _ in range(2))
    return {"start": _text(start), "end": _text(1440 if end == 0 else end)}


def _text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _if_legal(before: list[dict[str, Any]], one: dict[str, Any], document: Any) -> list[dict[str, Any]]:
    more = [*before, one]
    rows, holidays = document(more)
    try:
        from_json({"mode": "outside", "timezone": "UTC", "rows": rows, "holidays": holidays})
    except Invalid:
        return before
    return more
