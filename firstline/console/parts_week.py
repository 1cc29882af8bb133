"""The strip of days: for each the minutes in which the agent answers. Pure geometry; the template draws it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from firstline.console.words import _
from firstline.hours import preview
from firstline.hours.rules import Schedule

LEFT, RIGHT, TOP, STEP = 40.0, 436.0, 18, 16
LEFT_WITH_DATES = 60.0
DAY = 1440
"""Minutes of a wall-clock day."""

Span = tuple[int, int]
"""Start and end in minutes after midnight, end excluded."""


@dataclass(frozen=True)
class WeekRow:
    """One day: its label, its height, the drawn spans as (x, width); minutes that the clocks skip or repeat are marked."""

    label: str
    y: int
    today: bool
    open: tuple[tuple[float, float], ...]
    skipped: tuple[tuple[float, float], ...] = ()
    repeated: tuple[tuple[float, float], ...] = ()


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
    label: str = ""
    left: float = LEFT
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> float:
        """Of a day."""
        return RIGHT - self.left

    @property
    def height(self) -> int:
        """Of all days."""
        return TOP + STEP * len(self.rows)


def _x(minute: float, left: float = LEFT) -> float:
    return round(left + (RIGHT - left) * minute / DAY, 1)


def _drawn(spans: Sequence[Span], left: float = LEFT) -> tuple[tuple[float, float], ...]:
    return tuple((_x(start, left), round(_x(end, left) - _x(start, left), 1)) for start, end in spans)


def _scale(left: float = LEFT) -> tuple[tuple[float, str, str], ...]:
    anchors = ("start", "middle", "middle", "middle", "end")
    return tuple((_x(h * 60, left), f"{h:02d}:00", anchor) for h, anchor in zip((0, 6, 12, 18, 24), anchors, strict=True))


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
    skipped: Mapping[int, Sequence[Span]] = MappingProxyType({}),
    repeated: Mapping[int, Sequence[Span]] = MappingProxyType({}),
    notes: Sequence[str] = (),
) -> Week:
    """Draw a week from Monday to Sunday.

    :param spans: weekday (0 is Monday) to the spans in which the agent answers.
    :param today: weekday of the reader's now, at ``minute``.
    """
    rows = tuple(
        WeekRow(
            label=name,
            y=TOP + STEP * number,
            today=number == today,
            open=_drawn(spans.get(number, ())),
            skipped=_drawn(skipped.get(number, ())),
            repeated=_drawn(repeated.get(number, ())),
        )
        for number, name in enumerate(short_day_names())
    )
    return Week(
        title=_in_words(spans, on_name),
        rows=rows,
        hours=_scale(),
        ticks=tuple(_x(h * 60) for h in (6, 12, 18)),
        now_x=_x(minute) if today is not None else None,
        on_name=on_name,
        off_name=off_name,
        now_text=now_text,
        change_text=change_text,
        label=_("Your week"),
        notes=tuple(notes),
    )


def written_span(start: int, end: int) -> str:
    """08:00–18:00."""
    return f"{start // 60:02d}:{start % 60:02d}–{end // 60:02d}:{end % 60:02d}"


def _in_words(spans: Mapping[int, Sequence[Span]], name: str, names: Sequence[str] = ()) -> str:
    """The picture for those who do not see it; days that are alike share one clause."""
    names = names or day_names()
    groups: list[tuple[list[int], tuple[Span, ...]]] = []
    for number in range(7):
        mine = tuple(spans.get(number, ()))
        if groups and groups[-1][1] == mine:
            groups[-1][0].append(number)
        else:
            groups.append(([number], mine))
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


def week_of(schedule: Schedule, now: datetime, *, on_name: str, off_name: str, states: bool = False) -> Week:
    """The coming seven days of a schedule, each at its weekday, so that clock changes and holidays are in it.

    :param states: the names are states, such as Open and Closed, and not of those who answer.
    """
    coming = preview.week(schedule, now)
    now_text, change_text = _told(coming, on_name, off_name)
    if states:
        now_text = _("%(name)s now, %(time)s.", name=on_name if coming.answers else off_name, time=coming.now_text)
    return week(
        {day.date.weekday(): _answering(day) for day in coming.days},
        on_name=on_name,
        off_name=off_name,
        today=coming.days[0].date.weekday(),
        minute=coming.now_minute,
        now_text=now_text,
        change_text=change_text,
        skipped={day.date.weekday(): day.skipped for day in coming.days},
        repeated={day.date.weekday(): day.repeated for day in coming.days},
        notes=_notes(schedule, coming),
    )


def days_of(schedule: Schedule, now: datetime, *, on_name: str, off_name: str, days: int = 14) -> Week:
    """So many days from today, each with its date."""
    coming, left = preview.week(schedule, now, days), LEFT_WITH_DATES
    now_text, change_text = _told(coming, on_name, off_name)
    shorts = short_day_names()
    return Week(
        title=_in_words({number: _answering(day) for number, day in enumerate(coming.days[:7])}, on_name, _weekdays(coming)),
        rows=tuple(
            WeekRow(
                label=f"{shorts[day.date.weekday()]} {day.date.day}",
                y=TOP + STEP * number,
                today=day.today,
                open=_drawn(_answering(day), left),
                skipped=_drawn(day.skipped, left),
                repeated=_drawn(day.repeated, left),
            )
            for number, day in enumerate(coming.days)
        ),
        hours=_scale(left),
        ticks=tuple(_x(h * 60, left) for h in (6, 12, 18)),
        now_x=_x(coming.now_minute, left),
        on_name=on_name,
        off_name=off_name,
        now_text=now_text,
        change_text=change_text,
        label=_("The next %(count)s days", count=days),
        left=left,
        notes=_notes(schedule, coming),
    )


def _weekdays(coming: preview.Week) -> tuple[str, ...]:
    names = day_names()
    return tuple(names[day.date.weekday()] for day in coming.days[:7])


def _answering(day: preview.Day) -> tuple[Span, ...]:
    return tuple((span.start, span.end) for span in day.spans if span.answers)


def _told(coming: preview.Week, on_name: str, off_name: str) -> tuple[str, str]:
    name = on_name if coming.answers else off_name
    change = _("Next change %(time)s.", time=coming.change_text) if coming.change_text else _("This never changes.")
    return _("%(name)s answers now, %(time)s.", name=name, time=coming.now_text), change


def _notes(schedule: Schedule, coming: preview.Week) -> tuple[str, ...]:
    """What is special about these days: clocks that change, holidays."""
    names, holidays = day_names(), {one.date: one for one in schedule.holidays}
    notes = []
    for day in coming.days:
        when = f"{names[day.date.weekday()]} {day.date.day}.{day.date.month}."
        for start, end in day.skipped:
            notes.append(_("%(day)s: clocks go forward, %(span)s does not exist.", day=when, span=written_span(start, end)))
        for start, end in day.repeated:
            notes.append(_("%(day)s: clocks go back, %(span)s counts twice.", day=when, span=written_span(start, end)))
        if (holiday := holidays.get(day.date)) is not None:
            notes.append(_("%(day)s: %(name)s.", day=when, name=holiday.name or _("Holiday")))
    return tuple(notes)
