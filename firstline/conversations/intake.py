"""Receiving: identity → contact → conversation → message, in one transaction."""

from datetime import timedelta

from sqlalchemy import insert, select, text, update

from firstline.contacts.commands import recognise
from firstline.conversations.record import conversation_of, locked, write
from firstline.conversations.rules import (
    MESSAGE_LIMIT,
    REOPEN_WITHIN,
    Conversation,
    EntryKind,
    Inbound,
    Place,
    Received,
    preview_of,
    subject_of,
)
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people.rules import Actor


def receive(tx: Tx, place: Place, message: Inbound, *, reopen_within: timedelta = REOPEN_WITHIN) -> Received:
    """Take a customer's message in; the same ``provider_id`` again changes nothing and tells what it became.

    :raises Invalid: if the text is longer than :data:`MESSAGE_LIMIT` characters or empty of both text and data.
    """
    if len(message.text) > MESSAGE_LIMIT:
        raise Invalid(
            f"The message has {len(message.text):,} characters; {MESSAGE_LIMIT:,} are the limit.",
            field="text",
        )
    if not message.text.strip() and not message.data:
        raise Invalid("The message is empty.", field="text")
    contact_id = recognise(tx, message.sender, name=message.sender_name, language=message.language)
    _one_at_a_time(tx, f"{place.channel_account_id}|{message.thread or contact_id}")
    if known := _known(tx, place, message):
        return known
    found, new = _conversation_for(tx, place, contact_id, message, reopen_within)
    clean = message.text.replace("\x00", "")
    changes = {
        "preview": preview_of(clean),
        "last_customer_at": tx.now,
        "waiting_since": found.waiting_since or tx.now,
        "snoozed_until": None,
    }
    if not found.subject:
        changes["subject"] = subject_of(clean)
    written = write(
        tx,
        found.id,
        EntryKind.MESSAGE,
        Actor.contact(contact_id),
        clean,
        message.data,
        changes=changes,
        direction="in",
        channel_account_id=place.channel_account_id,
        provider_id=message.provider_id,
        client_id=message.client_id,
    )
    emit(
        tx,
        "message.received",
        found.id,
        entry=written.id,
        seq=written.seq,
        owner=found.owner.kind.value,
        channel_account=place.channel_account_id,
    )
    return Received(found.id, contact_id, written.id, written.seq, new, False)


def _one_at_a_time(tx: Tx, key: str) -> None:
    """Two first messages of one customer at the same moment make one conversation, not two."""
    tx.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 11))"), {"key": key})


def _known(tx: Tx, place: Place, message: Inbound) -> Received | None:
    row = tx.row(
        select(entry.c.id, entry.c.seq, entry.c.conversation_id, conversation.c.contact_id)
        .join(conversation, conversation.c.id == entry.c.conversation_id)
        .where(
            entry.c.channel_account_id == place.channel_account_id,
            entry.c.provider_id == message.provider_id,
            entry.c.direction == "in",
        )
    )
    return Received(row.conversation_id, row.contact_id, row.id, row.seq, False, True) if row else None


def _conversation_for(
    tx: Tx, place: Place, contact_id: str, message: Inbound, reopen_within: timedelta
) -> tuple[Conversation, bool]:
    latest = (
        select(conversation)
        .where(
            conversation.c.channel_account_id == place.channel_account_id,
            conversation.c.contact_id == contact_id,
        )
        .order_by((conversation.c.status == "open").desc(), conversation.c.id.desc())
        .limit(1)
    )
    if message.thread:
        latest = latest.where(conversation.c.thread == message.thread)
    row = tx.row(latest)
    if row is None:
        return _start(tx, place, contact_id, message, None), True
    found = locked(tx, row.id)
    if found.status == "open":
        return found, False
    if found.closed_at is not None and tx.now - found.closed_at <= reopen_within:
        return _reopened(tx, found), False
    return _start(tx, place, contact_id, message, found.id), True


def _start(tx: Tx, place: Place, contact_id: str, message: Inbound, previous_id: str | None) -> Conversation:
    row = tx.execute(
        insert(conversation)
        .values(
            id=new_id("cnv"),
            contact_id=contact_id,
            channel_account_id=place.channel_account_id,
            workspace=place.workspace,
            status="open",
            owner_kind="nobody",
            owner_since=tx.now,
            language=message.language,
            thread=message.thread,
            previous_id=previous_id,
            created_at=tx.now,
            updated_at=tx.now,
        )
        .returning(conversation)
    ).one()
    emit(tx, "conversation.created", row.id, channel_account=place.channel_account_id)
    return conversation_of(row)


def _reopened(tx: Tx, found: Conversation) -> Conversation:
    """Open it again for the same owner, as a new engagement: what was settled before is not acted on again."""
    tx.execute(
        update(conversation)
        .where(conversation.c.id == found.id)
        .values(
            status="open",
            epoch=conversation.c.epoch + 1,
            engagement=conversation.c.engagement + 1,
            engagement_seq=found.last_seq,
            closed_at=None,
            closed_by_kind=None,
            closed_by_id=None,
            closed_reason=None,
        )
    )
    write(
        tx,
        found.id,
        EntryKind.STATUS,
        Actor.contact(found.contact_id),
        data={"to": "open", "reason": "customer wrote again"},
    )
    emit(tx, "conversation.reopened", found.id)
    return locked(tx, found.id)
