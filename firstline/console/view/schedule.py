"""The schedule editor as it is shown."""

from dataclasses import dataclass

from firstline.console.parts_week import Week

HoursRow = tuple[str, str, str]
"""Days (a preset, or names with commas), start, end, as they stand in the form."""


@dataclass(frozen=True)
class HolidayRow:
    """A date with hours of its own; without hours it is closed. ``label`` is the day in words."""

    date: str
    hours: str
    name: str
    label: str = ""


@dataclass(frozen=True)
class ScheduleEditor:
    """Everything the macro ``schedule`` needs. ``modes``: value, label, what it means."""

    legend: str
    mode: str
    modes: tuple[tuple[str, str, str], ...]
    zone: str
    zone_now: str
    zones: tuple[tuple[str, str], ...]
    rows: tuple[HoursRow, ...]
    during: str
    outside: str
    holidays: tuple[HolidayRow, ...]
    countries: tuple[tuple[str, str], ...]
    country: str
    year: int
    week: Week | None
    preview_url: str
    error: str = ""
    holiday_error: str = ""
    on_name: str = ""
    off_name: str = ""
