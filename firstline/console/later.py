"""The times until which a conversation is usually put off, in the reader's own time zone: pure."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from firstline.console.view.common import Times
from firstline.console.view.inbox import Later
from firstline.console.words import _
from firstline.kit.errors import Invalid

MORNING, EVENING = time(9), time(18)
SOON = timedelta(hours=3)


def later(times: Times) -> tuple[Later, ...]:
    """In some hours, this evening, tomorrow, next week; what is too near or has passed is left out."""
    found = _later(times.now, times.zone)
    return tuple(Later(label, times.ahead(at).short, at.astimezone(UTC).isoformat()) for label, at in found)


def _later(now: datetime, zone: ZoneInfo) -> Iterator[tuple[str, datetime]]:
    here = now.astimezone(zone)
    yield _("In three hours"), (now + SOON).replace(second=0, microsecond=0)
    evening = datetime.combine(here.date(), EVENING, zone)
    if evening > now + timedelta(hours=1):
        yield _("This evening"), evening
    yield _("Tomorrow morning"), datetime.combine(here.date() + timedelta(days=1), MORNING, zone)
    monday = here.date() + timedelta(days=7 - here.weekday())
    if monday > here.date() + timedelta(days=1):
        yield _("Next Monday"), datetime.combine(monday, MORNING, zone)


def chosen(until: str, on: str, zone: ZoneInfo) -> datetime:
    """What was chosen: a time of the list, or a day and time of the reader's clock.

    :raises Invalid: if it is neither.
    """
    try:
        if on:
            return datetime.fromisoformat(on).replace(tzinfo=zone)
        return datetime.fromisoformat(until)
    except ValueError:
        raise Invalid(_("Choose a day and a time."), field="until") from None
