"""Working hours by example: one line, one instant, one answer (WH1–WH5)."""

import timeit
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from firstline.hours.document import from_json
from firstline.hours.rows import Holiday, Row
from firstline.hours.rules import Schedule, intervals, is_open, next_change
from firstline.kit.errors import Invalid

BERLIN = ZoneInfo("Europe/Berlin")
EVERY_DAY = "mon,tue,wed,thu,fri,sat,sun"


def schedule(mode: str, *rows: str, zone: str = "Europe/Berlin", holidays: dict[str, list[str]] | None = None) -> Schedule:
    """Rows as ``"mon,tue 09:00-17:00"``, holidays as ``{"2026-12-24": ["09:00-12:00"]}``."""
    return from_json(
        {
            "mode": mode,
            "timezone": zone,
            "rows": [{"days": row.split()[0].split(","), **_times(row.split()[1])} for row in rows],
            "holidays": [{"date": day, "rows": [_times(row) for row in own]} for day, own in (holidays or {}).items()],
        }
    )


def _times(text: str) -> dict[str, Any]:
    start, end = text.split("-")
    return {"start": start, "end": end}


def at(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


OFFICE = schedule("during", "mon,tue,wed,thu,fri 09:00-17:00")
NOT_OFFICE = schedule("outside", "mon,tue,wed,thu,fri 09:00-17:00")
SPLIT = schedule("during", "mon,tue,wed,thu,fri 09:00-12:00", "mon,tue,wed,thu,fri 13:00-17:00", "sat 10:00-14:00")
NIGHT = schedule("during", "mon,tue,wed,thu,fri 22:00-06:00")
WHOLE_DAYS = schedule("during", "mon,tue,wed,thu,fri 18:00-24:00", "sat,sun 00:00-24:00")
SUNDAY_NIGHT = schedule("during", "sun 23:00-02:00")
SMALL_HOURS = schedule("during", "sun 02:00-03:00")
FESTIVE = schedule(
    "during", "mon,tue,wed,thu,fri 09:00-17:00", "thu 22:00-02:00",
    holidays={"2026-12-24": ["10:00-12:00"], "2026-12-25": [], "2026-12-31": ["20:00-03:00"]},
)  # fmt: skip
CLOSED_OUTSIDE = schedule("outside", "mon,tue,wed,thu,fri 09:00-17:00", holidays={"2026-12-25": []})


@pytest.mark.promise("WH1")
@pytest.mark.promise("WH2")
@pytest.mark.promise("WH4")
@pytest.mark.parametrize(
    ("hours", "when", "fold", "expected"),
    [
        # All hours
        (Schedule(), "2026-11-23T04:00", 0, True),
        (Schedule("all", "Pacific/Apia"), "2026-11-22T23:59:59.999999", 0, True),
        # During: the start is in, the end is out
        (OFFICE, "2026-11-23T08:59:59", 0, False),
        (OFFICE, "2026-11-23T09:00", 0, True),
        (OFFICE, "2026-11-23T16:59:59.999999", 0, True),
        (OFFICE, "2026-11-23T17:00", 0, False),
        (OFFICE, "2026-11-22T12:00", 0, False),  # Sunday
        # Only outside: the other way round
        (NOT_OFFICE, "2026-11-23T08:59:59", 0, True),
        (NOT_OFFICE, "2026-11-23T09:00", 0, False),
        (NOT_OFFICE, "2026-11-23T17:00", 0, True),
        (NOT_OFFICE, "2026-11-22T12:00", 0, True),
        # Several intervals a day
        (SPLIT, "2026-11-23T11:59", 0, True),
        (SPLIT, "2026-11-23T12:30", 0, False),
        (SPLIT, "2026-11-23T13:00", 0, True),
        (SPLIT, "2026-11-28T13:59", 0, True),
        (SPLIT, "2026-11-28T14:00", 0, False),
        # Across midnight: Friday's night reaches into Saturday, Sunday's does not exist
        (NIGHT, "2026-11-27T23:00", 0, True),
        (NIGHT, "2026-11-28T05:59", 0, True),
        (NIGHT, "2026-11-28T06:00", 0, False),
        (NIGHT, "2026-11-23T03:00", 0, False),
        (NIGHT, "2026-11-24T03:00", 0, True),
        # 24:00 is a legal end and leaves no hole
        (WHOLE_DAYS, "2026-11-27T23:59:59.9", 0, True),
        (WHOLE_DAYS, "2026-11-28T00:00", 0, True),
        (WHOLE_DAYS, "2026-11-29T23:59:59", 0, True),
        (WHOLE_DAYS, "2026-11-30T00:00", 0, False),
        # From Sunday into Monday, round the end of the week
        (SUNDAY_NIGHT, "2026-11-30T01:59", 0, True),
        (SUNDAY_NIGHT, "2026-11-30T02:00", 0, False),
        # The hour that is repeated counts both times
        (SMALL_HOURS, "2026-10-25T02:30", 0, True),
        (SMALL_HOURS, "2026-10-25T02:30", 1, True),
        (SMALL_HOURS, "2026-10-25T03:00", 0, False),
        # Holidays follow their own rows and no others
        (FESTIVE, "2026-12-24T09:30", 0, False),
        (FESTIVE, "2026-12-24T10:00", 0, True),
        (FESTIVE, "2026-12-24T23:00", 0, False),
        (FESTIVE, "2026-12-25T10:00", 0, False),
        (FESTIVE, "2026-12-25T01:00", 0, False),
        (FESTIVE, "2026-12-18T01:00", 0, True),  # the night after an ordinary Thursday
        (FESTIVE, "2026-12-31T10:00", 0, False),
        (FESTIVE, "2027-01-01T02:59", 0, True),  # what begins on a holiday is added to the day after
        (FESTIVE, "2027-01-01T03:00", 0, False),
        (FESTIVE, "2027-01-01T09:00", 0, True),
        # Closed on a holiday means, for "only outside", that it answers all day
        (CLOSED_OUTSIDE, "2026-12-25T10:00", 0, True),
        (CLOSED_OUTSIDE, "2026-12-24T10:00", 0, False),
    ],
)
def test_it_is_open_or_not(hours: Schedule, when: str, fold: int, expected: bool) -> None:
    assert is_open(hours, at(when, fold=fold)) is expected


@pytest.mark.promise("WH4")
def test_a_skipped_hour_does_not_exist() -> None:
    spring = (at("2026-03-29T00:00"), at("2026-03-30T00:00"))
    assert intervals(SMALL_HOURS, *spring) == []
    early = schedule("during", "sun 01:30-03:30")
    (only,) = intervals(early, *spring)
    assert only[1] - only[0] == timedelta(hours=1)


@pytest.mark.promise("WH4")
def test_a_repeated_hour_counts_both_times() -> None:
    autumn = (at("2026-10-25T00:00"), at("2026-10-26T00:00"))
    (only,) = intervals(SMALL_HOURS, *autumn)
    assert only == (datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 25, 2, tzinfo=UTC))
    half = schedule("during", "sun 02:00-02:30")
    assert [end - start for start, end in intervals(half, *autumn)] == [timedelta(minutes=30)] * 2


