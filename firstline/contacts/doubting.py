"""Addresses that may have got another holder: a number that was given up, a security code that changed.

Whoever writes from there is not given what is known of the customer before they have proven anew who they are.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from firstline.contacts.rules import Identity
from firstline.contacts.tables import identity, identity_doubt
from firstline.kit.database import Tx
from firstline.kit.events import emit


def doubt(tx: Tx, who: Identity, at: datetime, reason: str, *, all_of_them: bool = False) -> bool:
    """Since then it is not sure who writes from an address.

    :param all_of_them: the same for the customer's other addresses on this account. Returns whether that is news.
    """
    i, d = identity.c, identity_doubt.c
    holder = select(i.contact_id).where(i.kind == who.kind.value, i.scope == who.scope, i.value == who.value)
    mine = select(i.id, i.contact_id).where(i.scope == who.scope, i.contact_id.in_(holder))
    if not all_of_them:
        mine = mine.where(i.kind == who.kind.value, i.value == who.value)
    new = False
    for row in tx.rows(mine):
        values = {"reason": reason[:300], "at": at}
        written = insert(identity_doubt).values(identity_id=row.id, **values)
        later = written.on_conflict_do_update(index_elements=["identity_id"], set_=values, where=d.at < at)
        if tx.execute(later.returning(d.identity_id)).first() is not None:
            emit(tx, "contact.changed", row.contact_id)
            new = True
    return new


def doubted_at(tx: Tx, kind: str, scope: str, value: str) -> datetime | None:
    """Since when it is not sure who writes from an address; None if nothing speaks against it."""
    i, d = identity.c, identity_doubt.c
    query = select(func.max(d.at)).join(identity, i.id == d.identity_id)
    found: datetime | None = tx.scalar(query.where(i.kind == kind, i.scope == scope, i.value == value))
    return found
