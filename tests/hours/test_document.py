"""Schedules from JSON: what is accepted, what is refused and how the refusal names the row (WH2, WH5)."""

from typing import Any

import pytest

from firstline.hours.document import MOST_HOLIDAYS, MOST_ROWS, from_json, to_json
from firstline.hours.rows import Row
from firstline.hours.rules import Schedule
from firstline.kit.errors import Invalid


def hours(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"mode": "during", "timezone": "Europe/Berlin", "rows": list(rows), **more}


def row(days: str, start: Any, end: Any) -> dict[str, Any]:
    return {"days": days.split(","), "start": start, "end": end}


MONDAY = row("mon", "09:00", "17:00")
MORNING = {"start": "09:00", "end": "12:00"}


@pytest.mark.promise("WH2")
@pytest.mark.parametrize(
    ("document", "rows"),
    [
        (hours(row("mon,tue", "09:00", "17:00")), (Row((0, 1), 540, 1020),)),
        (hours(row("sun,mon,sun", "9:00", "24:00")), (Row((0, 6), 540, 1440),)),
        (hours(row("sat", "18:00", "00:00")), (Row((5,), 1080, 1440),)),
        (hours(row("fri", "22:00", "02:00")), (Row((4,), 1320, 120),)),
        (hours(MONDAY, row("mon", "17:00", "18:00")), (Row((0,), 540, 1020), Row((0,), 1020, 1080))),
        (hours(row("mon,tue,wed,thu,fri,sat,sun", "12:00", "11:59")), (Row((0, 1, 2, 3, 4, 5, 6), 720, 719),)),
    ],
)
def test_legal_hours_are_understood(document: dict[str, Any], rows: tuple[Row, ...]) -> None:
    assert from_json(document).rows == rows


