"""*Needs attention*: what is wrong with an account, how to cure it; admins are told once per trouble."""

from sqlalchemy import select, update

from firstline.channels.tables import channel_account
from firstline.kit.database import Tx
from firstline.kit.events import emit


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
    """Worth knowing; the account works on, and a real trouble is not covered up."""
    row = tx.row(select(channel_account.c.attention).where(channel_account.c.id == account_id).with_for_update())
    if row is None or (row.attention and row.attention.get("broken", True)):
        return
    noted = {"code": code, "cause": cause[:500], "cure": cure[:500], "since": tx.now.isoformat(), "broken": False}
    if not row.attention or row.attention.get("code") != code:
        tx.execute(update(channel_account).where(channel_account.c.id == account_id).values(attention=noted))
        emit(tx, "channel_account.changed", account_id)


def settled(tx: Tx, account_id: str, code: str) -> None:
    """What was noted under this code is no longer so; anything else stays."""
    c = channel_account.c
    mine = (c.id == account_id, c.attention["code"].astext == code)
    if tx.execute(update(channel_account).where(*mine).values(attention=None)).rowcount:
        emit(tx, "channel_account.changed", account_id)


def recovered(tx: Tx, account_id: str) -> bool:
    """It works again: a check or a delivery went well. Returns whether something was wrong before."""
    values = {"attention": None, "checked_at": tx.now}
    c = channel_account.c
    changed = tx.execute(update(channel_account).where(c.id == account_id, c.attention.is_not(None)).values(**values))
    if changed.rowcount:
        emit(tx, "channel_account.recovered", account_id)
    else:
        tx.execute(update(channel_account).where(c.id == account_id).values(checked_at=tx.now))
    return bool(changed.rowcount)