@pytest.mark.promise("WH4")
def test_when_clocks_go_back_over_midnight_the_evening_is_open_twice() -> None:
    # Beirut, 24 October 2026: at 24:00 it is 23:00 again, still Saturday.
    hours = schedule("during", "sat 23:30-24:00", zone="Asia/Beirut")
    found = intervals(hours, at("2026-10-24T12:00", "Asia/Beirut"), at("2026-10-25T12:00", "Asia/Beirut"))
    assert [f"{start:%d %H:%M}–{end:%H:%M}" for start, end in found] == ["24 20:30–21:00", "24 21:30–22:00"]


@pytest.mark.promise("WH4")
def test_a_day_that_a_country_skips_has_no_hours() -> None:
    # Samoa went from 29 to 31 December 2011.
    friday = schedule("during", "fri 00:00-24:00", zone="Pacific/Apia")
    assert intervals(friday, at("2011-12-29T00:00", "Pacific/Apia"), at("2012-01-01T00:00", "Pacific/Apia")) == []
    thursday = schedule("during", "thu,sat 00:00-24:00", zone="Pacific/Apia")
    (only,) = intervals(thursday, at("2011-12-29T00:00", "Pacific/Apia"), at("2012-01-01T00:00", "Pacific/Apia"))
    assert only[1] - only[0] == timedelta(days=2)


def test_intervals_across_midnight_come_as_one_and_are_cut_at_the_ends() -> None:
    found = intervals(NIGHT, at("2026-11-24T23:00"), at("2026-11-26T01:00"))
    assert found == [(at("2026-11-24T23:00"), at("2026-11-25T06:00")), (at("2026-11-25T22:00"), at("2026-11-26T01:00"))]
    assert all(start.tzinfo is UTC for start, _ in found)


def test_intervals_of_all_hours_are_the_whole_stretch_and_of_an_empty_stretch_none() -> None:
    start, end = at("2026-01-01T00:00"), at("2027-01-01T00:00")
    assert intervals(Schedule(), start, end) == [(start, end)]
    assert intervals(Schedule(), end, start) == []
    assert intervals(OFFICE, start, start) == []


