"""Saying something: a teammate's reply or comment, and the agent's reply under the owner fence."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from firstline.conversations.attaching import attach
from firstline.conversations.ownership import require_workspace, set_owner
from firstline.conversations.record import entry_of, locked, write
from firstline.conversations.rules import (
    MESSAGE_LIMIT,
    Attachment,
    Conversation,
    Delivery,
    Entry,
    EntryKind,
    Owner,
    OwnerKind,
    preview_of,
)
from firstline.conversations.tables import entry
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid, TakenOver
from firstline.kit.events import emit
from firstline.people.rules import Actor


def reply(
    tx: Tx,
    conversation_id: str,
    text: str,
    by: Actor,
    *,
    client_id: str | None = None,
    attachments: Sequence[Attachment] = (),
    data: Mapping[str, Any] | None = None,
) -> Entry:
    """A teammate writes to the customer. The same ``client_id`` again is the same reply.

    A reply takes the word from the agent at once (HO9), and an unowned conversation becomes the sender's (RT6).

    :raises Invalid: empty or too long. :raises Conflict: if the conversation is closed.
    """
    found = locked(tx, conversation_id)
    require_workspace(tx, found, by)
    if again := _same(tx, conversation_id, client_id):
        return again
    text = _checked(text, may_be_empty=bool(attachments))
    if found.status == "closed":
        raise Conflict("The conversation is closed. Reopen it to write.")
    if found.owner.kind is not OwnerKind.TEAMMATE:
        set_owner(
            tx,
            found,
            Owner(OwnerKind.TEAMMATE, by.id),
            by,
            [{"code": "replied", "text": f"{by.name} replied"}],
        )
    return _send(tx, found, text, by, data or {}, client_id=client_id, attachments=attachments)


def comment(tx: Tx, conversation_id: str, text: str, by: Actor, *, client_id: str | None = None) -> Entry:
    """A note that only teammates see."""
    found = locked(tx, conversation_id)
    require_workspace(tx, found, by)
    if again := _same(tx, conversation_id, client_id):
        return again
    written = write(tx, conversation_id, EntryKind.COMMENT, by, _checked(text), client_id=client_id)
    emit(tx, "comment.written", conversation_id, entry=written.id, seq=written.seq)
    return written


def fence(found: Conversation, epoch: int) -> None:
    """The owner fence: the agent's word counts only while the epoch it began under still holds (HO9).

    :raises TakenOver: if somebody else has the word, or had it in between.
    """
    if found.status != "open" or found.owner.kind is not OwnerKind.AGENT or found.epoch != epoch:
        raise TakenOver(f"Conversation {found.id} is at epoch {found.epoch} of {found.owner.kind}; the turn began at {epoch}.")


def agent_reply(
    tx: Tx,
    found: Conversation,
    text: str,
    by: Actor,
    data: Mapping[str, Any],
    *,
    turn_id: str,
) -> Entry:
    """The agent writes to the customer, in a locked conversation whose fence has been checked."""
    return _send(tx, found, _checked(text), by, data, turn_id=turn_id, answered_by_agent=True)


def automatic(tx: Tx, found: Conversation, text: str, by: Actor, data: Mapping[str, Any]) -> Entry:
    """A message the product sends by itself, such as a handoff message: no answer of the agent, no credit."""
    return _send(tx, found, _checked(text), by, data, turn_id=data.get("turn"))


def _send(
    tx: Tx,
    found: Conversation,
    text: str,
    by: Actor,
    data: Mapping[str, Any],
    *,
    client_id: str | None = None,
    turn_id: str | None = None,
    answered_by_agent: bool = False,
    attachments: Sequence[Attachment] = (),
) -> Entry:
    shown = text or ", ".join(file.name or file.kind for file in attachments)
    changes: dict[str, Any] = {"preview": preview_of(shown), "waiting_since": None}
    if answered_by_agent:
        changes["answered_by_agent"] = True
    written = write(
        tx,
        found.id,
        EntryKind.MESSAGE,
        by,
        text,
        data,
        changes=changes,
        direction="out",
        channel_account_id=found.channel_account_id,
        client_id=client_id,
        delivery=Delivery.PENDING.value,
        turn_id=turn_id,
    )
    attach(tx, written.id, attachments)
    first = answered_by_agent and not found.answered_by_agent
    emit(
        tx,
        "message.written",
        found.id,
        entry=written.id,
        seq=written.seq,
        by=by.kind.value,
        first_answer=first,
    )
    return written


def _same(tx: Tx, conversation_id: str, client_id: str | None) -> Entry | None:
    if client_id is None:
        return None
    row = tx.row(select(entry).where(entry.c.conversation_id == conversation_id, entry.c.client_id == client_id))
    return entry_of(row) if row else None


def _checked(text: str, *, may_be_empty: bool = False) -> str:
    text = text.replace("\x00", "").strip()
    if not text and not may_be_empty:
        raise Invalid("The message is empty.", field="text")
    if len(text) > MESSAGE_LIMIT:
        raise Invalid(
            f"The message has {len(text):,} characters; {MESSAGE_LIMIT:,} are the limit.",
            field="text",
        )
    return text
