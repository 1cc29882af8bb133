"""When what was missed is read back, and from when on. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

READ = "GET"
"""The method of a delivery that was not delivered but read."""
MARK = "read_back"
"""In the data of a message that did not come by a delivery of the provider."""
DAY = timedelta(hours=24)
SLACK = timedelta(minutes=15)
"""Clocks differ, and a delivery may be on its way while the end of a span is written down."""
FURTHEST = timedelta(days=7)
"""Nobody may answer what is older; it is not read back."""
AWAY = timedelta(minutes=30)
"""After a pause of this length between two looks Firstline itself was not there, and deliveries may have failed."""
LEAST_SILENCE = timedelta(hours=1)
ENOUGH = 20
"""Deliveries of the last week without which nothing can be said about how silent an account usually is."""
AGAIN = timedelta(hours=1)
"""A silence that goes on is looked into once in this time."""


@dataclass(frozen=True)
class Silence:
    """How long nothing has been delivered, and what is usual for the account."""

    lasts: timedelta
    longest: timedelta
    """Of the week before: nights and Sundays are in it."""
    deliveries: int
    """In that week."""

    @property
    def is_suspicious(self) -> bool:
        """Whether it is longer than any other."""
        return self.deliveries >= ENOUGH and self.lasts > max(self.longest, LEAST_SILENCE)


@dataclass(frozen=True)
class Situation:
    """What a look at one account sees."""

    now: datetime
    looked_at: datetime | None
    """When it was looked at before."""
    begun_at: datetime | None
    """When the last reading began."""
    silence: Silence | None = None
    """None while deliveries come."""


def due(seen: Situation) -> str:
    """Why what was missed is to be read back now; empty if it is not time."""
    if seen.looked_at is not None and seen.now - seen.looked_at > AWAY:
        return "Firstline was not running for a while."
    if seen.begun_at is not None and seen.now - seen.begun_at < AGAIN:
        return ""
    if seen.silence is not None and seen.silence.is_suspicious:
        return "Nothing was delivered for longer than at any time in the last week."
    if seen.begun_at is None or seen.now - seen.begun_at >= DAY:
        return "Once a day."
    return ""


def span_from(complete_until: datetime | None, last_heard: datetime | None, connected_at: datetime, now: datetime) -> datetime:
    """From when on is read: from the end of what was compared before, else from the last delivery, a little earlier; never what
    was said before the account was connected, and nothing that is too old to be answered."""
    known = complete_until or last_heard or connected_at
    return max(known - SLACK, connected_at, now - FURTHEST)
