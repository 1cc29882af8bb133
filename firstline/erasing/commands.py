"""Asking for an erasure."""

from collections.abc import Sequence

from sqlalchemy import insert, select

from firstline.contacts.tables import contact
from firstline.erasing import finding
from firstline.erasing.rules import State
from firstline.erasing.tables import erasure
from firstline.kit.database import Tx
from firstline.kit.ids import new_id
from firstline.kit.jobs import defer
from firstline.people import audit
from firstline.people.rules import Actor, Permission

JOB = "erasing.erase"


def erase(tx: Tx, contact_id: str, by: Actor) -> str:
    """Forget a contact with everything that belongs to them; returns the erasure's id. It cannot be undone.

    Asked again while it runs, it is the same erasure.

    :raises NotFound: if there is no such contact. :raises Conflict: if it was merged into another.
    """
    by.require(Permission.MANAGE_DATA)
    tx.execute(select(contact.c.id).where(contact.c.id == contact_id).with_for_update())
    known = tx.scalar(select(erasure.c.id).where(erasure.c.contact_id == contact_id, erasure.c.state != State.DONE))
    if known is not None:
        return str(known)
    finding.whole(tx, contact_id)
    made = new_id("ers")
    tx.execute(insert(erasure).values(id=made, contact_id=contact_id, by_kind=by.kind.value, by_id=by.id, at=tx.now))
    audit.record(tx, by, "contact.erase", contact_id, after={"erasure": made})
    go_on(tx, made)
    return made


def go_on(tx: Tx, erasure_id: str) -> None:
    """Ask for the job that carries an erasure out."""
    defer(tx, JOB, key=erasure_id, erasure_id=erasure_id)


def wake(tx: Tx) -> Sequence[str]:
    """Erasures that are not done get their job again, also after it was given up."""
    open_ones = [row.id for row in tx.rows(select(erasure.c.id).where(erasure.c.state != State.DONE).order_by(erasure.c.id))]
    for one in open_ones:
        go_on(tx, one)
    return open_ones
