"""Which questions are open, grouped, and what teammates answered to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Text as SqlText
from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from firstline.contacts.tables import contact
from firstline.conversations.rules import EntryKind
from firstline.conversations.sight import seen_by
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.knowledge.gaps.grouping import groups
from firstline.knowledge.gaps.impersonal import impersonal
from firstline.knowledge.gaps.tables import gap
from firstline.people.rules import Actor

WINDOW = timedelta(days=30)
READ = 2_000
"""Gaps that are grouped: the newest."""


@dataclass(frozen=True)
class Gap:
    """One question without an answer."""

    id: str
    question: str
    language: str
    reason: str
    conversation_id: str
    at: datetime


@dataclass(frozen=True)
class Suggestion:
    """What a teammate answered in a conversation in which the question stayed open."""

    text: str
    teammate_id: str
    conversation_id: str


@dataclass(frozen=True)
class Topic:
    """Gaps of one matter. ``question`` is the most central one; ``suggestion`` a teammate's answer to draw from."""

    id: str
    question: str
    gaps: tuple[Gap, ...]
    first: datetime
    last: datetime
    suggestion: Suggestion | None


def topics(tx: Tx, viewer: Actor, *, agent_id: str | None = None, window: timedelta = WINDOW) -> Sequence[Topic]:
    """Open gaps of the last 30 days in topics, most asked first; only of conversations that the viewer may see.

    A gap whose vector is not written yet stands alone.
    """
    query = (
        select(gap, cast(gap.c.vector, SqlText).label("written"))
        .join(conversation, conversation.c.id == gap.c.conversation_id)
        .where(gap.c.state == "open", gap.c.at > tx.now - window, seen_by(viewer))
        .order_by(gap.c.at.desc(), gap.c.id)
        .limit(READ)
    )
    if agent_id is not None:
        query = query.where(gap.c.agent_id == agent_id)
    rows = tx.rows(query)
    placed = [row for row in rows if row.written]
    vectors = np.array([np.fromstring(row.written[1:-1], np.float32, sep=",") for row in placed], np.float32)
    together = [[placed[place] for place in group.members] for group in groups(vectors)]
    together += [[row] for row in rows if not row.written]
    answers = _answers(tx, [row.conversation_id for row in rows])
    return [_topic([_gap(row) for row in members], answers) for members in together]


def counts(tx: Tx, *, window: timedelta = WINDOW) -> Mapping[str, int]:
    """How many gaps of the last 30 days are in which state."""
    query = select(gap.c.state, func.count().label("there")).where(gap.c.at > tx.now - window).group_by(gap.c.state)
    return {row.state: row.there for row in tx.rows(query)}


def impersonal_questions(tx: Tx, gap_ids: Sequence[str]) -> Mapping[str, str]:
    """The questions of some gaps by their ids, without what is personal in them."""
    rows = tx.rows(
        select(gap.c.id, gap.c.question, contact.c.name, contact.c.email)
        .join(conversation, conversation.c.id == gap.c.conversation_id)
        .join(contact, contact.c.id == conversation.c.contact_id)
        .where(gap.c.id.in_(gap_ids))
        .order_by(gap.c.at, gap.c.id)
    )
    return {row.id: impersonal(row.question, [one for one in (row.name, row.email) if one]) for row in rows}


def _gap(row: object) -> Gap:
    return Gap(row.id, row.question, row.language, row.reason, row.conversation_id, row.at)  # type: ignore[attr-defined]


def _topic(members: Sequence[Gap], answers: Mapping[str, Suggestion]) -> Topic:
    suggestion = next((answers[one.conversation_id] for one in members if one.conversation_id in answers), None)
    times = [one.at for one in members]
    return Topic(members[0].id, members[0].question, tuple(members), min(times), max(times), suggestion)


def _answers(tx: Tx, conversation_ids: Sequence[str]) -> Mapping[str, Suggestion]:
    """The first reply of a teammate after the last gap of each conversation, if it is long enough to say something."""
    if not conversation_ids:
        return {}
    asked = (
        select(gap.c.conversation_id, func.max(gap.c.at).label("at"))
        .where(gap.c.conversation_id.in_(set(conversation_ids)))
        .group_by(gap.c.conversation_id)
        .subquery()
    )
    query = (
        select(entry.c.conversation_id, entry.c.text, entry.c.by_id)
        .join(asked, asked.c.conversation_id == entry.c.conversation_id)
        .where(
            entry.c.kind == EntryKind.MESSAGE.value,
            entry.c.direction == "out",
            entry.c.by_kind == "teammate",
            entry.c.at > asked.c.at,
            func.length(entry.c.text) >= 40,
        )
        .ext(distinct_on(entry.c.conversation_id))
        .order_by(entry.c.conversation_id, entry.c.seq)
    )
    return {row.conversation_id: Suggestion(row.text, row.by_id, row.conversation_id) for row in tx.rows(query)}
