"""What was read of a mailbox, and whether anything is missing: every mail on the server has a row here in the end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, cast, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from firstline.channels.email.tables import mailbox_folder, mailbox_message
from firstline.kit.database import Tx
from firstline.people import audit
from firstline.people.rules import Actor, Permission

ATTEMPTS = 3
"""How often a mail is tried before it becomes a tombstone; a person may have it tried again."""
SHOWN = 50
GONE = "It was deleted before it was read."


@dataclass(frozen=True)
class Cursor:
    """How far a folder was read."""

    folder: str
    uidvalidity: int
    baseline: int
    """What was there before the account was connected is not taken."""
    cursor: int
    repair: bool
    modseq: int | None = None
    """The server's count of changes at the last look; None if it keeps none, or that is not known."""


@dataclass(frozen=True)
class Tombstone:
    """A mail that could not be taken."""

    uid: int
    state: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Audit:
    """What the server has and what was taken."""

    folder: str
    looked_at: datetime
    audited_at: datetime | None
    server: int | None
    taken: int | None
    missing: tuple[int, ...]
    tombstones: tuple[Tombstone, ...]
    repair: bool
    told: bool | None = None
    """Whether the server tells of new mail; None while nobody knows."""
    waiting: int = 0
    """Mails that a repair has yet to try."""

    @property
    def sentence(self) -> str:
        """For people: *INBOX: server 118, ingested 117, missing UID 4411.*"""
        return f"{self.folder}: {self.finding}."

    @property
    def finding(self) -> str:
        """The same without folder and full stop."""
        if self.server is None or self.taken is None:
            return "not audited yet"
        gap = f", missing UID {', '.join(str(uid) for uid in self.missing[:10])}" if self.missing else ", nothing missing"
        more = f" and {len(self.missing) - 10} more" if len(self.missing) > 10 else ""
        return f"server {self.server}, ingested {self.taken}{gap}{more}"


def where(tx: Tx, account_id: str, folder: str) -> Cursor | None:
    """How far a folder was read; None if it never was."""
    row = tx.row(select(mailbox_folder).where(*_folder(account_id, folder)))
    return Cursor(row.folder, row.uidvalidity, row.baseline, row.cursor, row.repair, row.modseq) if row else None


def begin(tx: Tx, account_id: str, folder: str, uidvalidity: int, baseline: int) -> Cursor:
    """Begin to read a folder, or begin anew because the server numbers its mails anew."""
    values: dict[str, Any] = {"uidvalidity": uidvalidity, "baseline": baseline, "cursor": baseline, "looked_at": tx.now}
    values |= {"missing": [], "server_count": None, "taken_count": None, "audited_at": None, "modseq": None}
    made = insert(mailbox_folder).values(channel_account_id=account_id, folder=folder, **values)
    tx.execute(made.on_conflict_do_update(index_elements=["channel_account_id", "folder"], set_=values))
    m = mailbox_message.c
    old = (m.channel_account_id == account_id, m.folder == folder, m.uidvalidity != uidvalidity)
    tx.execute(delete(mailbox_message).where(*old))
    return Cursor(folder, uidvalidity, baseline, baseline, False)


def looked(tx: Tx, account_id: str, folder: str, modseq: int | None = None) -> None:
    """The folder was looked at just now, when the server's count stood at ``modseq``, and all that was new is settled."""
    tx.execute(update(mailbox_folder).where(*_folder(account_id, folder)).values(looked_at=tx.now, modseq=modseq))


def unsettled(tx: Tx, account_id: str, at: Cursor, uids: Sequence[int]) -> Sequence[int]:
    """Those of the mails that have no row: new ones, and any that the server did not list when it was asked before."""
    m = mailbox_message.c
    mine = (m.channel_account_id == account_id, m.folder == at.folder, m.uidvalidity == at.uidvalidity)
    known = {row.uid for row in tx.rows(select(m.uid).where(*mine, m.uid == func.any(cast(list(uids), ARRAY(BigInteger)))))}
    return [uid for uid in uids if uid > at.baseline and uid not in known]


