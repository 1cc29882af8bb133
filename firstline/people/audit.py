"""The audit log: who changed what, from what to what, when."""

from typing import Any

from sqlalchemy import insert

from firstline.kit.database import Tx
from firstline.people.rules import Actor
from firstline.people.tables import audit_entry


def record(tx: Tx, by: Actor, verb: str, target: str, *, before: Any = None, after: Any = None) -> None:
    """Write one entry, in the transaction of the change. ``verb`` is like ``deployment.create``."""
    tx.execute(
        insert(audit_entry).values(
            at=tx.now,
            by_kind=by.kind.value,
            by_id=by.id,
            verb=verb,
            target=target,
            before=before,
            after=after,
        )
    )
