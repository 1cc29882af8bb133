"""What forms send, read into what commands take: hours and destinations."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import FormData

from firstline.hours.rows import DAYS, clock_text
from firstline.hours.rules import Schedule
from firstline.routing.situation import Destination, DestinationKind

PRESETS: Mapping[str, tuple[str, ...]] = {
    "every": DAYS,
    "weekdays": DAYS[:5],
    "weekend": DAYS[5:],
    **{day: (day,) for day in DAYS},
}
_NAMES = {days: name for name, days in PRESETS.items()}

HoursRow = tuple[str, str, str]
"""Days (a preset, or names with commas), start, end, as they stand in the form."""


def texts(form: FormData, name: str) -> list[str]:
    """All values of a field."""
    return [value for value in form.getlist(name) if isinstance(value, str)]


def text(form: FormData, name: str, otherwise: str = "") -> str:
    """One value of a field."""
    value = form.get(name, otherwise)
    return value if isinstance(value, str) else otherwise


def entered_rows(form: FormData) -> tuple[HoursRow, ...]:
    """The rows as entered, right or wrong."""
    return tuple(zip(texts(form, "days"), texts(form, "start"), texts(form, "end"), strict=False))


def hours_in(form: FormData) -> dict[str, Any]:
    """The hours as :mod:`firstline.hours.document` reads them. Holidays that were there are handed on."""
    mode = text(form, "hours", "all")
    if mode == "all":
        return {"mode": "all"}
    rows = [
        {"days": list(PRESETS.get(days) or days.split(",")), "start": start.strip(), "end": end.strip()}
        for days, start, end in entered_rows(form)
    ]
    return {"mode": mode, "timezone": text(form, "timezone"), "rows": rows, "holidays": _holidays(text(form, "holidays"))}


def _holidays(written: str) -> list[Any]:
    try:
        kept = json.loads(written) if written else []
    except (ValueError, RecursionError):
        return []
    return kept if isinstance(kept, list) else []


def rows_of(schedule: Schedule) -> tuple[HoursRow, ...]:
    """The rows of a schedule, as the form shows them."""
    rows = []
    for row in schedule.rows:
        days = tuple(DAYS[day] for day in row.days)
        rows.append((_NAMES.get(days, ",".join(days)), clock_text(row.start), clock_text(row.end)))
    return tuple(rows)


def destination_in(form: FormData, name: str) -> dict[str, Any] | None:
    """A destination as ``{kind, ids}``; None where the form says that another setting decides."""
    kind = text(form, name)
    if kind in ("", "none"):
        return None
    return {"kind": kind, "ids": texts(form, f"{name}-{kind}") if kind in ("teams", "teammates") else []}


def chosen_ids(destination: Destination | None, kind: DestinationKind) -> Sequence[str]:
    """Who is chosen among the teams, or among the teammates."""
    return destination.ids if destination is not None and destination.kind is kind else ()
