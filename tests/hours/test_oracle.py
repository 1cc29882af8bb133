"""Working hours against a minute-by-minute oracle, over all zones and the clock changes of many years (WH4)."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstline.hours.document import from_json, to_json
from firstline.hours.rows import zones
from firstline.hours.rules import intervals, is_open, next_change
from firstline.kit.errors import Invalid
from tests.hours.oracle import DAYS, MINUTE, Oracle, clock_changes

ODD_NIGHTS = [
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # back by half an hour
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),  # forward by half an hour
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # the whole of 30 December is skipped
    ("Pacific/Kwajalein", datetime(1993, 8, 21, 12, tzinfo=UTC)),  # the whole of 21 August is skipped
    ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),  # 00:00 to 01:00 is skipped
    ("Africa/Cairo", datetime(2026, 10, 29, 21, tzinfo=UTC)),  # 24:00 becomes 23:00 of the day before
    ("Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC)),
    ("Asia/Beirut", datetime(2026, 10, 24, 21, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
    ("America/Caracas", datetime(2016, 5, 1, 7, tzinfo=UTC)),  # half an hour for good
    ("Asia/Pyongyang", datetime(2018, 5, 4, 15, tzinfo=UTC)),
    ("Antarctica/Troll", datetime(2026, 3, 29, 1, tzinfo=UTC)),  # two hours at once
    ("Africa/Casablanca", datetime(2026, 2, 15, 2, tzinfo=UTC)),
    ("America/Godthab", datetime(2026, 3, 28, 1, tzinfo=UTC)),  # starts the evening before
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(1985, 12, 31, 18, 30, tzinfo=UTC)),
]

minutes = st.one_of(st.sampled_from([0, 1, 30, 60, 90, 120, 150, 180, 540, 1020, 1380, 1410, 1439]), st.integers(0, 1439))
ends = st.one_of(minutes, st.just(1440))
raw_rows = st.tuples(st.sets(st.sampled_from(DAYS), min_size=1), minutes, ends)


def _text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _legal(rows: list[dict[str, Any]], holidays: list[dict[str, Any]]) -> bool:
    try:
        from_json({"mode": "outside", "timezone": "UTC", "rows": rows, "holidays": holidays})
    except Invalid:
        return False
    return True


@st.composite
def documents(draw: st.DrawFn, zone: str, around: date) -> dict[str, Any]:
    """A legal schedule with hours near midnight and near clock changes, and holidays around a date."""
    rows: list[dict[str, Any]] = [{"days": ["sun"], "start": "02:00", "end": "03:00"}] if draw(st.booleans()) else []
    for days, start, end in draw(st.lists(raw_rows, min_size=1, max_size=5)):
        more = [*rows, {"days": sorted(days, key=DAYS.index), "start": _text(start), "end": _text(end)}]
        rows = more if _legal(more, []) else rows
    holidays: list[dict[str, Any]] = []
    for day in draw(st.sets(st.integers(-3, 4), max_size=3)):
        own = [{"start": _text(start), "end": _text(end)} for _, start, end in draw(st.lists(raw_rows, max_size=2))]
        more = [*holidays, {"date": (around + timedelta(days=day)).isoformat(), "rows": own}]
        holidays = more if _legal(rows, more) else holidays
    if not rows and not any(holiday["rows"] for holiday in holidays):
        rows = [{"days": ["mon", "sat"], "start": "22:00", "end": "02:30"}]
    mode = draw(st.sampled_from(["during", "outside"]))
    return {"mode": mode, "timezone": zone, "rows": rows, "holidays": sorted(holidays, key=lambda item: str(item["date"]))}


@st.composite
def nights(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and a minute near one of its clock changes, or any minute where it has none that year."""
    if draw(st.booleans()):
        return draw(st.sampled_from(ODD_NIGHTS))
    zone, year = draw(st.sampled_from(sorted(zones()))), draw(st.integers(1990, 2040))
    changes = clock_changes(zone, year) or (datetime(year, 12, 31, 12, tzinfo=UTC),)
    return zone, draw(st.sampled_from(changes))


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], datetime, datetime]:
    zone, change = draw(nights())
    start = change - timedelta(minutes=draw(st.integers(0, 2000)))
    return draw(documents(zone, change.date())), start, change + timedelta(minutes=draw(st.integers(1, 2000)))


@pytest.mark.promise("WH4")
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_every_minute_around_a_clock_change_is_open_when_the_wall_clock_says_so(
    case: tuple[dict[str, Any], datetime, datetime],
) -> None:
    document, start, end = case
    schedule, oracle = from_json(document), Oracle(document)
    expected = oracle.intervals(start, end)
    assert intervals(schedule, start, end) == expected
    at, inside = start, {begin + n * MINUTE for begin, stop in expected for n in range((stop - begin) // MINUTE)}
    while at < end:
        assert is_open(schedule, at) == (at in inside)
        at += MINUTE


@pytest.mark.promise("WH4")
@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_the_next_change_is_the_first_minute_with_another_answer(case: tuple[dict[str, Any], datetime, datetime]) -> None:
    document, start, _ = case
    schedule, oracle = from_json(document), Oracle(document)
    now = oracle.open(start)
    soon = (start + n * MINUTE for n in range(1, 23 * 1440) if oracle.open(start + n * MINUTE) != now)
    found = next_change(schedule, start)
    if found is None or found - start > timedelta(days=3):
        # Proving that nothing changes for weeks is slow by the minute: look at every quarter of an hour and at what was found.
        limit = timedelta(days=22) if found is None else found - start
        assert all(oracle.open(start + n * MINUTE) == now for n in range(0, limit // MINUTE, 15))
        assert found is None or (oracle.open(found) != now and oracle.open(found - MINUTE) == now)
    else:
        assert found == next(soon)


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_what_was_entered_comes_back_from_json(case: tuple[dict[str, Any], datetime, datetime]) -> None:
    schedule = from_json(case[0])
    assert from_json(to_json(schedule)) == schedule


@pytest.mark.promise("WH4")
@pytest.mark.parametrize(("zone", "change"), ODD_NIGHTS)
def test_odd_nights_agree_with_the_oracle_for_random_hours_near_midnight(zone: str, change: datetime) -> None:
    dice = random.Random(f"{zone} {change}")
    start, end = change - timedelta(hours=30), change + timedelta(hours=30)
    for _ in range(4):
        first, second = sorted(dice.sample([0, 15, 30, 60, 90, 120, 180, 1380, 1410, 1440], 2))
        rows = [{"days": list(DAYS), "start": _text(first), "end": _text(second)}]
        if dice.random() < 0.5 and second < 1440:
            rows = [{"days": list(DAYS), "start": _text(second), "end": _text(first)}]
        document = {"mode": dice.choice(["during", "outside"]), "timezone": zone, "rows": rows, "holidays": []}
        assert intervals(from_json(document), start, end) == Oracle(document).intervals(start, end)


@pytest.mark.promise("WH5")
@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(raw_rows, min_size=2, max_size=3))
def test_rows_are_refused_exactly_when_two_of_them_share_a_minute_of_the_week(raw: list[tuple[set[str], int, int]]) -> None:
    taken: list[int] = []
    for days, start, end in raw:
        length = (end - start) % 1440 if start != end else 0
        length = 1440 if (start, end) == (0, 1440) else length
        taken += [(DAYS.index(day) * 1440 + start + n) % 10080 for day in days for n in range(length)]
    rows = [{"days": sorted(days), "start": _text(start), "end": _text(end)} for days, start, end in raw]
    empty = any(start == end for _, start, end in raw)
    assert _legal(rows, []) == (not empty and len(taken) == len(set(taken)))
