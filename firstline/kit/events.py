"""The event log: one row for everything that happens, written in the same transaction as the change.

Commit order: a row carries the id of the transaction that wrote it. Readers take only rows of transactions older than
every one still running, ordered by (transaction, id), so a cursor never steps over a row that is committed later.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Table,
    Text,
    TypedColumns,
    insert,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from firstline.kit.database import Event, Tx
from firstline.kit.tables import NOTHING, at_column, metadata


class event_columns(TypedColumns):
    id = Column(BigInteger, primary_key=True, autoincrement=True)
    xid = Column(
        BigInteger,
        nullable=False,
        server_default=text("pg_current_xact_id()::text::bigint"),
    )
    kind = Column(Text, nullable=False)
    subject = Column(Text, nullable=False)
    data = Column(JSONB, nullable=False, server_default=NOTHING)
    at = at_column()


event = Table(
    "event",
    metadata,
    event_columns,
    Index("ix_event_order", "xid", "id"),
    Index("ix_event_subject", "subject", "id"),
)


class Cursor(NamedTuple):
    """A place in the log: everything up to and including it has been read."""

    xid: int
    id: int

    def __str__(self) -> str:
        return f"{self.xid}.{self.id}"

    @classmethod
    def parse(cls, written: str) -> "Cursor | None":
        """Read what ``str`` wrote; None if it is anything else."""
        first, _, second = written.partition(".")
        if not (first.isascii() and first.isdigit() and second.isascii() and second.isdigit()) or len(written) > 40:
            return None
        return cls(int(first), int(second))


START = Cursor(0, 0)


_WRITE = insert(event).returning(event.c.id)  # built once: every message passes here


def emit(tx: Tx, kind: str, subject: str, /, **data: Any) -> Event:
    """Write an event and let what follows it happen, in this transaction."""
    values = {"kind": kind, "subject": subject, "data": data, "at": tx.now}
    written = tx.execute(_WRITE, values).scalar_one()
    happened = Event(written, kind, subject, data, tx.now)
    tx.emitted += 1
    for follow in tx.followers.get(kind, ()):
        follow(tx, happened)
    return happened


_READ = text(
    "select xid, id, kind, subject, data, at from event"
    " where (xid, id) > (:xid, :id) and xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    " order by xid, id limit :limit"
)
_SETTLED = text(
    "select xid, id from event where xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    " order by xid desc, id desc limit 1"
)


def read_after(tx: Tx, cursor: Cursor, limit: int = 500) -> Sequence[tuple[Cursor, Event]]:
    """The next settled events after the cursor, oldest first, each with its own cursor."""
    found = tx.execute(_READ, {"xid": cursor.xid, "id": cursor.id, "limit": limit}).all()
    return [
        (
            Cursor(row.xid, row.id),
            Event(row.id, row.kind, row.subject, row.data, row.at),
        )
        for row in found
    ]


def last_settled(tx: Tx) -> Cursor:
    """The cursor a new reader starts from. Take it before reading state: what it misses comes again, nothing is lost."""
    found = tx.execute(_SETTLED).first()
    return Cursor(found.xid, found.id) if found else START
