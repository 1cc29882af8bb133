"""A schedule from the JSON of the REST contract and the console's form, and back.

``{"mode": "all" | "during" | "outside", "timezone": "Europe/Berlin", "rows": [{"days": ["mon"], "start": "09:00", "end":
"17:00"}], "holidays": [{"date": "2026-12-24", "name": "Christmas Eve", "rows": [{"start": "09:00", "end":
"12:00"}]}]}``; names may be left out.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from firstline.hours.rows import A_DAY, DAYS, Holiday, Row, clock_text
from firstline.hours.rules import Mode, Schedule
from firstline.kit.errors import Invalid

MOST_ROWS = 200
MOST_HOLIDAYS = 1000

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NAME_LIMIT = 80
_SHOWN = 40  # characters of a wrong value that a message repeats


def from_json(value: object, field: str = "hours") -> Schedule:
    """The schedule that the JSON describes.

    ``All hours`` takes neither rows nor holidays (WH2): what a form sends beside it is not kept. Raises ``Invalid`` whose
    message names the row, counted from 1, and whose field is the path in the JSON, counted from 0, under ``field``.
    """
    try:
        return _schedule(_object(value, "", "The working hours", {"mode", "timezone", "rows", "holidays"}))
    except Invalid as error:
        raise Invalid(error.message, field=f"{field}.{error.field}" if error.field else field) from None


def to_json(schedule: Schedule) -> dict[str, Any]:
    """The JSON that :func:`from_json` turns into an equal schedule."""
    return {
        "mode": schedule.mode,
        "timezone": schedule.zone,
        "rows": [{"days": [DAYS[day] for day in row.days], **_times(row)} for row in schedule.rows],
        "holidays": [
            {
                "date": holiday.date.isoformat(),
                **({"name": holiday.name} if holiday.name else {}),
                "rows": [_times(row) for row in holiday.rows],
            }
            for holiday in schedule.holidays
        ],
    }


def _times(row: Row) -> dict[str, str]:
    return {"start": clock_text(row.start), "end": clock_text(row.end)}


def _schedule(value: Mapping[str, Any]) -> Schedule:
    mode = value.get("mode", "all")
    if mode not in get_args(Mode):
        raise Invalid(f"The mode is {_shown(mode)}. It is one of all, during, outside.", field="mode")
    zone = value.get("timezone")
    if zone is None:
        if mode != "all":
            raise Invalid("Choose a time zone, for example Europe/Berlin.", field="timezone")
        zone = "UTC"
    if not isinstance(zone, str):
        raise Invalid(f"The time zone is {_shown(zone)}. Use a name such as Europe/Berlin.", field="timezone")
    if mode == "all":
        return Schedule("all", zone)
    rows = _list(value.get("rows", []), "rows", "rows", MOST_ROWS)
    holidays = _list(value.get("holidays", []), "holidays", "holidays", MOST_HOLIDAYS)
    return Schedule(
        mode,
        zone,
        tuple(_row(row, f"Row {i + 1}", f"rows.{i}") for i, row in enumerate(rows)),
        tuple(sorted((_holiday(item, i) for i, item in enumerate(holidays)), key=lambda holiday: holiday.date)),
    )


def _row(value: object, name: str, field: str) -> Row:
    row = _object(value, field, name, {"days", "start", "end"})
    days = _list(row.get("days", []), f"{field}.days", f"{name}: the days", 7 * len(DAYS))
    for day in days:
        if day not in DAYS:
            raise Invalid(f"{name} has the day {_shown(day)}. Days are {', '.join(DAYS)}.", field=f"{field}.days")
    if not days:
        raise Invalid(f"{name} has no day. Choose at least one.", field=f"{field}.days")
    return Row(tuple(sorted({DAYS.index(day) for day in days})), *_hours(row, name, field))


def _holiday(value: object, index: int) -> Holiday:
    field = f"holidays.{index}"
    item = _object(value, field, f"Holiday {index + 1}", {"date", "name", "rows"})
    written = item.get("date")
    try:
        if not isinstance(written, str) or not _DATE.fullmatch(written):
            raise ValueError
        day = date.fromisoformat(written)
    except ValueError:
        raise Invalid(
            f"Holiday {index + 1} has the date {_shown(written)}. Write it as 2026-12-24.", field=f"{field}.date"
        ) from None
    rows = []
    for place, row in enumerate(_list(item.get("rows", []), f"{field}.rows", f"Holiday {day}: the rows", MOST_ROWS)):
        name, where = f"Holiday {day}, row {place + 1}", f"{field}.rows.{place}"
        rows.append(Row((), *_hours(_object(row, where, name, {"days", "start", "end"}), name, where)))
    named = item.get("name", "")
    if not isinstance(named, str) or len(named) > _NAME_LIMIT or "\x00" in named:
        raise Invalid(f"Holiday {day} has the name {_shown(named)}. Use at most {_NAME_LIMIT} characters.", field=f"{field}.name")
    return Holiday(day, tuple(rows), " ".join(named.split()))


def _hours(row: Mapping[str, Any], name: str, field: str) -> tuple[int, int]:
    start, end = (_minute(row.get(side), f"{name}: the {side}", f"{field}.{side}") for side in ("start", "end"))
    if start == A_DAY:
        raise Invalid(f"{name}: the start is 24:00. Only an end can be; write 00:00 of the next day.", field=f"{field}.start")
    return start, A_DAY if end == 0 < start else end  # 18:00 to 00:00 is 18:00 to 24:00


def _minute(value: object, name: str, field: str) -> int:
    if value == "24:00":
        return A_DAY
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Invalid(f"{name} is {_shown(value)}. Write a time as 09:00, from 00:00 to 24:00.", field=field)
    return int(found[1]) * 60 + int(found[2])


def _object(value: object, field: str, name: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Invalid(f"{name} is {_shown(value)} and should be an object.", field=field or None)
    for key in value:
        if key not in known:
            raise Invalid(f"{name}: {_shown(key)} is not known here. Known are {', '.join(sorted(known))}.", field=field or None)
    return value


def _list(value: object, field: str, name: str, most: int) -> list[Any]:
    if not isinstance(value, list):
        raise Invalid(f"{name[0].upper()}{name[1:]} is {_shown(value)} and should be a list.", field=field)
    if len(value) > most:
        raise Invalid(f"{name[0].upper()}{name[1:]}: {len(value)} entries, at most {most} are possible.", field=field)
    return value


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
