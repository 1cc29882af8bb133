"""Customers who want no advertising from an account, or get none for a while because the provider holds it back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from firstline.contacts.rules import Identity
from firstline.contacts.tables import identity, identity_no_marketing
from firstline.kit.database import Tx
from firstline.kit.events import emit


@dataclass(frozen=True)
class Stop:
    """No advertising until an instant; without one, until the customer wants it again."""

    reason: str
    until: datetime | None


def stop(tx: Tx, whom: Iterable[Identity], at: datetime, reason: str, until: datetime | None = None) -> None:
    """The customer wants none since then, or the provider holds it back for a while; a customer's no outlasts a pause."""
    n = identity_no_marketing.c
    for row in tx.rows(select(identity.c.id, identity.c.contact_id).where(_are(whom))):
        values = {"reason": reason[:300], "until": until, "said_at": at}
        written = insert(identity_no_marketing).values(identity_id=row.id, **values)
        later = n.said_at <= at if until is None else (n.said_at <= at) & n.until.is_not(None)
        newer = written.on_conflict_do_update(index_elements=["identity_id"], set_=values, where=later)
        if tx.execute(newer.returning(n.identity_id)).first() is not None:
            emit(tx, "contact.changed", row.contact_id)


def resume(tx: Tx, whom: Iterable[Identity], at: datetime) -> None:
    """The customer wants it again since then; what was said later stays."""
    n = identity_no_marketing.c
    rows = tx.rows(select(identity.c.id, identity.c.contact_id).where(_are(whom)))
    mine = (n.identity_id.in_([row.id for row in rows]), n.said_at <= at)
    gone = tx.rows(delete(identity_no_marketing).where(*mine).returning(n.identity_id)) if rows else []
    for contact_id in {row.contact_id for row in rows if row.id in {one.identity_id for one in gone}}:
        emit(tx, "contact.changed", contact_id)


def stopped(tx: Tx, who: Identity) -> Stop | None:
    """Why somebody gets no advertising now from the account that ``who`` holds on, by whichever of their addresses there."""
    n, i, mine = identity_no_marketing.c, identity.c, identity.alias().c
    row = tx.row(
        select(n.reason, n.until)
        .join(identity, i.id == n.identity_id)
        .join(mine.id.table, (mine.contact_id == i.contact_id) & (mine.scope == i.scope))
        .where(mine.kind == who.kind.value, mine.scope == who.scope, mine.value == who.value)
        .where(or_(n.until.is_(None), n.until > tx.now))
        .order_by(n.until.desc().nulls_first())
        .limit(1)
    )
    return Stop(row.reason, row.until) if row is not None else None


def _are(whom: Iterable[Identity]) -> ColumnElement[bool]:
    i = identity.c
    return or_(False, *((i.kind == one.kind.value) & (i.scope == one.scope) & (i.value == one.value) for one in whom))
