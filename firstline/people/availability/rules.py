"""What a plan says about a teammate at an instant, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from firstline.hours.rules import Schedule, is_open, next_change


class Why(StrEnum):
    """What switched a teammate."""

    BY_HAND = "by_hand"
    WORKING_HOURS = "working_hours"
    OUT_OF_OFFICE = "out_of_office"


@dataclass(frozen=True)
class Absence:
    """Out of office from ``start`` to before ``end``."""

    start: datetime
    end: datetime
    note: str = ""

    def holds(self, at: datetime) -> bool:
        """Whether it is now."""
        return self.start <= at < self.end


@dataclass(frozen=True)
class Plan:
    """What switches a teammate by itself; without hours and absence, nothing does."""

    hours: Schedule | None = None
    absence: Absence | None = None


@dataclass(frozen=True)
class Said:
    """What a plan says: available or away, why, and the next instant at which it may say something else."""

    available: bool
    why: Why
    until: datetime | None


def said(plan: Plan, at: datetime) -> Said:
    """What the plan says at an instant: away while out of office, else as the working hours are, else available."""
    absence, hours = plan.absence, plan.hours
    if absence is not None and absence.holds(at):
        return Said(False, Why.OUT_OF_OFFICE, absence.end)
    leaves = absence.start if absence is not None and at < absence.start else None
    if hours is None:
        return Said(True, Why.OUT_OF_OFFICE, leaves)
    return Said(is_open(hours, at), Why.WORKING_HOURS, _first(next_change(hours, at), leaves))


def _first(*instants: datetime | None) -> datetime | None:
    known: Iterable[datetime] = (one for one in instants if one is not None)
    return min(known, default=None)
