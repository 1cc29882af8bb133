"""Working hours against the oracle over fifty zones and fifteen years: a share of what ``bench/run hours`` looks at (WH4)."""

import pytest

from firstline.hours.rules import is_open
from tests.hours.dice import YEARS, ZONES, cases
from tests.hours.oracle import Oracle

CASES = 4_000


@pytest.mark.promise("WH2", "WH4")
def test_hours_of_many_zones_and_years_are_what_the_clock_on_the_wall_shows() -> None:
    wrong = [
        (document, instant)
        for document, schedule, instant in cases(2026, CASES)
        if is_open(schedule, instant) != Oracle(document).open(instant)
    ]
    assert wrong == []


def test_the_zones_are_many_and_the_odd_ones_are_among_them() -> None:
    assert len(set(ZONES)) >= 40
    assert len(YEARS) == 15
    assert {"Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo", "Asia/Beirut"} <= set(ZONES)
