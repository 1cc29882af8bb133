"""The week strip and the charts: geometry and the words behind it."""

from datetime import UTC, datetime

import pytest

from firstline.console.parts_chart import bar_chart, line_chart, nice_ceiling, spark
from firstline.console.parts_week import week, week_of
from firstline.hours.document import from_json


def test_a_week_says_in_words_what_it_shows() -> None:
    spans = dict.fromkeys(range(5), ((0, 480), (1080, 1440)))
    drawn = week({**spans, 6: ((0, 1440),)}, on_name="Velo", off_name="People", today=6, minute=720)
    assert drawn.title == ("Velo answers. Monday to Friday: 00:00–08:00, 18:00–24:00; Saturday: never; Sunday: all day.")
    assert drawn.rows[0].open == ((40.0, 132.0), (337.0, 99.0))
    assert [row.today for row in drawn.rows] == [False] * 6 + [True]
    assert drawn.now_x == 238.0


def test_the_strip_tells_who_answers_now_and_when_that_changes() -> None:
    rows = [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "18:00"}]
    schedule = from_json({"mode": "outside", "timezone": "Europe/Berlin", "rows": rows})
    sunday = week_of(schedule, datetime(2026, 11, 22, 9, 12, tzinfo=UTC), on_name="Velo", off_name="Service team")
    assert (sunday.now_text, sunday.change_text) == ("Velo answers now, Sunday 10:12.", "Next change Monday 08:00.")
    monday = week_of(schedule, datetime(2026, 11, 23, 9, 12, tzinfo=UTC), on_name="Velo", off_name="Service team")
    assert monday.now_text == "Service team answers now, Monday 10:12."


@pytest.mark.parametrize(("value", "top"), [(0, 4), (3, 4), (7, 8), (100, 100), (101, 200), (2340, 3000), (9001, 10000)])
def test_an_axis_ends_at_a_round_number(value: int, top: int) -> None:
    assert nice_ceiling(value) == top


@pytest.mark.parametrize("values", [[0], [1, 1, 1], list(range(31)), [10**9]])
def test_a_line_stays_within_its_box(values: list[int]) -> None:
    days = [(f"{number + 1} Nov", value) for number, value in enumerate(values)]
    chart = line_chart(days, slots=31, title="Used", name="Used", last_label="now", last_day="31 Nov", forecast=values[-1] * 2)
    for pair in chart.line.split():
        x, y = map(float, pair.split(","))
        assert 44 <= x <= 700
        assert 16 <= y <= 196
    assert len(chart.table) == len(values) + 1


def test_bars_show_a_part_within_a_whole() -> None:
    chart = bar_chart([("Mon", 30, 20), ("Tue", 0, 0)], title="By day", first_name="Resolved", second_name="Handed off")
    monday, tuesday = chart.bars
    assert monday.height > monday.inner_height > 0
    assert (tuesday.height, tuesday.inner_height) == (0, 0)
    assert chart.table == (("Mon", "30", "20"), ("Tue", "0", "0"))


def test_a_flat_spark_is_drawn() -> None:
    assert spark([5, 5]) == "M1 22 79 22"
