"""Charts as geometry: the macros of ``templates/parts/chart.html`` draw what is computed here."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from firstline.console.format import number
from firstline.console.words import _


class Rule(NamedTuple):
    """A horizontal line with its label."""

    y: float
    label: str


class Mark(NamedTuple):
    """A label of the time axis; those that are not ``always`` go when it is narrow."""

    x: float
    label: str
    anchor: str
    always: bool


class Point(NamedTuple):
    """The last point, with the place of its label."""

    x: float
    y: float
    label: str
    text_x: float
    text_y: float
    anchor: str


@dataclass(frozen=True)
class LineChart:
    """A line with what is forecast and the limits it runs into."""

    title: str
    name: str
    line: str
    area: str
    ahead: str
    last: Point
    rules: tuple[Rule, ...]
    limits: tuple[Rule, ...]
    marks: tuple[Mark, ...]
    table: tuple[tuple[str, str], ...]
    width: int = 720
    height: int = 220
    left: int = 44
    right: int = 700


BASE, TOP = 196.0, 16.0


def nice_ceiling(value: float) -> int:
    """The smallest of 1, 2, 3, 4, 5, 6, 8, 10 times a power of ten that is not below the value; at least 4."""
    if value <= 4:
        return 4
    power = 10 ** math.floor(math.log10(value))
    return int(next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= value))


def line_chart(
    days: Sequence[tuple[str, int]],
    *,
    slots: int,
    title: str,
    name: str,
    last_label: str,
    last_day: str = "",
    forecast: int | None = None,
    limits: Sequence[tuple[int, str]] = (),
) -> LineChart:
    """Draw cumulative counts, one a day.

    :param days: label and value from the first day to today.
    :param slots: days of the whole axis; what is missing lies ahead.
    :param last_day: label of the axis' end.
    :param forecast: value at the end of the axis.
    :param limits: value and label of the lines it runs into.
    """
    if not days:
        raise ValueError("a line needs at least one day")
    top = nice_ceiling(max([value for _day, value in days] + [value for value, _label in limits] + [forecast or 0]))
    left, right = LineChart.left, LineChart.right

    def x(slot: int) -> float:
        return round(left + (right - left) * slot / max(slots - 1, 1), 1)

    def y(value: float) -> float:
        return round(BASE - (BASE - TOP) * value / top, 1)

    points = [(x(slot), y(value)) for slot, (_day, value) in enumerate(days)]
    line = " ".join(f"{px},{py}" for px, py in points)
    end_x, end_y = points[-1]
    steps = _steps(top)
    return LineChart(
        title=title,
        name=name,
        line=line,
        area=f"{left},{BASE} {line} {end_x},{BASE}",
        ahead=f"M{end_x} {end_y}L{x(slots - 1)} {y(forecast)}" if forecast is not None and len(days) < slots else "",
        last=_last(end_x, end_y, last_label, late=end_x > right - 90),
        rules=tuple(Rule(y(top * step / steps), number(top * step // steps)) for step in range(steps + 1)),
        limits=tuple(Rule(y(value), label) for value, label in limits),
        marks=_marks(days, slots, last_day, x),
        table=tuple((day, number(value)) for day, value in days)
        + (((_("%(day)s (forecast)", day=last_day), number(forecast)),) if forecast is not None and last_day else ()),
    )


def _steps(top: int) -> int:
    """Into how many equal, whole parts the axis is cut."""
    first = int(str(top)[0])
    return {1: 5, 3: 3, 5: 5, 6: 3}.get(first, 4) if top >= 10 else {4: 4, 5: 5, 6: 3, 8: 4}[top]


def _last(x: float, y: float, label: str, *, late: bool) -> Point:
    """The label goes under the line, and to the left of its end where there is no room at the right."""
    below = min(y + 16, BASE - 4)
    return Point(x, y, label, round(x - 8 if late else x + 8, 1), round(y - 10 if late else below, 1), "end" if late else "start")


def _marks(days: Sequence[tuple[str, int]], slots: int, last_day: str, x: Callable[[int], float]) -> tuple[Mark, ...]:
    marks = [Mark(x(0), days[0][0], "start", True)]
    weeks = range(7, min(slots - 4, len(days)), 7)
    marks += [Mark(x(slot), days[slot][0], "middle", False) for slot in weeks]
    if last_day:
        marks.append(Mark(x(slots - 1), last_day, "end", True))
    return tuple(marks)


class Bar(NamedTuple):
    """A column: outer and inner part."""

    x: float
    width: float
    middle: float
    top: float
    height: float
    inner_top: float
    inner_height: float
    label: str


@dataclass(frozen=True)
class BarChart:
    """Columns of a whole and the part of it that matters."""

    title: str
    first_name: str
    second_name: str
    bars: tuple[Bar, ...]
    rules: tuple[Rule, ...]
    table: tuple[tuple[str, str, str], ...]
    width: int = 440
    height: int = 176
    left: int = 36
    right: int = 430


def bar_chart(rows: Sequence[tuple[str, int, int]], *, title: str, first_name: str, second_name: str) -> BarChart:
    """Draw one column a row: label, first value (drawn below, filled), second value (on top of it)."""
    top = nice_ceiling(max((first + second for _label, first, second in rows), default=0))
    base, ceiling = 150.0, 10.0
    slot = (BarChart.right - BarChart.left) / max(len(rows), 1)
    width = min(28.0, slot * 0.6)

    def y(value: float) -> float:
        return round(base - (base - ceiling) * value / top, 1)

    bars = []
    for place, (label, first, second) in enumerate(rows):
        x = round(BarChart.left + slot * place + (slot - width) / 2, 1)
        whole, part = y(first + second), y(first)
        bars.append(Bar(x, width, round(x + width / 2, 1), whole, round(base - whole, 1), part, round(base - part, 1), label))
    return BarChart(
        title=title,
        first_name=first_name,
        second_name=second_name,
        bars=tuple(bars),
        rules=tuple(Rule(y(top * step / 2), number(top * step // 2)) for step in range(3)),
        table=tuple((label, number(first), number(second)) for label, first, second in rows),
    )


def spark(values: Sequence[float]) -> str:
    """A path in a box of 80 × 24."""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = 78 / max(len(values) - 1, 1)
    points = [f"{1 + step * place:.0f} {22 - 20 * (value - low) / span:.0f}" for place, value in enumerate(values)]
    return "M" + " ".join(points)