def test_intervals_hold_in_zones_with_seconds_in_their_offset() -> None:
    # Liberia was 44 minutes and 30 seconds behind UTC until 7 January 1972.
    hours = schedule("during", "mon,tue,wed,thu,fri,sat,sun 09:00-10:00", zone="Africa/Monrovia")
    found = intervals(hours, datetime(1972, 1, 6, tzinfo=UTC), datetime(1972, 1, 8, tzinfo=UTC))
    assert [f"{start:%H:%M:%S}–{end:%H:%M:%S}" for start, end in found] == ["09:44:30–10:44:30", "09:00:00–10:00:00"]


@pytest.mark.parametrize(
    ("hours", "when", "expected"),
    [
        (OFFICE, "2026-11-23T08:00", "2026-11-23T09:00"),
        (OFFICE, "2026-11-23T09:00", "2026-11-23T17:00"),
        (OFFICE, "2026-11-27T17:00", "2026-11-30T09:00"),
        (NOT_OFFICE, "2026-11-27T17:00", "2026-11-30T09:00"),
        (WHOLE_DAYS, "2026-11-27T18:00", "2026-11-30T00:00"),
        (SMALL_HOURS, "2026-03-22T03:00", "2026-04-05T02:00"),  # the hour of 29 March is skipped
        (FESTIVE, "2026-12-24T12:00", "2026-12-28T09:00"),
        (schedule("during", f"{EVERY_DAY} 00:00-24:00", holidays={"2030-05-01": []}), "2026-01-01T00:00", "2030-05-01T00:00"),
        (schedule("during", holidays={"2030-05-01": ["10:00-12:00"]}), "2026-01-01T00:00", "2030-05-01T10:00"),
    ],
)  # fmt: skip
def test_the_next_change_is_known(hours: Schedule, when: str, expected: str) -> None:
    assert next_change(hours, at(when)) == at(expected)


@pytest.mark.parametrize(
    ("hours", "when"),
    [
        (Schedule(), "2026-11-23T08:00"),
        (schedule("during", "mon,tue,wed,thu,fri,sat,sun 00:00-24:00"), "2026-11-23T08:00"),
        (schedule("outside", f"{EVERY_DAY} 06:00-18:00", f"{EVERY_DAY} 18:00-06:00"), "2026-11-23T08:00"),
        (schedule("during", holidays={"2020-05-01": ["10:00-12:00"]}), "2026-01-01T00:00"),
    ],
)  # fmt: skip
def test_what_never_changes_has_no_next_change(hours: Schedule, when: str) -> None:
    assert next_change(hours, at(when)) is None


def test_a_long_run_of_closed_holidays_ends_with_the_first_ordinary_opening() -> None:
    days = [(date(2026, 7, 1) + timedelta(days=n)).isoformat() for n in range(60)]  # to 29 August, a Saturday
    hours = schedule("during", "fri 09:00-10:00", holidays={day: [] for day in days})
    assert next_change(hours, at("2026-07-01T12:00")) == at("2026-09-04T09:00")


def test_naive_instants_are_a_bug_and_said_to_be() -> None:
    with pytest.raises(ValueError, match="aware"):
        is_open(OFFICE, datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="aware"):
        intervals(OFFICE, datetime(2026, 1, 1), datetime(2026, 1, 2))


@pytest.mark.promise("WH5")
def test_a_schedule_that_exists_is_legal() -> None:
    with pytest.raises(Invalid, match="Row 2"):
        Schedule("during", "UTC", (Row((0,), 0, 60), Row((0,), 30, 90)))
    with pytest.raises(Invalid, match="time zone"):
        Schedule("during", "Mars/Olympus", (Row((0,), 0, 60),))
    with pytest.raises(Invalid, match="twice"):
        Schedule("during", "UTC", (Row((0,), 0, 60),), (Holiday(date(2026, 1, 1)), Holiday(date(2026, 1, 1))))
    for row in (Row((), 0, 60), Row((7,), 0, 60), Row((0,), 1440, 60), Row((0,), -1, 60), Row((0,), 0, 1441)):
        with pytest.raises(Invalid, match="Row 1"):
            Schedule("during", "UTC", (row,))


def test_asking_whether_it_is_open_takes_less_than_20_microseconds() -> None:
    days = {(date(2026, 1, 1) + timedelta(days=n)).isoformat(): ["10:00-12:00"] for n in range(300)}
    hours = schedule("outside", "mon,tue,wed,thu,fri 09:00-12:00", "mon,tue,wed,thu,fri 13:00-17:00", holidays=days)
    when = datetime(2026, 11, 23, 10, tzinfo=UTC)
    best = min(timeit.repeat(lambda: is_open(hours, when), number=500, repeat=5)) / 500
    assert best < 20e-6
