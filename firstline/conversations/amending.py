"""What customers do to messages that are there: react, change, take back."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, or_, select, update

from firstline.conversations.rules import MESSAGE_LIMIT, preview_of, subject_of
from firstline.conversations.tables import attachment, conversation, entry
from firstline.kit import blobs
from firstline.kit.database import Tx
from firstline.kit.events import emit

REACTIONS = 20


def react(tx: Tx, channel_account_id: str, target: str, who: str, emoji: str | None, at: datetime) -> bool:
    """Put an emoji on a message, or take it off (None); False if the message is not known, or nothing changed.

    One person has one reaction on a message; a later one replaces it, an earlier one that comes late does not.
    """
    row = _message(tx, channel_account_id, target)
    if row is None:
        return False
    reactions = {key: value for key, value in row.data.get("reactions", {}).items() if isinstance(value, dict)}
    known = reactions.get(who)
    if known and datetime.fromisoformat(known["at"]) >= at:
        return False
    if known is None and len(reactions) >= REACTIONS:
        return False
    reactions[who] = {"emoji": (emoji or "")[:16], "at": at.isoformat()}
    _change(tx, row, data={**row.data, "reactions": reactions})
    return True


def open_window(tx: Tx, channel_account_id: str, target: str, at: datetime) -> None:
    """What the customer did with a message lets one write to them, as a message of theirs would."""
    row = _message(tx, channel_account_id, target)
    if row is not None:
        c, seen = conversation.c, min(at, tx.now)
        later = func.greatest(func.coalesce(c.last_customer_at, seen), seen)
        tx.execute(update(conversation).where(c.id == row.conversation_id).values(last_customer_at=later))


def edit(tx: Tx, channel_account_id: str, provider_id: str, text: str | None, at: datetime) -> bool:
    """The customer changed a message: what it said before stays in its history. Or they took it back (None): then words and
    files are gone, as they want it.

    False if the message is not known, or this is not the latest change.
    """
    row = _message(tx, channel_account_id, provider_id)
    if row is None or row.direction != "in":
        return False
    edits = list(row.data.get("edits", ()))
    if edits and datetime.fromisoformat(edits[-1]["at"]) >= at:
        return False
    edits.append({"at": at.isoformat(), "before": row.text})
    if text is None:
        edits = [{"at": one["at"]} for one in edits]
        _forget(tx, row)
    data = {**row.data, "edits": edits[-20:], "revoked": text is None}
    _change(tx, row, text=(text or "").replace("\x00", "")[:MESSAGE_LIMIT], data=data)
    return True


def _forget(tx: Tx, row: Row[Any]) -> None:
    """The copies of a message's words and files; a file that another message has too stays there."""
    a, c = attachment.c, conversation.c
    files = [one.blob for one in tx.rows(select(a.blob).where(a.entry_id == row.id, a.blob.is_not(None)))]
    gone = {"state": "gone", "blob": None, "ref": "", "name": "", "reason": "The customer took it back."}
    tx.execute(update(attachment).where(a.entry_id == row.id).values(**gone))
    blobs.drop_unused(tx, files)
    words = (preview_of(row.text), subject_of(row.text))
    for column, shown in zip((c.preview, c.subject), words, strict=True):
        if shown:
            tx.execute(update(conversation).where(c.id == row.conversation_id, column == shown).values({column: ""}))


def _message(tx: Tx, channel_account_id: str, name: str) -> Row[tuple[object, ...]] | None:
    """A message by the provider's id, or by ours."""
    return tx.row(
        select(entry)
        .where(entry.c.channel_account_id == channel_account_id, or_(entry.c.provider_id == name, entry.c.id == name))
        .limit(1)
        .with_for_update()
    )


def _change(tx: Tx, row: Row[tuple[object, ...]], **values: object) -> None:
    tx.execute(update(entry).where(entry.c.id == row.id).values(**values))
    emit(tx, "message.changed", row.conversation_id, entry=row.id, seq=row.seq)
