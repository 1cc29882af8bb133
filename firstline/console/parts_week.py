"""The week strip: for each day the minutes in which the agent answers. Pure geometry; the template draws it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from firstline.console.words import _
from firstline.hours import preview
from firstline.hours.rules import Schedule

LEFT, WIDTH, TOP, STEP = 40.0, 396.0, 18, 16
DAY = 1440
"""Minutes of a wall-clock day."""

Span = tuple[int, int]
"""Start and end in minutes after midnight, end excluded."""


@dataclass(frozen=True)
class WeekRow:
    """One day: its label, its height, the drawn spans as (x, width)."""

    label: str
    y: int
    today: bool
    open: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Week:
    """Everything the macro ``week`` needs."""

    title: str
    rows: tuple[WeekRow, ...]
    hours: tuple[tuple[float, str, str], ...]
    ticks: tuple[float, ...]
    now_x: float | None
    on_name: str
    off_name: str
    now_text: str
    change_text: str


def _x(minute: float) -> float:
    return round(LEFT + WIDTH * minute / DAY, 1)


def day_names() -> tuple[str, ...]:
    """Monday to Sunday, in full."""
    return (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))


def short_day_names() -> tuple[str, ...]:
    """Mon to Sun."""
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))


def week(
    spans: Mapping[int, Sequence[Span]],
    *,
    on_name: str,
    off_name: str,
    today: int | None = None,
    minute: int = 0,
    now_text: str = "",
    change_text: str = "",
) -> Week:
    """Draw a week.

    :param spans: weekday (0 is Monday) to the spans in which the agent answers.
    :param today: weekday of the reader's now, at ``minute``.
    """
    rows = tuple(
        WeekRow(
            label=name,
            y=TOP + STEP * number,
            today=number == today,
            open=tuple((_x(start), round(_x(end) - _x(start), 1)) for start, end in spans.get(number, ())),
        )
        for number, name in enumerate(short_day_names())
    )
    anchors = ("start", "middle", "middle", "middle", "end")
    hours = tuple((_x(h * 60), f"{h:02d}:00", anchor) for h, anchor in zip((0, 6, 12, 18, 24), anchors, strict=True))
    return Week(
        title=_in_words(spans, on_name),
        rows=rows,
        hours=hours,
        ticks=tuple(_x(h * 60) for h in (6, 12, 18)),
        now_x=_x(minute) if today is not None else None,
        on_name=on_name,
        off_name=off_name,
        now_text=now_text,
        change_text=change_text,
    )


def written_span(start: int, end: int) -> str:
    """08:00–18:00."""
    return f"{start // 60:02d}:{start % 60:02d}–{end // 60:02d}:{end % 60:02d}"


def _in_words(spans: Mapping[int, Sequence[Span]], name: str) -> str:
    """The picture for those who do not see it; days that are alike share one clause."""
    groups: list[tuple[list[int], tuple[Span, ...]]] = []
    for number in range(7):
        mine = tuple(spans.get(number, ()))
        if groups and groups[-1][1] == mine:
            groups[-1][0].append(number)
        else:
            groups.append(([number], mine))
    names = day_names()
    clauses = []
    for days, mine in groups:
        which = names[days[0]] if len(days) == 1 else _("%(first)s to %(last)s", first=names[days[0]], last=names[days[-1]])
        if not mine:
            when = _("never")
        elif mine == ((0, DAY),):
            when = _("all day")
        else:
            when = ", ".join(written_span(start, end) for start, end in mine)
        clauses.append(f"{which}: {when}")
    return _("%(name)s answers. %(when)s.", name=name, when="; ".join(clauses))


def week_of(schedule: Schedule, now: datetime, *, on_name: str, off_name: str) -> Week:
    """The coming seven days of a schedule, each at its weekday, so that clock changes and holidays are in it."""
    coming = preview.week(schedule, now)
    spans = {day.date.weekday(): tuple((span.start, span.end) for span in day.spans if span.answers) for day in coming.days}
    name = on_name if coming.answers else off_name
    return week(
        spans,
        on_name=on_name,
        off_name=off_name,
        today=coming.days[0].date.weekday(),
        minute=coming.now_minute,
        now_text=_("%(name)s answers now, %(time)s.", name=name, time=coming.now_text),
        change_text=_("Next change %(time)s.", time=coming.change_text) if coming.change_text else _("This never changes."),
    )
