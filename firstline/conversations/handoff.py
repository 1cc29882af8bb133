"""The agent gives a conversation to people: one act of the code with reason, brief, destination and message."""

from collections.abc import Mapping, Sequence
from typing import Any

from firstline.conversations.ownership import Reason, set_owner
from firstline.conversations.record import locked, write
from firstline.conversations.replying import automatic, fence
from firstline.conversations.rules import Conversation, Entry, EntryKind, Owner
from firstline.kit.database import Tx
from firstline.kit.events import emit
from firstline.people.rules import Actor


def hand_off(
    tx: Tx,
    conversation_id: str,
    *,
    epoch: int,
    by: Actor,
    reason: Mapping[str, str],
    brief: Mapping[str, Any],
    destination: Owner,
    destination_reasons: Sequence[Reason] = (),
    message: str | None = None,
    turn_id: str | None = None,
    workspace: str | None = None,
) -> Entry:
    """Hand a conversation that the agent holds to people; the message goes out in the same act.

    :param reason: ``code`` (such as ``asked_for_person``) and ``text`` for people.
    :param message: what the customer is told; None where the channel sends none.
    :param workspace: where it goes on; None leaves it where it is.
    :raises TakenOver: if the owner epoch is no longer ``epoch``: somebody was faster, nothing is said.
    """
    found = locked(tx, conversation_id)
    fence(found, epoch)
    if message:
        automatic(tx, found, message, by, {"handoff": True, "turn": turn_id})
    written = write(
        tx,
        conversation_id,
        EntryKind.HANDOFF,
        by,
        data={
            "reason": dict(reason),
            "brief": dict(brief),
            "to": {"kind": destination.kind.value, "id": destination.id},
            "told_customer": bool(message),
            **({"moved_to": workspace} if workspace and workspace != found.workspace else {}),
        },
        turn_id=turn_id,
        changes={"waiting_since": found.waiting_since or tx.now, "workspace": workspace or found.workspace},
    )
    found = locked(tx, conversation_id)
    set_owner(
        tx,
        found,
        destination,
        by,
        [{"code": "handoff", "text": reason.get("text", "")}, *destination_reasons],
    )
    emit(
        tx,
        "conversation.handed_off",
        conversation_id,
        entry=written.id,
        reason=reason.get("code"),
    )
    return written


def note_kept(
    tx: Tx, found: Conversation, *, by: Actor, reason: Mapping[str, str], brief: Mapping[str, Any], message: str, turn_id: str
) -> Entry:
    """The agent could not help and keeps the conversation, as the settings want: the customer is told, teammates find the brief.

    The caller holds the lock and has checked the fence.
    """
    written = automatic(tx, found, message, by, {"handoff": True, "turn": turn_id})
    write(
        tx,
        found.id,
        EntryKind.HANDOFF,
        by,
        data={"reason": dict(reason), "brief": dict(brief), "to": None, "kept": True, "told_customer": True},
        turn_id=turn_id,
    )
    emit(tx, "conversation.handoff_kept", found.id, entry=written.id, reason=reason.get("code"))
    return written
