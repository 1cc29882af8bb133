"""The schedule editor, as deployments, working hours and business hours use it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, lru_cache
from importlib.resources import files

from starlette.datastructures import FormData

from firstline.console.entered import text
from firstline.console.entered_hours import entered_holidays, entered_rows, holidays_of, hours_in, rows_of
from firstline.console.parts_week import Week, day_names, week_of
from firstline.console.view.schedule import HolidayRow, ScheduleEditor
from firstline.console.words import _
from firstline.hours.document import from_json
from firstline.hours.offsets import offset_at
from firstline.hours.public import countries
from firstline.hours.rows import zones
from firstline.hours.rules import Schedule
from firstline.hours.wording import offset_text
from firstline.kit.errors import Refused

PREVIEW = "/schedule/week"


@dataclass(frozen=True)
class Use:
    """What a schedule is for: its words, and where its strip is made."""

    legend: str
    modes: tuple[tuple[str, str, str], ...]
    during: str
    outside: str
    on_name: str
    off_name: str
    preview_url: str = PREVIEW


def editor(
    use: Use,
    schedule: Schedule | None,
    *,
    now: datetime,
    zone: str,
    entered: FormData | None = None,
    refused: Refused | None = None,
) -> ScheduleEditor:
    """The editor with a schedule, or with what was entered and what was wrong with it.

    :param schedule: None for one to be. :param zone: the account's, for a new one.
    """
    shown = schedule or Schedule("all", zone)
    mode, chosen = str(shown.mode), shown.zone if shown.zone != "UTC" or shown.mode != "all" else zone
    rows, holidays = rows_of(shown), holidays_of(shown)
    if entered is not None:
        mode, chosen = text(entered, "hours", "all"), text(entered, "timezone", chosen)
        rows, holidays = entered_rows(entered), entered_holidays(entered)
    field = (refused.field or "").partition(".")[0] if refused else ""
    message = refused.message if refused else ""
    country = text(entered, "holiday-country") if entered is not None else ""
    return ScheduleEditor(
        legend=use.legend,
        mode=mode,
        modes=use.modes,
        zone=chosen,
        zone_now=zone_now(chosen, now),
        zones=zone_choices(now.replace(second=0, microsecond=0)),
        rows=rows or (("weekdays", "09:00", "17:00"),),
        during=use.during,
        outside=use.outside,
        holidays=tuple(_labelled(one) for one in holidays),
        countries=tuple((one.code, one.name) for one in countries()),
        country=country or country_of(chosen),
        year=now.year + (now.month > 10),
        week=_week(use, schedule, entered, now),
        preview_url=use.preview_url,
        error=message if field in ("hours", "working_hours", "business_hours") else "",
        holiday_error=message if field in ("holidays", "country", "region", "year") else "",
        on_name=use.on_name,
        off_name=use.off_name,
    )


def _week(use: Use, schedule: Schedule | None, entered: FormData | None, now: datetime) -> Week | None:
    try:
        found = from_json(hours_in(entered)) if entered is not None else schedule
    except Refused:
        return None
    if found is None or found.mode == "all":
        return None
    return week_of(found, now, on_name=use.on_name, off_name=use.off_name, states=use.preview_url == PREVIEW)


def _labelled(one: HolidayRow) -> HolidayRow:
    try:
        day = date.fromisoformat(one.date)
    except ValueError:
        return one
    return replace(one, label=day_names()[day.weekday()])


def zone_now(zone: str, now: datetime) -> str:
    """``UTC+1, now 10:12``; nothing for what is no zone."""
    if zone not in zones():
        return ""
    schedule = Schedule("all", zone)
    return f"{offset_text(offset_at(schedule.tz, now))}, {_('now')} {now.astimezone(schedule.tz):%H:%M}"


@lru_cache(maxsize=2)
def zone_choices(minute: datetime) -> tuple[tuple[str, str], ...]:
    """Every zone with its clock; some 500 labels, so they are kept for their minute."""
    listed: Sequence[str] = sorted(zone for zone in zones() if "/" in zone and not zone.startswith("Etc/"))
    return tuple((zone, zone_now(zone, minute)) for zone in ("UTC", *listed))


@cache
def _countries_of_zones() -> dict[str, str]:
    """The country that a zone is in, from the zone database's own table."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    lines = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {columns[2]: columns[0] for columns in lines}


def country_of(zone: str) -> str:
    """The two-letter code of the country a zone is in; empty if it is in none."""
    return _countries_of_zones().get(zone, "")
