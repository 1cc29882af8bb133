"""Files that visitors choose: kept until they are sent, taken back, or too old."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Row, delete, func, insert, select, text

from firstline.contacts.forgotten import was_erased
from firstline.conversations.attaching import clean_name
from firstline.conversations.rules import Attachment
from firstline.conversations.tables import attachment, conversation, entry
from firstline.kit import blobs
from firstline.kit.database import Tx
from firstline.kit.errors import Unauthenticated
from firstline.kit.ids import new_id
from firstline.kit.sniffing import kind_of
from firstline.widget.accepting import No, room
from firstline.widget.rules import BadFrame
from firstline.widget.tables import upload
from firstline.widget.visitors import Visitor

KEPT = timedelta(hours=24)
"""How long a file may wait to be sent."""
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended(:key, 19))")


@dataclass(frozen=True)
class Upload:
    """A file that waits to be sent."""

    id: str
    name: str
    media_type: str
    size: int


def keep(tx: Tx, visitor: Visitor, name: str, media_type: str, content: bytes) -> Upload | No:
    """Keep a file for its visitor, if there is room for it.

    :raises Unauthenticated: if the visitor was erased.
    """
    if was_erased(tx, "visitor", visitor.account_id, visitor.id):
        raise Unauthenticated("The visitor token is not known here. Say hello again.")
    tx.execute(_ONE_AT_A_TIME, {"key": f"{visitor.account_id}|{visitor.id}"})
    no = room(*_held(tx, visitor), _sent_today(tx, visitor), _of_account(tx, visitor.account_id), len(content))
    if no is not None:
        return no
    made = Upload(new_id("upl"), clean_name(name, media_type), media_type, len(content))
    tx.execute(
        insert(upload).values(
            id=made.id,
            channel_account_id=visitor.account_id,
            visitor=visitor.id,
            name=made.name,
            media_type=media_type,
            size=made.size,
            blob=blobs.keep(tx, content),
            at=tx.now,
        )
    )
    return made


def _held(tx: Tx, visitor: Visitor) -> tuple[int, int]:
    u = upload.c
    mine = (u.channel_account_id == visitor.account_id, u.visitor == visitor.id)
    row = tx.row(select(func.count().label("number"), func.coalesce(func.sum(u.size), 0).label("size")).where(*mine))
    return (int(row.number), int(row.size)) if row is not None else (0, 0)


def _sent_today(tx: Tx, visitor: Visitor) -> int:
    c, e = conversation.c, entry.c
    query = (
        select(func.sum(attachment.c.size))
        .join(entry, e.id == attachment.c.entry_id)
        .join(conversation, c.id == e.conversation_id)
        .where(c.channel_account_id == visitor.account_id, c.thread == visitor.id)
        .where(e.direction == "in", e.at > tx.now - timedelta(days=1))
    )
    return int(tx.scalar(query) or 0)


def _of_account(tx: Tx, account_id: str) -> int:
    return int(tx.scalar(select(func.sum(upload.c.size)).where(upload.c.channel_account_id == account_id)) or 0)


def take(tx: Tx, visitor: Visitor, ids: Sequence[str]) -> tuple[Attachment, ...]:
    """The files of a message that is being sent, in their order; from now on they are the message's.

    :raises BadFrame: if one of them is not there, or is somebody else's.
    """
    if not ids:
        return ()
    u = upload.c
    mine = (u.id.in_(ids), u.channel_account_id == visitor.account_id, u.visitor == visitor.id)
    found: dict[str, Row[object]] = {row.id: row for row in tx.rows(delete(upload).where(*mine).returning(upload))}
    if len(found) < len(ids):
        raise BadFrame("file_gone", "file_gone")
    rows = [found[one] for one in ids]
    return tuple(
        Attachment(kind_of(row.media_type), row.name, row.media_type, row.size, content=blobs.read(tx, row.blob)) for row in rows
    )


def take_back(tx: Tx, visitor: Visitor, upload_id: str) -> bool:
    """The visitor does not want to send a file after all; False if it is not there."""
    u = upload.c
    mine = (u.id == upload_id, u.channel_account_id == visitor.account_id, u.visitor == visitor.id)
    return _drop(tx, tx.rows(delete(upload).where(*mine).returning(u.blob))) > 0


def forget_old(tx: Tx) -> int:
    """Files that nobody sent go; returns how many."""
    return _drop(tx, tx.rows(delete(upload).where(upload.c.at < tx.now - KEPT).returning(upload.c.blob)))


def _drop(tx: Tx, gone: Sequence[Row[tuple[str]]]) -> int:
    blobs.drop_unused(tx, {row.blob for row in gone})
    return len(gone)
