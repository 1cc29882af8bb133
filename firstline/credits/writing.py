"""Adding entries to the ledger: each stands for one thing and is written once. Nothing else writes there."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from firstline.credits import queries
from firstline.credits.rules import EntryKind, Settings
from firstline.credits.tables import ledger, usage_settings
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people.rules import Actor

REASON_LIMIT = 300


def write(tx: Tx, kind: EntryKind, amount: int, key: str, reason: str, period_id: str, by: Actor, **more: Any) -> bool:
    """Add one entry unless its key is there; returns whether it was added."""
    values = {"kind": kind.value, "amount": amount, "key": key, "reason": reason, "period": period_id, **more}
    added = tx.scalar(
        upsert(ledger)
        .values(id=new_id("led"), at=tx.now, by_kind=by.kind.value, by_id=by.id, **values)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(ledger.c.id)
    )
    if added is None:
        return False
    emit(tx, "credits.entered", str(added), kind=kind.value, amount=amount)
    return True


def locked_settings(tx: Tx) -> Settings:
    """The settings, their row locked: whatever changes the period, takes credits or moves the switch comes one by one."""
    new = asdict(Settings())
    values = {**new, **{key: list(value) for key, value in new.items() if isinstance(value, tuple)}}
    tx.execute(upsert(usage_settings).values(id="usage", **values).on_conflict_do_nothing())
    tx.execute(select(usage_settings.c.id).with_for_update())
    return queries.settings(tx)


def checked_reason(reason: str) -> str:
    """:raises Invalid: if it is missing or too long."""
    reason = " ".join(reason.replace("\x00", "").split())
    if not 0 < len(reason) <= REASON_LIMIT:
        raise Invalid(f"Give a reason of 1 to {REASON_LIMIT} characters.", field="reason")
    return reason
