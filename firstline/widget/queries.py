"""What a visitor may see: his own conversations on this account, and of those only what is meant for customers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, and_, exists, literal_column, or_, select, tuple_

from firstline.agent.tables import agent
from firstline.conversations import attaching
from firstline.conversations.attaching import File
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.kit.events import Cursor, event, last_settled
from firstline.people.tables import teammate
from firstline.widget.rules import Point

TRANSCRIPT = 400
"""Messages of a conversation that go by mail."""
PAGE = 50
"""Entries shown at first and with each look further back."""
_SETTLED = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", BigInteger)


@dataclass(frozen=True)
class Line:
    """One entry as a visitor may see it; ``name`` is a teammate's first name or the agent's name."""

    id: str
    conversation: str
    seq: int
    kind: str
    by_kind: str
    name: str
    text: str
    data: Mapping[str, Any]
    at: datetime
    client_id: str | None
    delivery: str | None
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class Standing:
    """Who has the visitor's last conversation, as he is told."""

    conversation: str | None = None
    owner: str = "nobody"
    name: str = ""
    status: str = "none"
    asked: bool = False


@dataclass(frozen=True)
class Snapshot:
    """Everything a chat shows when it opens; ``cursor`` was taken first, so that nothing falls between."""

    cursor: Cursor
    conversations: tuple[str, ...]
    lines: tuple[Line, ...]
    more: bool
    standing: Standing


def _own(account_id: str, visitor_id: str) -> ColumnElement[bool]:
    return and_(conversation.c.channel_account_id == account_id, conversation.c.thread == visitor_id)


def _visible() -> ColumnElement[bool]:
    """Messages; a teammate who takes the conversation himself; that it was closed. Never comments, reasons or briefs."""
    to = entry.c.data["to"]
    joined = and_(
        entry.c.kind == "assignment",
        entry.c.by_kind == "teammate",
        to["kind"].astext == "teammate",
        to["id"].astext == entry.c.by_id,
    )
    closed = and_(entry.c.kind == "status", entry.c.data["to"].astext == "closed")
    return or_(entry.c.kind == "message", joined, closed)


def _lines() -> Select[Any]:
    return (
        select(entry, teammate.c.name.label("teammate_name"), agent.c.published["name"].astext.label("agent_name"))
        .join(conversation, conversation.c.id == entry.c.conversation_id)
        .outerjoin(teammate, and_(entry.c.by_kind == "teammate", teammate.c.id == entry.c.by_id))
        .outerjoin(agent, and_(entry.c.by_kind == "agent", agent.c.id == entry.c.by_id))
        .where(_visible())
    )


def _with_files(tx: Tx, rows: Sequence[Row[Any]]) -> tuple[Line, ...]:
    """The lines with those of their files that have come; one that is still fetched is told later, as a change."""
    files = attaching.of_entries(tx, [row.id for row in rows if row.kind == "message"])
    return tuple(_line(row, tuple(one for one in files.get(row.id, ()) if one.state == "ready")) for row in rows)


def _line(row: Row[Any], files: tuple[File, ...]) -> Line:
    kind = {"assignment": "joined", "status": "closed"}.get(row.kind, "message")
    name = row.agent_name or first_name(row.teammate_name)
    return Line(
        row.id,
        row.conversation_id,
        row.seq,
        kind,
        row.by_kind,
        name,
        row.text,
        row.data,
        row.at,
        row.client_id,
        row.delivery,
        files,
    )


def first_name(name: str | None) -> str:
    """How a teammate is called before customers."""
    return name.split(maxsplit=1)[0] if name and name.strip() else ""


def snapshot(tx: Tx, account_id: str, visitor_id: str) -> Snapshot:
    """What a visitor sees when his chat opens."""
    cursor = last_settled(tx)
    found = tx.rows(select(conversation.c.id).where(_own(account_id, visitor_id)).order_by(conversation.c.id.desc()).limit(20))
    ids = tuple(row.id for row in found)
    if not ids:
        return Snapshot(cursor, (), (), False, Standing())
    now = standing(tx, ids[0])
    lines, more = earlier(tx, account_id, visitor_id, None)
    return Snapshot(cursor, ids, lines, more, now)


def newest(tx: Tx, account_id: str, visitor_id: str) -> str | None:
    """A visitor's last conversation."""
    found: str | None = tx.scalar(
        select(conversation.c.id).where(_own(account_id, visitor_id)).order_by(conversation.c.id.desc()).limit(1)
    )
    return found


def said_in(tx: Tx, conversation_id: str) -> tuple[Line, ...]:
    """The newest messages of a conversation that its customer may see, at most :data:`TRANSCRIPT`, oldest first."""
    query = _lines().where(entry.c.conversation_id == conversation_id, entry.c.kind == "message")
    return _with_files(tx, tx.rows(query.order_by(entry.c.seq.desc()).limit(TRANSCRIPT))[::-1])


def is_new_here(tx: Tx, account_id: str, visitor_id: str) -> bool:
    """Whether a visitor has not written in this chat yet."""
    return tx.row(select(conversation.c.id).where(_own(account_id, visitor_id)).limit(1)) is None