@pytest.mark.promise("WH5")
@pytest.mark.parametrize(
    ("document", "field", "words"),
    [
        # overlapping rows
        (hours(MONDAY, row("mon", "16:00", "18:00")), "hours.rows.1", "Row 2 (Mon 16:00–18:00) overlaps Row 1 (Mon 09:00–17:00)"),
        (hours(MONDAY, MONDAY), "hours.rows.1", "Row 2"),
        (hours(MONDAY, row("sun", "23:00", "09:01")), "hours.rows.1", "Row 2 (Sun 23:00–09:01 next day) overlaps Row 1"),
        (hours(row("fri", "22:00", "02:00"), row("sat", "00:00", "24:00")), "hours.rows.1", "Row 2 (Sat all day) overlaps"),
        (hours(row("tue", "08:00", "09:00"), MONDAY, row("mon,wed", "10:00", "11:00")), "hours.rows.2", "Row 3 (Mon, Wed"),
        # empty rows
        (hours(MONDAY, row("tue", "09:00", "09:00")), "hours.rows.1.end", "Row 2 is empty: it starts and ends at 09:00"),
        (hours(row("tue", "00:00", "00:00")), "hours.rows.0.end", "For a whole day enter 00:00 to 24:00"),
        (hours(row("", "09:00", "10:00")), "hours.rows.0.days", "Row 1 has the day ''"),
        (hours({"days": [], "start": "09:00", "end": "10:00"}), "hours.rows.0.days", "Row 1 has no day"),
        (hours(), "hours.rows", "There are no hours"),
        (hours(holidays=[{"date": "2026-12-25", "rows": []}]), "hours.rows", "There are no hours"),
        # unknown zones
        (hours(MONDAY, timezone="Europe/Atlantis"), "hours.timezone", "'Europe/Atlantis' is unknown"),
        (hours(MONDAY, timezone=None), "hours.timezone", "Choose a time zone"),
        (hours(MONDAY, timezone="../../etc/passwd"), "hours.timezone", "unknown"),
        (hours(MONDAY, timezone="Europe"), "hours.timezone", "unknown"),
        (hours(MONDAY, timezone="europe/berlin"), "hours.timezone", "unknown"),
        (hours(MONDAY, timezone="localtime"), "hours.timezone", "unknown"),
        (hours(MONDAY, timezone="Europe/Berlin\x00"), "hours.timezone", "unknown"),
        (hours(MONDAY, timezone=7), "hours.timezone", "The time zone is 7"),
        # times that are none
        (hours(row("mon", "24:00", "02:00")), "hours.rows.0.start", "Row 1: the start is 24:00"),
        (hours(row("mon", "09:00", "24:01")), "hours.rows.0.end", "Row 1: the end is '24:01'"),
        (hours(row("mon", "9", "10:00")), "hours.rows.0.start", "Row 1: the start is '9'"),
        (hours(row("mon", "09:60", "10:00")), "hours.rows.0.start", "'09:60'"),
        (hours(row("mon", "٠٩:٠٠", "10:00")), "hours.rows.0.start", "Row 1: the start"),
        (hours(row("mon", "09:00\n", "10:00")), "hours.rows.0.start", "Row 1: the start"),
        (hours(row("mon", 540, "10:00")), "hours.rows.0.start", "is 540"),
        (hours({"days": ["mon"], "start": "09:00"}), "hours.rows.0.end", "Row 1: the end is None"),
        # other shapes
        (hours({"days": ["monday"], "start": "09:00", "end": "10:00"}), "hours.rows.0.days", "'monday'"),
        (hours({"days": "mon", "start": "09:00", "end": "10:00"}), "hours.rows.0.days", "Row 1: the days is 'mon'"),
        (hours({"days": [["mon"]], "start": "09:00", "end": "10:00"}), "hours.rows.0.days", "Row 1 has the day ['mon']"),
        (hours({**MONDAY, "until": "18:00"}), "hours.rows.0", "'until' is not known"),
        (hours(MONDAY, holiday=[]), "hours", "'holiday' is not known"),
        (hours(MONDAY, mode="sometimes"), "hours.mode", "all, during, outside"),
        (hours(MONDAY, mode=["during"]), "hours.mode", "all, during, outside"),
        (hours(MONDAY, mode=None), "hours.mode", "all, during, outside"),
        ({"mode": "during", "timezone": "UTC", "rows": {}}, "hours.rows", "Rows is {}"),
        ({"mode": "during", "timezone": "UTC", "rows": [7]}, "hours.rows.0", "Row 1 is 7"),
        ("always", "hours", "should be an object"),
        (None, "hours", "should be an object"),
        # holidays
        (hours(MONDAY, holidays=[{"date": "24.12.2026"}]), "hours.holidays.0.date", "Holiday 1 has the date '24.12.2026'"),
        (hours(MONDAY, holidays=[{"date": "2026-02-30"}]), "hours.holidays.0.date", "Holiday 1"),
        (hours(MONDAY, holidays=[{"date": "20261224"}]), "hours.holidays.0.date", "Holiday 1"),
        (hours(MONDAY, holidays=[{"rows": []}]), "hours.holidays.0.date", "Holiday 1 has the date None"),
        (hours(MONDAY, holidays=[{"date": "2026-12-24"}] * 2), "hours.holidays.1.date", "2026-12-24 is entered twice"),
        (
            hours(MONDAY, holidays=[{"date": "2026-12-24", "rows": [MORNING, {"start": "11:00", "end": "13:00"}]}]),
            "hours.holidays.0.rows.1",
            "Holiday 2026-12-24, row 2 (11:00–13:00) overlaps Holiday 2026-12-24, row 1",
        ),
        (
            hours(MONDAY, holidays=[{"date": "2026-12-24", "rows": [{"start": "09:00", "end": "09:00"}]}]),
            "hours.holidays.0.rows.0.end",
            "Holiday 2026-12-24, row 1 is empty",
        ),
        # too many
        (hours(*[MONDAY] * (MOST_ROWS + 1)), "hours.rows", "at most 200"),
        (hours(MONDAY, holidays=[{}] * (MOST_HOLIDAYS + 1)), "hours.holidays", "at most 1000"),
    ],
)  # fmt: skip
def test_hours_that_cannot_be_meant_are_refused_with_the_row_named(document: Any, field: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        from_json(document)
    assert refused.value.field == field
    assert words in refused.value.message


def test_a_huge_wrong_value_is_not_repeated_in_full() -> None:
    with pytest.raises(Invalid) as refused:
        from_json(hours(row("mon", "9" * 1_000_000, "10:00")))
    assert len(refused.value.message) < 200


@pytest.mark.promise("WH1")
def test_all_hours_takes_no_rows_and_needs_no_zone() -> None:
    assert from_json({"mode": "all"}) == Schedule("all", "UTC")
    assert from_json({}) == Schedule()
    assert from_json({"mode": "all", "timezone": "Asia/Tokyo", "rows": [{"days": []}], "holidays": []}) == Schedule(
        "all", "Asia/Tokyo"
    )


def test_json_comes_back_in_one_normal_form() -> None:
    entered = hours(
        row("sun,mon", "9:00", "00:00"),
        holidays=[{"date": "2026-12-31", "rows": [{"start": "20:00", "end": "2:00"}]}, {"date": "2026-12-25"}],
    )
    assert to_json(from_json(entered)) == {
        "mode": "during",
        "timezone": "Europe/Berlin",
        "rows": [{"days": ["mon", "sun"], "start": "09:00", "end": "24:00"}],
        "holidays": [{"date": "2026-12-25", "rows": []}, {"date": "2026-12-31", "rows": [{"start": "20:00", "end": "02:00"}]}],
    }


def test_the_field_of_an_error_starts_where_the_caller_keeps_its_hours() -> None:
    with pytest.raises(Invalid) as refused:
        from_json({"mode": "never"}, field="availability")
    assert refused.value.field == "availability.mode"
