"""Closing and reopening by hand."""

from firstline.conversations.ownership import require_workspace
from firstline.conversations.record import locked, write
from firstline.conversations.rules import EntryKind
from firstline.conversations.tables import conversation
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict
from firstline.kit.events import emit
from firstline.people.rules import Actor


def close(tx: Tx, conversation_id: str, by: Actor, reason: str = "done") -> None:
    """End a conversation; who and why is recorded. Closing a closed one changes nothing."""
    found = locked(tx, conversation_id)
    require_workspace(tx, found, by)
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
    require_workspace(tx, found, by)
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
