"""Questions about availability."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from firstline.hours.document import from_json, to_json
from firstline.hours.rules import Schedule
from firstline.hours.wording import describe
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.people.availability.rules import Absence, Plan, Why
from firstline.people.availability.tables import availability, business_hours
from firstline.people.tables import teammate


@dataclass(frozen=True)
class Presence:
    """A teammate as the board shows one: available or not since when, who switched it and why, and what comes."""

    id: str
    name: str
    available: bool
    since: datetime | None
    plan: Plan
    next_change: datetime | None
    switched_by: str | None
    why: Why

    @property
    def switched_by_somebody_else(self) -> bool:
        """Whether another person did it: then the teammate is told."""
        return self.why is Why.BY_HAND and self.switched_by not in (None, self.id, "system")


def presences(tx: Tx) -> Sequence[Presence]:
    """Everybody who works here, by name."""
    query = _presences().where(teammate.c.disabled_at.is_(None)).order_by(func.lower(teammate.c.name), teammate.c.id)
    return [_presence(row) for row in tx.rows(query)]


def presence_of(tx: Tx, teammate_id: str) -> Presence:
    """One teammate.

    :raises NotFound: if there is none.
    """
    row = tx.row(_presences().where(teammate.c.id == teammate_id, teammate.c.disabled_at.is_(None)))
    if row is None:
        raise NotFound(f"There is no teammate {teammate_id[:60]}.")
    return _presence(row)


def due(tx: Tx) -> Sequence[str]:
    """Teammates whose plan says something else since a moment ago."""
    query = select(availability.c.teammate_id).where(availability.c.next_change_at <= tx.now)
    return [row.teammate_id for row in tx.rows(query.order_by(availability.c.next_change_at))]


def the_business_hours(tx: Tx) -> Schedule:
    """The company's hours; around the clock where none are set."""
    found = tx.scalar(select(business_hours.c.hours))
    return from_json(found) if found else Schedule()


def as_json(found: Presence) -> dict[str, Any]:
    """As REST shows it."""
    hours, absence = found.plan.hours, found.plan.absence
    return {
        "teammate_id": found.id,
        "available": found.available,
        "since": found.since,
        "why": found.why.value,
        "switched_by": found.switched_by,
        "working_hours": to_json(hours) if hours else None,
        "working_hours_text": describe(hours) if hours else None,
        "out_of_office": {"from": absence.start, "until": absence.end, "note": absence.note} if absence else None,
        "next_change": found.next_change,
    }


def _presences() -> Any:
    columns = (
        teammate.c.id,
        teammate.c.name,
        teammate.c.available,
        teammate.c.available_changed_at,
        availability.c.hours,
        availability.c.away_from,
        availability.c.away_until,
        availability.c.away_note,
        availability.c.next_change_at,
        availability.c.switched_by,
        availability.c.switched_why,
    )
    return select(*columns).outerjoin(availability, availability.c.teammate_id == teammate.c.id)


def plan_in(row: Row[Any]) -> Plan:
    """The plan in a row."""
    absence = Absence(row.away_from, row.away_until, row.away_note) if row.away_from and row.away_until else None
    return Plan(from_json(row.hours) if row.hours else None, absence)


def _presence(row: Row[Any]) -> Presence:
    return Presence(
        row.id,
        row.name,
        row.available,
        row.available_changed_at,
        plan_in(row),
        row.next_change_at,
        row.switched_by,
        Why(row.switched_why or Why.BY_HAND),
    )
