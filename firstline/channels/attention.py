"""*Needs attention*: what is wrong with an account, how to cure it; admins are told once per trouble."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, null, select, update
from sqlalchemy.dialects.postgresql import insert

from firstline.channels.tables import account_note, channel_account
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.kit.events import emit
from firstline.people import audit
from firstline.people.rules import Actor, Permission

KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Note:
    """Worth knowing about an account that works on."""

    code: str
    text: str
    cure: str
    at: datetime


def raise_trouble(tx: Tx, account_id: str, code: str, cause: str, cure: str) -> bool:
    """The account does not work. The same trouble again changes the words only; returns whether it is a new one."""
    row = tx.row(select(channel_account).where(channel_account.c.id == account_id).with_for_update())
    if row is None:
        return False
    known = row.attention or {}
    is_new = not known or known.get("code") != code or known.get("broken") is False
    since = tx.now.isoformat() if is_new else known.get("since", tx.now.isoformat())
    trouble = {"code": code, "cause": cause[:500], "cure": cure[:500], "since": since, "broken": True}
    if trouble != known:
        tx.execute(update(channel_account).where(channel_account.c.id == account_id).values(attention=trouble))
    if is_new:
        emit(tx, "channel_account.needs_attention", account_id, code=code, cause=cause[:500], cure=cure[:500])
    return is_new


def note(tx: Tx, account_id: str, code: str, cause: str, cure: str) -> None:
    """Worth knowing; the account works on, and a real trouble is not covered up. It stays until it is no longer so, somebody has
    read it, or it is old."""
    row = _locked(tx, account_id)
    if row is None:
        return
    values = {"text": cause[:500], "cure": cure[:500], "at": tx.now}
    n = account_note.c
    known = tx.row(select(n.text, n.cure).where(n.channel_account_id == account_id, n.code == code))
    written = insert(account_note).values(channel_account_id=account_id, code=code, **values)
    tx.execute(written.on_conflict_do_update(index_elements=["channel_account_id", "code"], set_=values))
    if known is None or (known.text, known.cure) != (values["text"], values["cure"]):
        _show(tx, account_id, row.attention)
        emit(tx, "channel_account.changed", account_id)


def settled(tx: Tx, account_id: str, code: str) -> bool:
    """What was noted under this code is no longer so; anything else stays. Returns whether it was."""
    row = _locked(tx, account_id)
    n = account_note.c
    gone = tx.execute(delete(account_note).where(n.channel_account_id == account_id, n.code == code)).rowcount
    shown = row is not None and row.attention is not None and row.attention.get("code") == code
    if row is not None and (gone or shown):
        _show(tx, account_id, None if shown else row.attention)
        if shown and is_broken(row.attention):
            emit(tx, "channel_account.recovered", account_id)
        else:
            emit(tx, "channel_account.changed", account_id)
    return bool(gone or shown)


def dismiss(tx: Tx, account_id: str, code: str, by: Actor) -> None:
    """Somebody has read a note.

    :raises NotFound: if there is none of this code.
    """
    by.require(Permission.MANAGE_CHANNELS)
    if not settled(tx, account_id, code):
        raise NotFound("This note is gone already.")
    audit.record(tx, by, "channel_account.dismiss_note", account_id, after={"code": code})


def notes(tx: Tx, account_id: str) -> Sequence[Note]:
    """What is worth knowing of an account, the newest first."""
    n = account_note.c
    rows = tx.rows(select(account_note).where(n.channel_account_id == account_id).order_by(n.at.desc(), n.code))
    return [Note(row.code, row.text, row.cure, row.at) for row in rows]


def recovered(tx: Tx, account_id: str) -> bool:
    """It works again: a check or a delivery went well. Returns whether something was wrong before."""
    row = _locked(tx, account_id)
    if row is None:
        return False
    tx.execute(update(channel_account).where(channel_account.c.id == account_id).values(checked_at=tx.now))
    wrong = is_broken(row.attention)
    if wrong:
        _show(tx, account_id, None)
        emit(tx, "channel_account.recovered", account_id)
    return wrong


def sweep(tx: Tx) -> None:
    """What was noted long ago is known."""
    old = select(account_note.c.channel_account_id, account_note.c.code).where(account_note.c.at < tx.now - KEPT)
    for row in tx.rows(old):
        settled(tx, row.channel_account_id, row.code)


def is_broken(attention: Mapping[str, Any] | None) -> bool:
    """Whether what an account shows is a trouble, not a note."""
    return bool(attention) and (attention or {}).get("broken", True) is not False


def _locked(tx: Tx, account_id: str) -> Row[Any] | None:
    query = select(channel_account.c.attention).where(channel_account.c.id == account_id)
    return tx.row(query.with_for_update())


def _show(tx: Tx, account_id: str, now: Mapping[str, Any] | None) -> None:
    """A trouble stays in sight; else the newest note is."""
    shown: Mapping[str, Any] | None = now if is_broken(now) else None
    if shown is None and (found := notes(tx, account_id)):
        newest = found[0]
        shown = {
            "code": newest.code,
            "cause": newest.text,
            "cure": newest.cure,
            "since": newest.at.isoformat(),
            "broken": False,
        }
    tx.execute(
        update(channel_account).where(channel_account.c.id == account_id).values(attention=shown if shown is not None else null())
    )
