"""Closing and reopening by hand; delivery reports."""

from sqlalchemy import select, update

from firstline.conversations.ownership import require_workspace
from firstline.conversations.record import locked, write
from firstline.conversations.rules import Delivery, EntryKind, advances
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, NotFound
from firstline.kit.events import emit
from firstline.people.rules import Actor


def close(tx: Tx, conversation_id: str, by: Actor, reason: str = "done") -> None:
    """End a conversation; who and why is recorded. Closing a closed one changes nothing."""
    found = locked(tx, conversation_id)
    require_workspace(found, by)
    if found.status == "closed":
        return
    write(
        tx,
        conversation_id,
        EntryKind.STATUS,
        by,
        data={"to": "closed", "reason": reason},
        changes={
            "status": "closed",
            "epoch": conversation.c.epoch + 1,
            "closed_at": tx.now,
            "closed_by_kind": by.kind.value,
            "closed_by_id": by.id,
            "closed_reason": reason,
            "waiting_since": None,
            "snoozed_until": None,
        },
    )
    emit(tx, "conversation.closed", conversation_id, by=by.kind.value, reason=reason)


def reopen(tx: Tx, conversation_id: str, by: Actor) -> None:
    """Open a closed conversation again for its last owner, as a new engagement.

    :raises Conflict: if it is open.
    """
    found = locked(tx, conversation_id)
    require_workspace(found, by)
    if found.status == "open":
        raise Conflict("The conversation is open.")
    write(
        tx,
        conversation_id,
        EntryKind.STATUS,
        by,
        data={"to": "open", "reason": "reopened"},
        changes={
            "status": "open",
            "epoch": conversation.c.epoch + 1,
            "engagement": conversation.c.engagement + 1,
            "engagement_seq": found.last_seq,
            "closed_at": None,
            "closed_by_kind": None,
            "closed_by_id": None,
            "closed_reason": None,
        },
    )
    emit(tx, "conversation.reopened", conversation_id)


def report_delivery(
    tx: Tx,
    entry_id: str,
    delivery: Delivery,
    *,
    reason: str | None = None,
    provider_id: str | None = None,
) -> bool:
    """Note how far a message got; reports that come late or twice change nothing. Returns whether it moved.

    :raises NotFound: if there is no such message.
    """
    row = tx.row(select(entry).where(entry.c.id == entry_id).with_for_update())
    if row is None or row.direction != "out":
        raise NotFound(f"There is no outgoing message {entry_id}.")
    if not advances(row.delivery, delivery):
        return False
    values: dict[str, object] = {"delivery": delivery.value, "delivery_reason": reason}
    if provider_id is not None:
        values["provider_id"] = provider_id
    tx.execute(update(entry).where(entry.c.id == entry_id).values(**values))
    emit(
        tx,
        "message.delivery_changed",
        row.conversation_id,
        entry=entry_id,
        seq=row.seq,
        delivery=delivery.value,
    )
    return True


def try_again(tx: Tx, entry_id: str, by: Actor) -> None:
    """Send a failed message once more.

    :raises Conflict: if it has not failed.
    """
    row = tx.row(select(entry).where(entry.c.id == entry_id).with_for_update())
    if row is None or row.direction != "out":
        raise NotFound(f"There is no outgoing message {entry_id}.")
    require_workspace(locked(tx, row.conversation_id), by)
    if row.delivery != Delivery.FAILED.value:
        raise Conflict(f"The message is {row.delivery}; only a failed one can be tried again.")
    tx.execute(update(entry).where(entry.c.id == entry_id).values(delivery=Delivery.PENDING.value, delivery_reason=None))
    emit(tx, "message.retried", row.conversation_id, entry=entry_id, seq=row.seq)
