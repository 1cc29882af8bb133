"""Reading one conversation under its lock and writing the next entry of its timeline."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from firstline.conversations.rules import (
    Conversation,
    Entry,
    EntryKind,
    Owner,
    OwnerKind,
)
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.kit.ids import new_id
from firstline.people.rules import Actor

_LOCKED = select(conversation).where(conversation.c.id == bindparam("one")).with_for_update()
_WRITE = insert(entry).returning(entry)


def locked(tx: Tx, conversation_id: str) -> Conversation:
    """The conversation, locked until the transaction ends. Every verb starts here.

    :raises NotFound: if there is none.
    """
    row = row_locked(tx, conversation_id)
    if row is None:
        raise NotFound(f"There is no conversation {conversation_id}.")
    return conversation_of(row)


def row_locked(tx: Tx, conversation_id: str) -> Row[Any] | None:
    """Its row, locked; None if there is none."""
    return tx.row(_LOCKED, {"one": conversation_id})


def conversation_of(row: Row[Any]) -> Conversation:
    """A row as the rules see it."""
    return Conversation(
        id=row.id,
        number=row.number,
        contact_id=row.contact_id,
        channel_account_id=row.channel_account_id,
        workspace=row.workspace,
        status=row.status,
        owner=Owner(OwnerKind(row.owner_kind), row.owner_id),
        epoch=row.epoch,
        engagement=row.engagement,
        last_seq=row.last_seq,
        agent_seq=row.agent_seq,
        agent_id=row.agent_id,
        subject=row.subject,
        preview=row.preview,
        language=row.language,
        previous_id=row.previous_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        waiting_since=row.waiting_since,
        closed_at=row.closed_at,
        closed_reason=row.closed_reason,
        answered_by_agent=row.answered_by_agent,
        routing=row.routing,
        snoozed_until=row.snoozed_until,
    )


def entry_of(row: Row[Any]) -> Entry:
    """A row as the rules see it."""
    return Entry(
        id=row.id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        kind=EntryKind(row.kind),
        by_kind=row.by_kind,
        by_id=row.by_id,
        text=row.text,
        data=row.data,
        at=row.at,
        epoch=row.epoch,
        direction=row.direction,
        client_id=row.client_id,
        delivery=row.delivery,
        delivery_reason=row.delivery_reason,
        turn_id=row.turn_id,
        sent_at=row.sent_at,
        quiet=row.quiet,
        provider_id=row.provider_id,
    )


def write(
    tx: Tx,
    conversation_id: str,
    kind: EntryKind,
    by: Actor,
    text: str = "",
    data: Mapping[str, Any] | None = None,
    *,
    changes: Mapping[str, Any] | None = None,
    **columns: Any,
) -> Entry:
    """Append an entry and change the conversation with it. The caller holds the lock."""
    numbered = tx.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(last_seq=conversation.c.last_seq + 1, updated_at=tx.now, **(changes or {}))
        .returning(conversation.c.last_seq, conversation.c.epoch)
    ).one()
    values = {
        "id": new_id("msg" if kind is EntryKind.MESSAGE else "ent"),
        "conversation_id": conversation_id,
        "seq": numbered.last_seq,
        "kind": kind.value,
        "by_kind": by.kind.value,
        "by_id": by.id,
        "text": text,
        "data": dict(data or {}),
        "at": tx.now,
        "epoch": numbered.epoch,
        **columns,
    }
    return entry_of(tx.execute(_WRITE, values).one())


def settle(tx: Tx, conversation_id: str, upto: int) -> None:
    """The agent has dealt with everything up to this entry."""
    tx.execute(
        update(conversation).where(conversation.c.id == conversation_id, conversation.c.agent_seq < upto).values(agent_seq=upto)
    )


def note_routing(tx: Tx, conversation_id: str, decision: Mapping[str, Any]) -> None:
    """Keep the routing decision where everybody who sees the conversation sees it."""
    tx.execute(update(conversation).where(conversation.c.id == conversation_id).values(routing=dict(decision)))


def note_language(tx: Tx, conversation_id: str, language: str) -> None:
    """Keep the language a conversation is held in."""
    tx.execute(update(conversation).where(conversation.c.id == conversation_id).values(language=language))
