"""Receiving: identity → contact → conversation → message, in one transaction."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, text, update

from firstline.contacts.recognising import gave, recognise
from firstline.contacts.rules import Identity
from firstline.conversations.attaching import attach
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

    :raises Invalid: if the text is longer than :data:`MESSAGE_LIMIT` characters, or there is neither text nor data nor a file.
    """
    clean = _checked(message)
    contact_id = recognise(
        tx,
        message.sender,
        name=message.sender_name,
        language=message.language,
        aliases=message.aliases,
        source=message.provider_id,
        wrote=True,
    )
    for one in message.gives:
        gave(tx, contact_id, one, message.provider_id)
    one_at_a_time(tx, f"{place.channel_account_id}|{message.thread or contact_id}")
    if known := known_as(tx, place.channel_account_id, message.provider_id, "in"):
        return known
    thread = Thread(message.thread, (*message.references, *((message.reply_to,) if message.reply_to else ())))
    found, new = find_or_start(tx, place, contact_id, thread, reopen_within, quiet=message.quiet, language=message.language)
    if message.history and new:
        mark_closed(tx, found.id, "history")
    written = write(
        tx,
        found.id,
        EntryKind.MESSAGE,
        Actor.contact(contact_id),
        clean,
        _data(message),
        changes=_changes(tx, found, message, clean),
        direction="in",
        channel_account_id=place.channel_account_id,
        provider_id=message.provider_id,
        client_id=message.client_id,
        sent_at=message.at,
        quiet=message.quiet,
        party=party(message.sender),
    )
    if attach(tx, written.id, message.attachments):
        emit(tx, "message.files_awaited", found.id, entry=written.id, seq=written.seq)
    if found.snoozed_until is not None and not message.quiet:
        emit(tx, "conversation.woken", found.id)
    emit(
        tx,
        "message.received",
        found.id,
        entry=written.id,
        seq=written.seq,
        owner=found.owner.kind.value,
        channel_account=place.channel_account_id,
        quiet=message.quiet,
        routed=found.routing is not None,
    )
    return Received(found.id, contact_id, written.id, written.seq, new, False)


def party(who: Identity) -> dict[str, str]:
    """The customer's address on the other end of a message, as the row keeps it: answers go there."""
    return {"kind": who.kind.value, "value": who.value, "scope": who.scope}


def _data(message: Inbound) -> dict[str, Any]:
    """What is known of a message besides its words."""
    data = {**message.data, **({"quotes": message.reply_to} if message.reply_to else {})}
    if message.standby:
        data["standby"] = True
    if message.trusted is False:
        data["sender_proven"] = False
    return data


def _checked(message: Inbound) -> str:
    if len(message.text) > MESSAGE_LIMIT:
        raise Invalid(
            f"The message has {len(message.text):,} characters; {MESSAGE_LIMIT:,} are the limit.",
            field="text",
        )
    clean = message.text.replace("\x00", "")
    if not clean.strip() and not message.data and not message.attachments:
        raise Invalid("The message is empty.", field="text")
    return clean


def _changes(tx: Tx, found: Conversation, message: Inbound, clean: str) -> dict[str, Any]:
    """What a message changes in its conversation. The reply window opens on the customer's time, never in the future, and not
    with what was said before the account was connected."""
    sent = min(message.at or tx.now, tx.now)
    shown = clean or ", ".join(file.name or file.kind for file in message.attachments)
    changes: dict[str, Any] = {"preview": preview_of(shown)}
    if not message.history:
        changes["last_customer_at"] = func.greatest(func.coalesce(conversation.c.last_customer_at, sent), sent)
    if not message.quiet:
        changes |= {"waiting_since": found.waiting_since or tx.now, "snoozed_until": None}
    if not found.subject:
        changes["subject"] = subject_of(message.subject or shown)
    return changes


@dataclass(frozen=True)
class Thread:
    """What a message says about the conversation it belongs to: the channel's own name of it, and messages it refers to."""

    name: str | None = None
    references: tuple[str, ...] = ()


def one_at_a_time(tx: Tx, key: str) -> None:
    """Two first messages of one customer at the same moment make one conversation, not two."""
    tx.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 11))"), {"key": key})


_KNOWN = (
    select(entry.c.id, entry.c.seq, entry.c.conversation_id, conversation.c.contact_id)
    .join(conversation, conversation.c.id == entry.c.conversation_id)
    .where(
        entry.c.channel_account_id == bindparam("account"),
        entry.c.provider_id == bindparam("name"),
        entry.c.direction == bindparam("went"),
    )
)


def known_as(tx: Tx, channel_account_id: str, provider_id: str, direction: str) -> Received | None:
    """What a message became that has been taken in before."""
    row = tx.row(_KNOWN, {"account": channel_account_id, "name": provider_id, "went": direction})
    return Received(row.conversation_id, row.contact_id, row.id, row.seq, False, True) if row else None


def find_or_start(
    tx: Tx,
    place: Place,
    contact_id: str,
    thread: Thread,
    reopen_within: timedelta = REOPEN_WITHIN,
    *,
    quiet: bool = False,
    language: str | None = None,
) -> tuple[Conversation, bool]:
    """The conversation a message belongs to, locked, and whether it is new. A quiet message reopens nothing."""
    row = _latest(tx, place, contact_id, thread)
    if row is None:
        return _start(tx, place, contact_id, thread.name, None, language), True
    found = conversation_of(row)
    if found.status == "open":
        return found, False
    if found.closed_at is not None and tx.now - found.closed_at <= reopen_within:
        return (found if quiet else _reopened(tx, found)), False
    return _start(tx, place, contact_id, thread.name, found.id, language), True


def _latest(tx: Tx, place: Place, contact_id: str, thread: Thread) -> Row[Any] | None:
    """A message that refers to another of the same contact belongs there; a stranger's reference counts for nothing.

    Locked: whoever closes it or gives it to somebody at this moment is waited for, and what they did is seen.
    """
    c = conversation.c
    mine = select(conversation).where(c.channel_account_id == place.channel_account_id, c.contact_id == contact_id)
    mine = mine.with_for_update()
    likely = _referred(tx, place, thread.references)
    if likely and (rows := tx.rows(mine.where(c.id.in_(likely)).order_by(c.id))):
        return max(rows, key=lambda row: (likely[row.id], row.status == "open", row.id))
    if thread.name:
        mine = mine.where(c.thread == thread.name)
    return tx.row(mine.order_by((c.status == "open").desc(), c.id.desc()).limit(1))


def _referred(tx: Tx, place: Place, references: tuple[str, ...]) -> dict[str, int]:
    """How likely each conversation is meant: by the place of what names it, or one of its messages, among the references."""
    if not references:
        return {}
    rank = {name: at for at, name in enumerate(references)}
    e = entry.c
    named = select(e.conversation_id, e.provider_id).where(
        e.channel_account_id == place.channel_account_id, e.provider_id.in_(references)
    )
    found = dict(rank)
    for row in tx.rows(named):
        found[row.conversation_id] = max(found.get(row.conversation_id, -1), rank[row.provider_id])
    return found


def mark_closed(tx: Tx, conversation_id: str, reason: str) -> None:
    """A conversation that begins closed: history from before the account was connected."""
    changes = {"status": "closed", "closed_at": tx.now, "closed_by_kind": "system", "closed_reason": reason}
    tx.execute(update(conversation).where(conversation.c.id == conversation_id).values(**changes))


def _start(
    tx: Tx, place: Place, contact_id: str, thread: str | None, previous_id: str | None, language: str | None
) -> Conversation:
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
            language=language,
            thread=thread,
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
