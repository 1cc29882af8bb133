"""Schedules in plain language."""

from datetime import UTC, datetime

import pytest

from firstline.hours.document import from_json
from firstline.hours.rows import Row
from firstline.hours.rules import Schedule
from firstline.hours.wording import MODE_NAMES, describe, describe_answers, describe_in_full, moment, note, zone_label
from tests.hours.test_rules import FESTIVE, NIGHT, NOT_OFFICE, OFFICE, SPLIT, WHOLE_DAYS, at, schedule


@pytest.mark.promise("WH2")
@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (Schedule(), "24 hours, every day"),
        (WHOLE_DAYS, "Mon–Fri 18:00–24:00, Sat–Sun all day"),
        (schedule("outside", "mon,tue,wed,thu,fri,sat 09:00-18:00"), "Mon–Sat 09:00–18:00"),
        (SPLIT, "Mon–Fri 09:00–12:00 and 13:00–17:00, Sat 10:00–14:00"),
        (NIGHT, "Mon–Fri 22:00–06:00 next day"),
        (schedule("during", "mon,wed,fri 09:00-17:00"), "Mon, Wed, Fri 09:00–17:00"),
        (schedule("during", "mon,tue,wed,thu,fri,sat,sun 07:00-22:00"), "Every day 07:00–22:00"),
        (schedule("during", "tue 09:00-10:00", "mon 09:00-10:00"), "Mon–Tue 09:00–10:00"),
        (FESTIVE, "Mon–Wed, Fri 09:00–17:00, Thu 09:00–17:00 and 22:00–02:00 next day, 3 holidays"),
        (schedule("during", holidays={"2026-12-24": ["09:00-12:00"]}), "1 holiday"),
    ],
)
def test_hours_are_described_as_people_say_them(hours: Schedule, text: str) -> None:
    assert describe(hours) == text


def test_reasons_name_mode_hours_and_zone() -> None:
    assert describe_in_full(Schedule()) == "all hours"
    assert describe_in_full(OFFICE) == "during Mon–Fri 09:00–17:00, Europe/Berlin"
    assert describe_in_full(NOT_OFFICE) == "only outside Mon–Fri 09:00–17:00, Europe/Berlin"


@pytest.mark.promise("WH1")
def test_modes_have_the_names_of_the_product() -> None:
    assert list(MODE_NAMES.values()) == ["All hours", "During specific hours", "Only outside specific hours"]


@pytest.mark.promise("WH5")
def test_the_form_says_that_an_end_before_its_start_is_the_next_day() -> None:
    assert note(Row((4,), 1320, 120)) == "Ends at 02:00 the next day"
    assert note(Row((4,), 540, 1020)) is None
    assert note(Row((4,), 1080, 1440)) is None
    assert note(Row((4,), 1080, 0)) is None


def test_the_strip_has_a_title_of_the_hours_that_are_answered() -> None:
    hours = schedule("outside", "mon,tue,wed,thu,fri 08:00-18:00", "sat 10:00-14:00")
    assert describe_answers(hours.week) == ("Mon–Fri 00:00–08:00 and 18:00–24:00, Sat 00:00–10:00 and 14:00–24:00, Sun all day")
    assert describe_answers(schedule("outside", "mon,tue,wed,thu,fri,sat,sun 00:00-24:00").week) == "never"


def test_the_zone_is_named_with_its_offset_and_its_time() -> None:
    now = datetime(2026, 11, 22, 9, 12, tzinfo=UTC)
    assert zone_label(OFFICE, now) == "Europe/Berlin (UTC+1, now 10:12)"
    assert zone_label(schedule("during", "mon 09:00-10:00", zone="Asia/Kolkata"), now) == "Asia/Kolkata (UTC+5:30, now 14:42)"
    assert zone_label(schedule("during", "mon 09:00-10:00", zone="America/St_Johns"), now).startswith(
        "America/St_Johns (UTC−3:30"
    )
    assert zone_label(Schedule(), now) == "UTC (UTC, now 09:12)"


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (at("2026-11-22T10:12"), "Sunday 10:12"),
        (at("2026-11-28T08:00"), "Saturday 08:00"),
        (at("2026-11-29T08:00"), "Sunday 29 Nov 08:00"),
        (at("2027-01-04T08:00"), "Monday 4 Jan 2027 08:00"),
        (at("2026-11-21T08:00"), "Saturday 21 Nov 08:00"),
    ],
)
def test_an_instant_is_said_by_its_weekday_while_that_is_clear(instant: datetime, text: str) -> None:
    assert moment(OFFICE, instant, at("2026-11-22T10:12")) == text


@pytest.mark.promise("WH4")
def test_in_a_repeated_hour_the_offset_is_said() -> None:
    now = at("2026-10-24T12:00")
    assert moment(OFFICE, at("2026-10-25T02:30", fold=0), now) == "Sunday 02:30 (UTC+2)"
    assert moment(OFFICE, at("2026-10-25T02:30", fold=1), now) == "Sunday 02:30 (UTC+1)"
    assert moment(OFFICE, at("2026-10-25T03:00"), now) == "Sunday 03:00"


def test_a_description_never_depends_on_the_order_of_rows() -> None:
    rows = [{"days": ["mon"], "start": "13:00", "end": "17:00"}, {"days": ["mon"], "start": "09:00", "end": "12:00"}]
    document = {"mode": "during", "timezone": "UTC", "rows": rows}
    assert describe(from_json(document)) == "Mon 09:00–12:00 and 13:00–17:00"
