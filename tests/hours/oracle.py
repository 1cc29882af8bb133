"""A second opinion on working hours: step minute by minute, ask ``zoneinfo`` what the clock on the wall shows, look it up."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Oracle:
    """Reads the JSON itself, so that it shares no code with the product."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.mode: str = document["mode"]
        self.zone = ZoneInfo(document["timezone"])
        self.rows = [(row["days"], *_times(row)) for row in document["rows"]]
        self.holidays = {date.fromisoformat(h["date"]): [_times(row) for row in h["rows"]] for h in document["holidays"]}

    def open(self, instant: datetime) -> bool:
        inside = self.inside(instant.astimezone(self.zone).replace(tzinfo=None, fold=0))
        return self.mode == "all" or inside == (self.mode == "during")

    def inside(self, wall: datetime) -> bool:
        today, yesterday = wall.date(), wall.date() - DAY
        days = [today] if today in self.holidays else [today, yesterday]
        return any(start <= wall < end for day in days for start, end in self.spans(day))

    def spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        ordinary = [(start, end) for days, start, end in self.rows if DAYS[day.weekday()] in days]
        for start, end in self.holidays.get(day, ordinary):
            midnight = datetime.combine(day, time())
            yield midnight + start, midnight + (end if end > start else end + DAY)

    def intervals(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Both ends on whole minutes of UTC."""
        found: list[tuple[datetime, datetime]] = []
        at = start
        while at < end:
            if self.open(at):
                if found and found[-1][1] == at:
                    found[-1] = (found[-1][0], at + MINUTE)
                else:
                    found.append((at, at + MINUTE))
            at += MINUTE
        return found


def _times(row: dict[str, str]) -> tuple[timedelta, timedelta]:
    return _time(row["start"]), _time(row["end"])


def _time(text: str) -> timedelta:
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


@cache
def clock_changes(zone: str, year: int) -> tuple[datetime, ...]:
    """The minutes in UTC at which a zone's offset became another in that year."""
    rules, found = ZoneInfo(zone), []
    at = datetime(year, 1, 1, tzinfo=UTC)
    while at.year == year:
        if _offset(at, rules) != _offset(at + DAY, rules):
            found.append(next(at + n * MINUTE for n in range(1, 1441) if _offset(at + n * MINUTE, rules) != _offset(at, rules)))
        at += DAY
    return tuple(found)


def _offset(at: datetime, rules: ZoneInfo) -> timedelta | None:
    return at.astimezone(rules).utcoffset()
