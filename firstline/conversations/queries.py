"""Questions about conversations."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnClause, ColumnElement, and_, case, func, literal, literal_column, or_, select, true, union

from firstline.contacts.queries import has_about_them, number_of
from firstline.contacts.tables import contact
from firstline.conversations.record import conversation_of, entry_of
from firstline.conversations.rules import Conversation, Entry, EntryKind
from firstline.conversations.sight import seen_by
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, NotFound
from firstline.kit.searching import has_part
from firstline.people.rules import Actor
from firstline.people.tables import membership

FREQUENT = 10_000
"""Messages with a word from which on it is a frequent one: it is found sooner in the newest conversations than by its index."""
_SIMPLE: ColumnClause[Any] = literal_column("'simple'::regconfig")
VIEWS = ("mine", "unassigned", "agent", "team", "snoozed", "all", "closed")


@dataclass(frozen=True)
class Line:
    """A conversation as lists show it."""

    conversation: Conversation
    contact_name: str | None
    contact_email: str | None
    contact_number: str | None = None
    """A phone number, as it is kept, of somebody of whom neither is known."""


def which(tx: Tx, conversation_id: str, viewer: Actor | None = None) -> Conversation:
    """One conversation.

    :raises NotFound: if there is none, or the viewer may not see it.
    """
    query = select(conversation).where(conversation.c.id == conversation_id)
    row = tx.row(query if viewer is None else query.where(seen_by(viewer)))
    if row is None:
        raise NotFound(f"There is no conversation {conversation_id}.")
    return conversation_of(row)


def _view(view: str, viewer: Actor, team_id: str | None) -> ColumnElement[bool]:
    c = conversation.c
    is_open = and_(c.status == "open", c.snoozed_until.is_(None))
    if view == "snoozed":
        return and_(c.status == "open", c.snoozed_until.is_not(None))
    if view == "mine":
        return and_(is_open, c.owner_kind == "teammate", c.owner_id == viewer.id)
    if view == "unassigned":
        return and_(is_open, c.owner_kind.in_(("nobody", "team")))
    if view == "agent":
        return and_(is_open, c.owner_kind == "agent")
    if view == "team":
        mates = select(membership.c.teammate_id).where(membership.c.team_id == team_id)
        return and_(
            is_open,
            or_(
                and_(c.owner_kind == "team", c.owner_id == team_id),
                and_(c.owner_kind == "teammate", c.owner_id.in_(mates)),
            ),
        )
    if view == "closed":
        return c.status == "closed"
    if view == "all":
        return true()
    raise Invalid(f"There is no view “{view[:60]}”. Choose one of {', '.join(VIEWS)}, or overdue.", field="view")


def lines(
    tx: Tx,
    viewer: Actor,
    *,
    view: str = "all",
    team_id: str | None = None,
    status: str | None = None,
    channel_account_id: str | None = None,
    contact_id: str | None = None,
    words: str = "",
    only: Collection[str] | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> Sequence[Line]:
    """The conversations of a view that the viewer may see, last changed first; ``before`` continues a list.

    :param only: of these ids only.
    """
    c = conversation.c
    query = (
        select(
            conversation,
            contact.c.name.label("contact_name"),
            contact.c.email.label("contact_email"),
            case((and_(contact.c.name.is_(None), contact.c.email.is_(None)), number_of(c.contact_id))).label("contact_number"),
        )
        .join(contact, contact.c.id == c.contact_id)
        .where(_view(view, viewer, team_id), seen_by(viewer))
        .order_by(c.updated_at.desc(), c.id.desc())
        .limit(limit)
    )
    if status is not None:
        query = query.where(c.status == status)
    if channel_account_id is not None:
        query = query.where(c.channel_account_id == channel_account_id)
    if contact_id is not None:
        query = query.where(c.contact_id == contact_id)
    if only is not None:
        query = query.where(c.id.in_(only))
    if before is not None:
        query = query.where(
            or_(
                c.updated_at < before[0],
                and_(c.updated_at == before[0], c.id < before[1]),
            )
        )
    if words.strip():
        query = query.where(_about(tx, words))
    return [Line(conversation_of(row), row.contact_name, row.contact_email, row.contact_number) for row in tx.rows(query)]


def _about(tx: Tx, words: str) -> ColumnElement[bool]:
    """Words of a message (full text), or a part of subject, name or address. Each is found by an index of its own."""
    c = conversation.c
    theirs = select(c.id).where(c.contact_id.in_(has_about_them(words)))
    named = union(select(c.id).where(has_part(words, c.subject)), theirs)
    says = func.to_tsvector(_SIMPLE, entry.c.text).op("@@")(func.plainto_tsquery(_SIMPLE, words))
    some = select(literal(1)).where(says).limit(FREQUENT + 1).subquery()
    if int(tx.scalar(select(func.count()).select_from(some))) <= FREQUENT:
        return c.id.in_(union(select(entry.c.conversation_id).where(says), named))
    # The newest conversations are looked through instead; LIMIT keeps the server from gathering all messages first.
    said = select(literal(1)).where(entry.c.conversation_id == c.id, says).limit(1).scalar_subquery()
    return or_(said.is_not(None), c.id.in_(named))


def counts(tx: Tx, viewer: Actor) -> dict[str, int]:
    """How many open conversations each view has."""
    c = conversation.c
    views = ("mine", "unassigned", "agent", "snoozed")
    columns = [func.count().filter(_view(view, viewer, None)).label(view) for view in views]
    row = tx.row(select(*columns).where(c.status == "open", seen_by(viewer)))
    return {view: int(getattr(row, view)) for view in views} if row else dict.fromkeys(views, 0)


def team_counts(tx: Tx, viewer: Actor, team_ids: Sequence[str]) -> dict[str, int]:
    """How many open conversations each team has, with those of its members."""
    found = {}
    for team_id in team_ids:
        query = select(func.count()).where(_view("team", viewer, team_id), seen_by(viewer))
        found[team_id] = int(tx.scalar(query) or 0)
    return found


def timeline(tx: Tx, conversation_id: str, *, after: int = 0, limit: int = 500) -> Sequence[Entry]:
    """The entries of a conversation after a number, oldest first."""
    query = (
        select(entry).where(entry.c.conversation_id == conversation_id, entry.c.seq > after).order_by(entry.c.seq).limit(limit)
    )
    return [entry_of(row) for row in tx.rows(query)]


def one_entry(tx: Tx, entry_id: str) -> Entry:
    """One entry.

    :raises NotFound: if there is none.
    """
    row = tx.row(select(entry).where(entry.c.id == entry_id))
    if row is None:
        raise NotFound(f"There is no entry {entry_id}.")
    return entry_of(row)


def said(tx: Tx, conversation_id: str, *, after: int = 0, limit: int = 60) -> Sequence[Entry]:
    """The last messages both ways after a number, oldest first."""
    query = (
        select(entry)
        .where(
            entry.c.conversation_id == conversation_id,
            entry.c.kind == EntryKind.MESSAGE.value,
            entry.c.seq > after,
        )
        .order_by(entry.c.seq.desc())
        .limit(limit)
    )
    return [entry_of(row) for row in reversed(tx.rows(query))]


def last_heard(tx: Tx, conversation_id: str) -> int:
    """The number of the customer's last message that may be answered, 0 if there is none."""
    query = select(func.max(entry.c.seq)).where(
        entry.c.conversation_id == conversation_id, entry.c.direction == "in", entry.c.quiet.is_(False)
    )
    return int(tx.scalar(query) or 0)


def engagement_start(tx: Tx, conversation_id: str) -> int:
    """The entry number after which the present engagement counts; what was before is history that was settled."""
    return int(tx.scalar(select(conversation.c.engagement_seq).where(conversation.c.id == conversation_id)) or 0)


def held_by(tx: Tx, agent_id: str | None = None) -> int:
    """How many open conversations the agent holds, of one agent or all."""
    query = select(func.count()).where(conversation.c.status == "open", conversation.c.owner_kind == "agent")
    if agent_id is not None:
        query = query.where(conversation.c.owner_id == agent_id)
    return int(tx.scalar(query) or 0)