def earlier(tx: Tx, account_id: str, visitor_id: str, before: Point | None) -> tuple[tuple[Line, ...], bool]:
    """The last lines before a place, oldest first, and whether there are more before those."""
    place = tuple_(entry.c.conversation_id, entry.c.seq)
    query = (
        _lines().where(_own(account_id, visitor_id)).order_by(entry.c.conversation_id.desc(), entry.c.seq.desc()).limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(place < (before.conversation, before.seq))
    rows = tx.rows(query)
    return _with_files(tx, rows[PAGE - 1 :: -1]), len(rows) > PAGE


def standing(tx: Tx, conversation_id: str) -> Standing:
    """Who has a conversation. A teammate counts as there once he took it himself or has written; before, he was asked."""
    c = conversation.c
    came = exists().where(
        entry.c.conversation_id == c.id,
        entry.c.by_kind == "teammate",
        entry.c.by_id == c.owner_id,
        entry.c.at >= c.owner_since,
        _visible(),
    )
    handed = exists().where(entry.c.conversation_id == c.id, entry.c.kind == "handoff", entry.c.seq > c.engagement_seq)
    row = tx.row(
        select(
            c.status,
            c.owner_kind,
            teammate.c.name.label("teammate_name"),
            agent.c.published["name"].astext.label("agent_name"),
            came.label("came"),
            handed.label("handed"),
        )
        .outerjoin(teammate, and_(c.owner_kind == "teammate", teammate.c.id == c.owner_id))
        .outerjoin(agent, and_(c.owner_kind == "agent", agent.c.id == c.owner_id))
        .where(c.id == conversation_id)
    )
    if row is None:
        return Standing()
    if row.status == "closed":
        return Standing(conversation_id, "nobody", "", "closed")
    if row.owner_kind == "teammate":
        return (
            Standing(conversation_id, "teammate", first_name(row.teammate_name), "open") if row.came else _waits(conversation_id)
        )
    if row.owner_kind == "team" or (row.owner_kind == "nobody" and row.handed):
        return _waits(conversation_id)
    return Standing(conversation_id, row.owner_kind, row.agent_name or "", "open")


def _waits(conversation_id: str) -> Standing:
    return Standing(conversation_id, "team", "", "open", asked=True)


@dataclass(frozen=True)
class Changed:
    """What a visitor is to be told of one conversation."""

    lines: tuple[Line, ...]
    standing: Standing


def changes(tx: Tx, wanted: Mapping[str, tuple[int, Collection[str]]]) -> dict[str, Changed]:
    """For each conversation: its lines after a number, those with the given ids, and who has it now.

    Who has it is read first, so that nobody is announced as the owner before the line that says he joined.
    """
    found = {}
    for conversation_id, (after, ids) in wanted.items():
        now = standing(tx, conversation_id)
        query = (
            _lines()
            .where(entry.c.conversation_id == conversation_id, or_(entry.c.seq > after, entry.c.id.in_(ids)))
            .order_by(entry.c.seq)
        )
        found[conversation_id] = Changed(_with_files(tx, tx.rows(query)), now)
    return found


def visitors_of(tx: Tx, conversation_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Account and visitor of each conversation that a visitor began."""
    c = conversation.c
    rows = tx.rows(select(c.id, c.channel_account_id, c.thread).where(c.id.in_(conversation_ids), c.thread.is_not(None)))
    return {row.id: (row.channel_account_id, row.thread) for row in rows}


def moved_since(tx: Tx, account_id: str, visitor_id: str, cursor: Cursor) -> bool:
    """Whether anything happened in a visitor's conversations after the cursor."""
    own = select(conversation.c.id).where(_own(account_id, visitor_id))
    query = select(event.c.id).where(
        event.c.subject.in_(own), tuple_(event.c.xid, event.c.id) > (cursor.xid, cursor.id), event.c.xid < _SETTLED
    )
    return tx.row(query.limit(1)) is not None


def unread(tx: Tx, account_id: str, visitor_id: str, upto: Point) -> Sequence[str]:
    """Ids of messages to the visitor, up to a place, that are not marked as read."""
    query = (
        select(entry.c.id)
        .join(conversation, conversation.c.id == entry.c.conversation_id)
        .where(
            _own(account_id, visitor_id),
            entry.c.direction == "out",
            entry.c.delivery.in_(("sent", "delivered", "sending", "pending", "unknown")),
            entry.c.conversation_id == upto.conversation,
            entry.c.seq <= upto.seq,
        )
        .order_by(entry.c.seq)
    )
    return [row.id for row in tx.rows(query)]


def is_own_answer(tx: Tx, account_id: str, visitor_id: str, entry_id: str) -> bool:
    """Whether an entry is an answer of the agent to this visitor."""
    query = (
        select(entry.c.id)
        .join(conversation, conversation.c.id == entry.c.conversation_id)
        .where(_own(account_id, visitor_id), entry.c.id == entry_id, entry.c.kind == "message", entry.c.by_kind == "agent")
    )
    return tx.row(query) is not None
