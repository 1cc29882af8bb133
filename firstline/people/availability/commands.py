"""Setting plans, and following them."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from firstline.hours.document import from_json, to_json
from firstline.hours.rules import Schedule
from firstline.kit.database import Event, Tx
from firstline.kit.errors import Invalid, NotFound
from firstline.kit.events import emit
from firstline.people import audit
from firstline.people.availability.queries import plan_in
from firstline.people.availability.rules import Absence, Plan, Why, said
from firstline.people.availability.tables import availability, business_hours
from firstline.people.commands import set_available
from firstline.people.rules import Actor, Permission
from firstline.people.tables import teammate

NOTE_LIMIT = 200


def set_working_hours(tx: Tx, teammate_id: str, hours: Any, *, by: Actor) -> None:
    """Say when a teammate works: at the ends of these hours they are switched by themselves. None: nothing switches them.

    :param hours: JSON as in :mod:`firstline.hours.document`; *All hours* is the same as None.
    """
    _may(by, teammate_id)
    wanted = from_json(hours, "working_hours") if hours is not None else None
    if wanted is not None and wanted.mode == "all":
        wanted = None
    before = _plan(tx, teammate_id)
    _keep(tx, teammate_id, Plan(wanted, before.absence), by, "working_hours", before)
    if wanted is not None:
        _switch(tx, teammate_id, Plan(wanted, before.absence))


def leave(tx: Tx, teammate_id: str, start: datetime | None, end: datetime, note: str = "", *, by: Actor) -> None:
    """Out of office from ``start`` (now, if left out) until ``end``: away at its start, switched back at its end."""
    _may(by, teammate_id)
    start = start or tx.now
    for name, instant in (("from", start), ("until", end)):
        if instant.tzinfo is None:
            raise Invalid(f"The time “{instant.isoformat()}” has no offset. Write it as 2026-12-24T18:30+01:00.", field=name)
    if end <= start:
        raise Invalid("The end lies before the start. Choose a later end.", field="until")
    if end <= tx.now:
        raise Invalid("The end has passed already. Choose a later end.", field="until")
    note = " ".join(note.replace("\x00", "").split())
    if len(note) > NOTE_LIMIT:
        raise Invalid(f"The note has {len(note)} characters; {NOTE_LIMIT} are the limit.", field="note")
    before = _plan(tx, teammate_id)
    plan = Plan(before.hours, Absence(start, end, note))
    _keep(tx, teammate_id, plan, by, "out_of_office", before)
    if not said(plan, tx.now).available:
        _switch(tx, teammate_id, plan)


def come_back(tx: Tx, teammate_id: str, *, by: Actor) -> None:
    """End an absence, or call off one that lies ahead."""
    _may(by, teammate_id)
    before = _plan(tx, teammate_id)
    if before.absence is None:
        return
    plan = Plan(before.hours)
    _keep(tx, teammate_id, plan, by, "back", before)
    if before.absence.holds(tx.now):
        _switch(tx, teammate_id, plan)


def switch_due(tx: Tx, teammate_id: str) -> bool:
    """Switch a teammate as the plan says, if it says something else since a moment ago; returns whether it did."""
    row = tx.row(select(availability).where(availability.c.teammate_id == teammate_id).with_for_update())
    if row is None or row.next_change_at is None or row.next_change_at > tx.now:
        return False
    plan = plan_in(row)
    if plan.absence is not None and plan.absence.end <= tx.now:
        plan = Plan(plan.hours)
    tx.execute(_row(teammate_id, plan, tx.now))
    _switch(tx, teammate_id, plan)
    return True


def set_business_hours(tx: Tx, hours: Any, *, by: Actor) -> Schedule:
    """Say when the company is there; *All hours* stands for around the clock."""
    by.require(Permission.MANAGE_TEAMMATES)
    wanted = from_json(hours, "business_hours")
    before = tx.scalar(select(business_hours.c.hours))
    tx.execute(delete(business_hours))
    if wanted.mode != "all":
        tx.execute(upsert(business_hours).values(id="account", hours=to_json(wanted)))
    audit.record(tx, by, "business_hours.set", "account", before=before, after=to_json(wanted))
    emit(tx, "business_hours.changed", "account")
    return wanted


def note_switch(tx: Tx, event: Event) -> None:
    """Follows ``teammate.availability_changed``: keeps who switched a teammate, and why."""
    values = {"switched_by": event.data.get("by"), "switched_why": event.data.get("why", Why.BY_HAND.value)}
    row = upsert(availability).values(teammate_id=event.subject, **values)
    tx.execute(row.on_conflict_do_update(index_elements=["teammate_id"], set_=values))


def _may(by: Actor, teammate_id: str) -> None:
    if by.id != teammate_id:
        by.require(Permission.MANAGE_AVAILABILITY)


def _plan(tx: Tx, teammate_id: str) -> Plan:
    """The plan, locked until the transaction ends."""
    here = select(teammate.c.id).where(teammate.c.id == teammate_id, teammate.c.disabled_at.is_(None)).with_for_update()
    if not tx.scalar(here):
        raise NotFound(f"There is no teammate {teammate_id[:60]}.")
    row = tx.row(select(availability).where(availability.c.teammate_id == teammate_id))
    return plan_in(row) if row else Plan()


def _keep(tx: Tx, teammate_id: str, plan: Plan, by: Actor, verb: str, before: Plan) -> None:
    tx.execute(_row(teammate_id, plan, tx.now))
    audit.record(tx, by, f"availability.{verb}", teammate_id, before=_json(before), after=_json(plan))
    emit(tx, "teammate.plan_changed", teammate_id)


def _row(teammate_id: str, plan: Plan, now: datetime) -> Any:
    absence = plan.absence
    automatic = plan.hours is not None or absence is not None
    values = {
        "hours": to_json(plan.hours) if plan.hours else None,
        "away_from": absence.start if absence else None,
        "away_until": absence.end if absence else None,
        "away_note": absence.note if absence else "",
        "next_change_at": said(plan, now).until if automatic else None,
    }
    return (
        upsert(availability)
        .values(teammate_id=teammate_id, **values)
        .on_conflict_do_update(index_elements=["teammate_id"], set_=values)
    )


def _switch(tx: Tx, teammate_id: str, plan: Plan) -> None:
    now = said(plan, tx.now)
    set_available(tx, teammate_id, now.available, by=Actor.system(), why=now.why.value)


def _json(plan: Plan) -> dict[str, Any]:
    absence = plan.absence
    return {
        "working_hours": to_json(plan.hours) if plan.hours else None,
        "out_of_office": [absence.start.isoformat(), absence.end.isoformat()] if absence else None,
    }
