"""Noting, settling, resolving and dismissing gaps."""

from collections.abc import Sequence

from sqlalchemy import insert, select, update

from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.kit.jobs import defer
from firstline.knowledge import answering
from firstline.knowledge.commands import add_short_answer
from firstline.knowledge.gaps import queries
from firstline.knowledge.gaps.tables import gap
from firstline.people import audit
from firstline.people.rules import Actor

LONGEST = 500
"""Characters of a question that are kept."""
MOST = 500
"""Gaps that one topic closes."""


def note(tx: Tx, *, agent_id: str, conversation_id: str, turn_id: str, question: str, language: str, reason: str) -> str | None:
    """Keep a question that was not answered; None where there is nothing to keep, or the conversation has the same one open."""
    plain = " ".join(question.split())[:LONGEST]
    if sum(letter.isalpha() for letter in plain) < 3:
        return None
    again = select(gap.c.id).where(gap.c.conversation_id == conversation_id, gap.c.question == plain, gap.c.state == "open")
    if tx.scalar(again) is not None:
        return None
    made = new_id("gap")
    tx.execute(
        insert(gap).values(
            id=made,
            agent_id=agent_id,
            conversation_id=conversation_id,
            turn_id=turn_id,
            question=plain,
            language=language,
            reason=reason,
            at=tx.now,
        )
    )
    defer(tx, "knowledge.place_gap", key=made, gap_id=made)
    return made


def settle(tx: Tx, conversation_id: str) -> None:
    """What was open in a conversation has been answered after all, by the agent."""
    tx.execute(
        update(gap)
        .where(gap.c.conversation_id == conversation_id, gap.c.state == "open")
        .values(state="answered", closed_at=tx.now)
    )


def resolve(tx: Tx, gap_ids: Sequence[str], question: str, answer: str, *, by: Actor, keep: bool = False) -> str:
    """Create a short answer and close the gaps of a topic with it; returns the source's id.

    :param keep: the questions, without what is personal in them, join those that the gate is fitted to.
    :raises Invalid: if question or answer cannot be right, or no gap is named. :raises NotFound: if one of them is not open.
    """
    _open(tx, gap_ids, by)
    made = add_short_answer(tx, question, answer, by=by)
    if keep:
        answering.add_questions(tx, _kept(tx, gap_ids, made), by=by, origin="conversation")
    _close(tx, gap_ids, "resolved", by, made)
    return made


def dismiss(tx: Tx, gap_ids: Sequence[str], *, by: Actor, keep: bool = False) -> None:
    """Take the gaps of a topic off the list: they are no matter for the content.

    :param keep: the questions, without what is personal in them, join those that nothing answers, which the gate is fitted to.
    """
    _open(tx, gap_ids, by)
    if keep:
        answering.add_questions(tx, _kept(tx, gap_ids, None), by=by, origin="conversation")
    _close(tx, gap_ids, "dismissed", by, None)


def reopen(tx: Tx, gap_ids: Sequence[str], *, by: Actor) -> None:
    """Put dismissed gaps back."""
    by.require_agent_editor()
    dismissed = (gap.c.id.in_(list(gap_ids)[:MOST]), gap.c.state == "dismissed")
    again = update(gap).where(*dismissed).values(state="open", closed_at=None, closed_by=None)
    if back := sorted(row.id for row in tx.rows(again.returning(gap.c.id))):
        audit.record(tx, by, "gaps.reopen", back[0], after={"gaps": back})


def _kept(tx: Tx, gap_ids: Sequence[str], source_id: str | None) -> list[answering.Known]:
    return [
        answering.Known(question, source_id) for question in dict.fromkeys(queries.impersonal_questions(tx, gap_ids).values())
    ]


def _open(tx: Tx, gap_ids: Sequence[str], by: Actor) -> None:
    by.require_agent_editor()
    if not gap_ids or len(gap_ids) > MOST:
        raise Invalid(f"Name 1 to {MOST} gaps.", field="ids")
    known = {row.id for row in tx.rows(select(gap.c.id).where(gap.c.id.in_(gap_ids), gap.c.state == "open").with_for_update())}
    if missing := [one for one in gap_ids if one not in known]:
        raise NotFound(f"There is no open gap {missing[0]}.")


def _close(tx: Tx, gap_ids: Sequence[str], state: str, by: Actor, source_id: str | None) -> None:
    tx.execute(
        update(gap).where(gap.c.id.in_(gap_ids)).values(state=state, source_id=source_id, closed_by=by.id, closed_at=tx.now)
    )
    audit.record(tx, by, f"gaps.{state}", source_id or gap_ids[0], after={"gaps": list(gap_ids)})
    emit(tx, "gaps.closed", gap_ids[0], how=state, count=len(gap_ids))
