"""What the schedule editor sends, read into what commands take; and its buttons, which work without scripts too."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData

from firstline.console.entered import text, texts
from firstline.console.view.schedule import HolidayRow, HoursRow
from firstline.hours.public import public_holidays
from firstline.hours.rows import DAYS, Holiday, clock_text
from firstline.hours.rules import Schedule
from firstline.kit.errors import Invalid

PRESETS: Mapping[str, tuple[str, ...]] = {
    "every": DAYS,
    "weekdays": DAYS[:5],
    "weekend": DAYS[5:],
    **{day: (day,) for day in DAYS},
}
_NAMES = {days: name for name, days in PRESETS.items()}

READY: Mapping[str, HoursRow] = {
    "office": ("weekdays", "09:00", "17:00"),
    "shop": ("mon,tue,wed,thu,fri,sat", "08:00", "20:00"),
    "daily": ("every", "08:00", "22:00"),
}
"""Hours that many have, one row each."""

_NEW_ROW: HoursRow = ("weekdays", "09:00", "17:00")
_SPAN = re.compile(r"\s*[-–—]\s*")


def entered_rows(form: FormData) -> tuple[HoursRow, ...]:
    """The rows as entered, right or wrong."""
    return tuple(zip(texts(form, "days"), texts(form, "start"), texts(form, "end"), strict=False))


def entered_holidays(form: FormData) -> tuple[HolidayRow, ...]:
    """The holidays as entered, right or wrong."""
    columns = (texts(form, name) for name in ("holiday", "holiday-hours", "holiday-name"))
    return tuple(HolidayRow(*row) for row in zip(*columns, strict=False))


def hours_in(form: FormData) -> dict[str, Any]:
    """The hours as :mod:`firstline.hours.document` reads them; a holiday that was left empty is none."""
    mode = text(form, "hours", "all")
    if mode == "all":
        return {"mode": "all"}
    rows = [
        {"days": list(PRESETS.get(days) or days.split(",")), "start": start.strip(), "end": end.strip()}
        for days, start, end in entered_rows(form)
    ]
    holidays = [
        {"date": one.date.strip(), "name": one.name.strip(), "rows": _own_hours(one.hours)}
        for one in entered_holidays(form)
        if one.date.strip() or one.hours.strip()
    ]
    return {"mode": mode, "timezone": text(form, "timezone").strip(), "rows": rows, "holidays": holidays}


def _own_hours(written: str) -> list[dict[str, str]]:
    """``09:00–12:00, 13:00–15:00``; nothing, or the word closed, is closed."""
    if written.strip().lower() in ("", "closed", "-", "–"):
        return []
    spans = []
    for part in written.split(","):
        start, *rest = _SPAN.split(part.strip(), maxsplit=1)
        spans.append({"start": start.strip(), "end": rest[0].strip() if rest else ""})
    return spans


def rows_of(schedule: Schedule) -> tuple[HoursRow, ...]:
    """The rows of a schedule, as the form shows them."""
    rows = []
    for row in schedule.rows:
        days = tuple(DAYS[day] for day in row.days)
        rows.append((_NAMES.get(days, ",".join(days)), clock_text(row.start), clock_text(row.end)))
    return tuple(rows)


def holidays_of(schedule: Schedule) -> tuple[HolidayRow, ...]:
    """The holidays of a schedule, as the form shows them."""
    return tuple(_shown(holiday) for holiday in schedule.holidays)


def _shown(holiday: Holiday) -> HolidayRow:
    hours = ", ".join(f"{clock_text(row.start)}–{clock_text(row.end)}" for row in holiday.rows)
    return HolidayRow(holiday.date.isoformat(), hours, holiday.name)


def edited(form: FormData) -> FormData | None:
    """The form after the button of the editor that was pressed; None if another one was, such as Save.

    :raises Invalid: if the public holidays of that country and year are not known.
    """
    verb, _, place = text(form, "do").partition(":")
    rows, holidays = list(entered_rows(form)), list(entered_holidays(form))
    if verb == "add-row":
        rows.append(_NEW_ROW)
    elif verb == "preset" and place in READY:
        rows = [READY[place]]
    elif verb == "add-holiday":
        holidays.append(HolidayRow("", "", ""))
    elif verb == "import":
        holidays = imported(form, holidays)
    elif verb in ("remove-row", "remove-holiday") and place.isascii() and place.isdigit():
        chosen: list[Any] = rows if verb == "remove-row" else holidays
        del chosen[int(place[:6]) : int(place[:6]) + 1]
    else:
        return None
    names = ("do", "days", "start", "end", "holiday", "holiday-hours", "holiday-name")
    fields = [(name, value) for name, value in form.multi_items() if name not in names]
    for row in rows:
        fields += list(zip(("days", "start", "end"), row, strict=True))
    for one in holidays:
        fields += [("holiday", one.date), ("holiday-hours", one.hours), ("holiday-name", one.name)]
    return FormData(fields)


def imported(form: FormData, holidays: list[HolidayRow]) -> list[HolidayRow]:
    """The holidays with the public ones of the chosen country, region and year that are not among them yet."""
    year = text(form, "holiday-year").strip()
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        raise Invalid("Enter a year such as 2026.", field="holidays")
    there = {one.date for one in holidays}
    found = public_holidays(text(form, "holiday-country"), int(year), text(form, "holiday-region").strip())
    new = [HolidayRow(day.isoformat(), "", name) for day, name in found if day.isoformat() not in there]
    filled = [one for one in holidays if one.date or one.hours]
    return sorted([*filled, *new], key=lambda one: one.date)
