"""Periods, expiry, allowance changes, forecast: pure."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.credits.rules import (
    Period,
    allowance_change,
    days_of,
    forecast,
    last_reset,
    next_period,
    next_reset,
    unused,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOVEMBER = Period("2026-11-01", datetime(2026, 10, 31, 23, tzinfo=UTC), datetime(2026, 11, 30, 23, tzinfo=UTC))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[arg-type,misc]


@pytest.mark.promise("SW2")
@pytest.mark.parametrize(
    ("now", "day", "last", "following"),
    [
        (local(2026, 11, 22, 10, 46), 1, local(2026, 11, 1), local(2026, 12, 1)),
        (local(2026, 11, 1, 0, 0), 1, local(2026, 11, 1), local(2026, 12, 1)),
        (local(2026, 10, 31, 23, 59), 1, local(2026, 10, 1), local(2026, 11, 1)),
        (local(2026, 12, 15), 1, local(2026, 12, 1), local(2027, 1, 1)),
        (local(2026, 1, 10), 15, local(2025, 12, 15), local(2026, 1, 15)),
        (local(2026, 2, 28), 28, local(2026, 2, 28), local(2026, 3, 28)),
        (local(2026, 11, 22), 31, local(2026, 10, 31), local(2026, 11, 30)),
        (local(2026, 11, 30), 31, local(2026, 11, 30), local(2026, 12, 31)),
        (local(2027, 2, 27, 23, 59), 31, local(2027, 1, 31), local(2027, 2, 28)),
        (local(2028, 2, 29), 30, local(2028, 2, 29), local(2028, 3, 30)),
    ],
)
def test_a_period_runs_from_reset_day_to_reset_day_in_the_accounts_zone(
    now: datetime, day: int, last: datetime, following: datetime
) -> None:
    assert last_reset(now, BERLIN, day) == last
    assert next_reset(now, BERLIN, day) == following


@pytest.mark.promise("SW2")
def test_a_reset_on_a_day_whose_midnight_is_skipped_is_its_first_moment() -> None:
    cairo = ZoneInfo("Africa/Cairo")  # on 28 April 2023 clocks went from 00:00 to 01:00
    reset = next_reset(datetime(2023, 4, 20, tzinfo=UTC), cairo, 28)
    assert reset == datetime(2023, 4, 27, 22, tzinfo=UTC)
    assert (reset.astimezone(cairo).date().isoformat(), reset.astimezone(cairo).hour) == ("2023-04-28", 1)


def test_the_first_period_is_the_one_we_are_in() -> None:
    assert next_period(None, local(2026, 11, 22), BERLIN, 1) == NOVEMBER


def test_no_period_opens_while_one_runs_and_the_next_begins_where_it_ends() -> None:
    assert next_period(NOVEMBER, NOVEMBER.ends_at - timedelta(seconds=1), BERLIN, 1) is None
    following = next_period(NOVEMBER, NOVEMBER.ends_at, BERLIN, 1)
    assert following == Period("2026-12-01", NOVEMBER.ends_at, local(2027, 1, 1))


def test_a_changed_reset_day_counts_from_the_end_of_the_running_period() -> None:
    assert next_period(NOVEMBER, local(2026, 11, 20), BERLIN, 15) is None
    assert next_period(NOVEMBER, local(2026, 12, 2), BERLIN, 15) == Period("2026-12-01", NOVEMBER.ends_at, local(2026, 12, 15))


def test_months_in_which_nothing_ran_are_left_out() -> None:
    found = next_period(NOVEMBER, local(2027, 3, 10), BERLIN, 1)
    assert found == Period("2027-03-01", local(2027, 3, 1), local(2027, 4, 1))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.sampled_from(["Europe/Berlin", "Africa/Cairo", "Pacific/Apia", "America/New_York", "Australia/Lord_Howe"]),
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.lists(st.tuples(st.integers(1, 31), st.integers(0, 24 * 70)), min_size=1, max_size=12),
)
def test_periods_never_overlap_and_always_hold_the_moment_they_opened(
    zone: str, now: datetime, steps: list[tuple[int, int]]
) -> None:
    last, opened = None, []
    for day, hours in steps:
        now += timedelta(hours=hours)
        due = next_period(last, now, ZoneInfo(zone), day)
        if due is not None:
            assert due.starts_at <= now < due.ends_at
            opened.append(last := due)
    assert all(one.ends_at <= other.starts_at for one, other in pairwise(opened))
    assert len({period.id for period in opened}) == len(opened)


@pytest.mark.promise("SW2")
@pytest.mark.parametrize(
    ("granted", "used", "left"), [(100, 30, 70), (100, 100, 0), (100, 130, 0), (0, 5, 0), (100, 0, 100), (-5, 0, 0)]
)
def test_the_allowance_is_used_first_and_its_rest_expires(granted: int, used: int, left: int) -> None:
    assert unused(granted, used) == left


@pytest.mark.parametrize(
    ("before", "after", "left", "granted"), [(100, 250, 70, 150), (100, 50, 70, -50), (100, 0, 70, -70), (100, 100, 9, 0)]
)
def test_a_smaller_allowance_takes_back_only_what_is_unused(before: int, after: int, left: int, granted: int) -> None:
    assert allowance_change(before, after, left) == granted


def test_the_forecast_follows_the_pace_so_far() -> None:
    now = NOVEMBER.starts_at + timedelta(days=10)
    ahead = forecast(1000, 600, NOVEMBER, now)
    assert (ahead.a_day, ahead.by_end) == (100.0, 3000)
    assert ahead.runs_out_at == now + timedelta(days=6)
    assert forecast(1000, 5000, NOVEMBER, now).runs_out_at is None
    assert forecast(0, 10, NOVEMBER, now).runs_out_at is None
    assert forecast(5, 0, NOVEMBER, now).runs_out_at == now
    assert forecast(3, 10, NOVEMBER, NOVEMBER.starts_at).a_day == 3.0


def test_days_of_a_period_are_local_dates() -> None:
    found = days_of(NOVEMBER, BERLIN)
    assert (found[0].isoformat(), found[-1].isoformat(), len(found)) == ("2026-11-01", "2026-11-30", 30)