def vanished(tx: Tx, account_id: str, at: Cursor, ranges: Sequence[tuple[int, int]]) -> None:
    """The server has these mails no more: what could not be taken of them is gone for good, and nothing is missing any more."""
    m = mailbox_message.c
    mine = (m.channel_account_id == account_id, m.folder == at.folder, m.uidvalidity == at.uidvalidity)
    again = m.state.in_(("failed", "tombstone"))
    waiting = [row.uid for row in tx.rows(select(m.uid).where(*mine, again)) if _within(row.uid, ranges)]
    gone = update(mailbox_message).where(*mine, again, m.uid == func.any(cast(waiting, ARRAY(BigInteger))))
    tx.execute(gone.values(state="gone", reason=GONE, at=tx.now))
    folder = _folder(account_id, at.folder)
    missing = tx.scalar(select(mailbox_folder.c.missing).where(*folder)) or []
    left = [uid for uid in missing if not _within(uid, ranges)]
    if left != missing:
        count = mailbox_folder.c.server_count - (len(missing) - len(left))
        tx.execute(update(mailbox_folder).where(*folder).values(missing=left, server_count=count))


def _within(uid: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(first <= uid <= last for first, last in ranges)


def tells(tx: Tx, account_id: str, folder: str, told: bool) -> None:
    """Note whether the server tells of new mail."""
    tx.execute(update(mailbox_folder).where(*_folder(account_id, folder)).values(told=told))


def wants_repair(tx: Tx, account_id: str, folder: str) -> bool:
    """Whether somebody asked for a repair: it does not wait for the next look."""
    return bool(tx.scalar(select(mailbox_folder.c.repair).where(*_folder(account_id, folder))))


def settle(tx: Tx, account_id: str, at: Cursor, uid: int, state: str, reason: str | None = None) -> None:
    """Note what became of a mail; the cursor moves past it."""
    values = {"state": state, "reason": reason[:500] if reason else None, "at": tx.now}
    made = insert(mailbox_message).values(
        channel_account_id=account_id, folder=at.folder, uidvalidity=at.uidvalidity, uid=uid, **values
    )
    keys = ["channel_account_id", "folder", "uidvalidity", "uid"]
    tx.execute(made.on_conflict_do_update(index_elements=keys, set_=values))
    _past(tx, account_id, at.folder, uid)


def failed(tx: Tx, account_id: str, at: Cursor, uid: int, reason: str) -> str:
    """A mail could not be taken this time; after :data:`ATTEMPTS` it becomes a tombstone. Either way the next are not held up."""
    made = insert(mailbox_message).values(
        channel_account_id=account_id,
        folder=at.folder,
        uidvalidity=at.uidvalidity,
        uid=uid,
        state="failed",
        reason=reason[:500],
        attempts=1,
        at=tx.now,
    )
    keys = ["channel_account_id", "folder", "uidvalidity", "uid"]
    again = {"attempts": mailbox_message.c.attempts + 1, "reason": reason[:500], "at": tx.now}
    row = tx.execute(made.on_conflict_do_update(index_elements=keys, set_=again).returning(mailbox_message.c.attempts)).one()
    state = "tombstone" if row.attempts >= ATTEMPTS else "failed"
    tx.execute(update(mailbox_message).where(*_message(account_id, at, uid)).values(state=state))
    _past(tx, account_id, at.folder, uid)
    return state


def open_ones(tx: Tx, account_id: str, at: Cursor) -> Sequence[int]:
    """Mails to be tried again."""
    m = mailbox_message.c
    mine = (m.channel_account_id == account_id, m.folder == at.folder, m.uidvalidity == at.uidvalidity)
    return [row.uid for row in tx.rows(select(m.uid).where(*mine, m.state == "failed").order_by(m.uid))]


def compared(tx: Tx, account_id: str, at: Cursor, on_server: Iterable[int]) -> tuple[int, ...]:
    """The audit: which mails of the server, up to the cursor, were never taken. Stored, and returned to be repaired."""
    m = mailbox_message.c
    mine = (m.channel_account_id == account_id, m.folder == at.folder, m.uidvalidity == at.uidvalidity)
    known = {row.uid: row.state for row in tx.rows(select(m.uid, m.state).where(*mine))}
    listed = sorted(uid for uid in set(on_server) if at.baseline < uid <= at.cursor)
    taken = sum(known.get(uid) == "taken" for uid in listed)
    lost = tuple(uid for uid in listed if known.get(uid) != "taken")
    values = {
        "audited_at": tx.now,
        "server_count": len(listed),
        "taken_count": taken,
        "missing": list(lost[:500]),
        "repair": False,
    }
    tx.execute(update(mailbox_folder).where(*_folder(account_id, at.folder)).values(**values))
    return tuple(uid for uid in lost if uid not in known)


def audits(tx: Tx, account_id: str) -> Sequence[Audit]:
    """What is known of each folder of a mailbox."""
    m = mailbox_message.c
    found = []
    for row in tx.rows(select(mailbox_folder).where(mailbox_folder.c.channel_account_id == account_id).order_by("folder")):
        bad = (
            select(mailbox_message)
            .where(
                m.channel_account_id == account_id,
                m.folder == row.folder,
                m.uidvalidity == row.uidvalidity,
                m.state.in_(("failed", "tombstone")),
            )
            .order_by(m.uid.desc())
            .limit(SHOWN)
        )
        stones = tuple(Tombstone(one.uid, one.state, one.reason or "", one.at) for one in tx.rows(bad))
        found.append(
            Audit(
                row.folder,
                row.looked_at,
                row.audited_at,
                row.server_count,
                row.taken_count,
                tuple(row.missing),
                stones,
                row.repair,
                row.told,
                _waiting(tx, account_id, row.folder),
            )
        )
    return found


def _waiting(tx: Tx, account_id: str, folder: str) -> int:
    m = mailbox_message.c
    mine = (m.channel_account_id == account_id, m.folder == folder, m.state == "failed", m.attempts == 0)
    return int(tx.scalar(select(func.count()).select_from(mailbox_message).where(*mine)) or 0)


def repair(tx: Tx, account_id: str, by: Actor) -> int:
    """Try what is missing, and every tombstone, again at the next look. Returns how many tombstones there were."""
    by.require(Permission.MANAGE_CHANNELS)
    m = mailbox_message.c
    again = update(mailbox_message).where(m.channel_account_id == account_id, m.state == "tombstone")
    count = tx.execute(again.values(state="failed", attempts=0)).rowcount
    tx.execute(update(mailbox_folder).where(mailbox_folder.c.channel_account_id == account_id).values(repair=True))
    audit.record(tx, by, "mailbox.repair", account_id, after={"tombstones": count})
    return count


def missing_anywhere(tx: Tx, account_id: str) -> int:
    """How many mails of a mailbox were not taken, by the last audits."""
    length = func.jsonb_array_length(mailbox_folder.c.missing)
    query = select(func.coalesce(func.sum(length), 0)).where(mailbox_folder.c.channel_account_id == account_id)
    return int(tx.scalar(query) or 0)


def _past(tx: Tx, account_id: str, folder: str, uid: int) -> None:
    values = {"cursor": func.greatest(mailbox_folder.c.cursor, uid), "looked_at": tx.now}
    tx.execute(update(mailbox_folder).where(*_folder(account_id, folder)).values(**values))


def _folder(account_id: str, folder: str) -> tuple[Any, ...]:
    return (mailbox_folder.c.channel_account_id == account_id, mailbox_folder.c.folder == folder)


def _message(account_id: str, at: Cursor, uid: int) -> tuple[Any, ...]:
    m = mailbox_message.c
    return (m.channel_account_id == account_id, m.folder == at.folder, m.uidvalidity == at.uidvalidity, m.uid == uid)
