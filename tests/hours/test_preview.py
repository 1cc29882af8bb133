"""The strip of the coming days and the sentence under it."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.hours.preview import Span, week
from firstline.hours.rows import zones
from firstline.hours.rules import Schedule, is_open
from tests.hours.test_rules import FESTIVE, at, schedule

REFERENCE = schedule("outside", "mon,tue,wed,thu,fri 08:00-18:00", "sat 10:00-14:00")
SUNDAY = at("2026-11-22T10:12")


def spans(found: tuple[Span, ...]) -> list[tuple[int, int, bool]]:
    return [(span.start, span.end, span.answers) for span in found]


@pytest.mark.promise("WH1")
def test_the_strip_shows_each_day_from_today_with_who_answers() -> None:
    strip = week(REFERENCE, SUNDAY)
    assert [day.name for day in strip.days] == ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    assert [day.today for day in strip.days] == [True] + [False] * 6
    assert spans(strip.days[0].spans) == [(0, 1440, True)]
    assert spans(strip.days[1].spans) == [(0, 480, True), (480, 1080, False), (1080, 1440, True)]
    assert spans(strip.days[6].spans) == [(0, 600, True), (600, 840, False), (840, 1440, True)]


def test_the_sentence_says_who_answers_now_and_when_that_changes() -> None:
    strip = week(REFERENCE, SUNDAY)
    assert (strip.answers, strip.now_text, strip.change_text) == (True, "Sunday 10:12", "Monday 08:00")
    assert strip.now_minute == 612
    assert strip.next_change == at("2026-11-23T08:00")


def test_all_hours_have_no_next_change() -> None:
    strip = week(Schedule(), SUNDAY)
    assert strip.answers
    assert strip.next_change is None
    assert strip.change_text is None


@pytest.mark.promise("WH2")
def test_holidays_are_in_the_strip() -> None:
    strip = week(FESTIVE, at("2026-12-22T09:00"))
    by_date = {day.date: spans(day.spans) for day in strip.days}
    assert by_date[date(2026, 12, 24)] == [(0, 600, False), (600, 720, True), (720, 1440, False)]
    assert by_date[date(2026, 12, 25)] == [(0, 1440, False)]


@pytest.mark.promise("WH4")
def test_a_skipped_hour_is_a_hole_and_a_repeated_one_is_marked() -> None:
    hours = schedule("during", "sun 01:00-04:00")
    spring = week(hours, at("2026-03-28T12:00")).days[1]
    assert spans(spring.spans) == [(0, 60, False), (60, 120, True), (180, 240, True), (240, 1440, False)]
    assert (spring.skipped, spring.repeated) == (((120, 180),), ())
    autumn = week(hours, at("2026-10-24T12:00")).days[1]
    assert spans(autumn.spans) == [(0, 60, False), (60, 240, True), (240, 1440, False)]
    assert (autumn.skipped, autumn.repeated) == ((), ((120, 180),))


@pytest.mark.promise("WH4")
def test_a_day_that_a_country_skips_is_an_empty_strip() -> None:
    hours = schedule("during", "fri 09:00-17:00", zone="Pacific/Apia")
    day = week(hours, at("2011-12-29T12:00", "Pacific/Apia")).days[1]
    assert (day.spans, day.skipped) == ((), ((0, 1440),))


def test_two_weeks_can_be_shown() -> None:
    assert len(week(REFERENCE, SUNDAY, days=14).days) == 14


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(zones())), st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)))
def test_every_span_of_the_strip_says_what_is_open_says(zone: str, when: datetime) -> None:
    hours = schedule("during", "mon,thu 22:00-03:00", "sat 00:00-24:00", "sun 01:30-02:30", zone=zone)
    for day in week(hours, when.replace(tzinfo=UTC)).days:
        for span in day.spans:
            wall = datetime.combine(day.date, datetime.min.time(), hours.tz).replace(
                hour=span.start // 60, minute=span.start % 60
            )
            assert is_open(hours, wall) is span.answers
