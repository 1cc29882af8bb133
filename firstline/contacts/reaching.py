"""Addresses that cannot be written to: the provider says so, and the customer's next message takes it back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from firstline.contacts.rules import Identity
from firstline.contacts.tables import identity, identity_unreachable
from firstline.kit.database import Tx
from firstline.kit.events import emit


@dataclass(frozen=True)
class Unreachable:
    """Since when, and why."""

    reason: str
    code: str
    at: datetime


def mark_unreachable(tx: Tx, who: Identity, reason: str, code: str = "") -> bool:
    """The provider says that nothing arrives at this address. Returns whether that is new."""
    row = tx.row(select(identity.c.id, identity.c.contact_id).where(_is(who)))
    if row is None:
        return False
    values = {"code": code[:60], "reason": reason[:500], "at": tx.now}
    known = tx.scalar(select(identity_unreachable.c.identity_id).where(identity_unreachable.c.identity_id == row.id))
    written = insert(identity_unreachable).values(identity_id=row.id, **values)
    tx.execute(written.on_conflict_do_update(index_elements=["identity_id"], set_=values))
    if known is None:
        emit(tx, "contact.changed", row.contact_id)
    return known is None


def mark_reached(tx: Tx, who: Iterable[Identity]) -> bool:
    """The customer wrote from there, or something arrived there. Returns whether it was thought dead."""
    who = list(who)
    if not who:
        return False
    mine = select(identity.c.id).where(or_(*(_is(one) for one in who)))
    gone = tx.rows(
        delete(identity_unreachable)
        .where(identity_unreachable.c.identity_id.in_(mine))
        .returning(identity_unreachable.c.identity_id)
    )
    contacts = select(identity.c.contact_id).where(identity.c.id.in_([row.identity_id for row in gone])).distinct()
    for row in tx.rows(contacts) if gone else ():
        emit(tx, "contact.changed", row.contact_id)
    return bool(gone)


def unreachable(tx: Tx, who: Identity) -> Unreachable | None:
    """Why an address cannot be written to; None if nothing speaks against it."""
    u = identity_unreachable.c
    row = tx.row(select(u.reason, u.code, u.at).join(identity, identity.c.id == u.identity_id).where(_is(who)))
    return Unreachable(row.reason, row.code, row.at) if row is not None else None


def _is(who: Identity) -> ColumnElement[bool]:
    i = identity.c
    return (i.kind == who.kind.value) & (i.scope == who.scope) & (i.value == who.value)
