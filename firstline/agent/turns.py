"""The turn's transactions: beginning one, keeping its journal, ending it under the owner fence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from firstline.agent import queries as agents
from firstline.agent.brief import language_name
from firstline.agent.queries import Agent
from firstline.agent.tables import turn, turn_step
from firstline.contacts.queries import who_is
from firstline.contacts.rules import Contact
from firstline.conversations import handoff, queries, replying
from firstline.conversations.ownership import Reason, require_workspace
from firstline.conversations.record import locked, settle
from firstline.conversations.rules import Conversation, Entry, Owner
from firstline.conversations.tables import entry
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, NotFound, TakenOver
from firstline.kit.ids import new_id
from firstline.knowledge.commands import cited
from firstline.people.rules import Actor
from firstline.routing.receivers import assigning, receiver_of_handoff

HISTORY = 40
"""Messages of the present engagement that a turn looks at."""


class Superseded(Exception):
    """Something newer came in while the agent thought; what it thought is not said."""


@dataclass(frozen=True)
class Begun:
    """A turn that has begun: what it answers, for whom, and what it has done already."""

    turn_id: str
    conversation: Conversation
    contact: Contact
    agent: Agent
    said: tuple[Entry, ...]
    from_seq: int
    upto_seq: int
    attempts: int
    steps: Mapping[str, Any]

    @property
    def new(self) -> tuple[Entry, ...]:
        """The customer's messages that wait for an answer."""
        return tuple(
            one for one in self.said if one.direction == "in" and not one.quiet and self.from_seq < one.seq <= self.upto_seq
        )

    @property
    def by(self) -> Actor:
        """The agent as the one who acts."""
        return Actor.agent(self.agent.id, self.agent.published.name)


def begin(tx: Tx, conversation_id: str) -> Begun | None:
    """Begin a turn, or go on with the one that a crash left; None when there is nothing for the agent to say."""
    try:
        found = locked(tx, conversation_id)
        if not found.held_by_agent or found.owner.id is None:
            _end_thinking(tx, conversation_id, "superseded", "somebody else has the conversation")
            return None
        agent = agents.which(tx, found.owner.id)
    except NotFound:
        return None
    upto, since = queries.last_heard(tx, conversation_id), answered_upto(tx, found)
    if upto <= since:
        settle(tx, conversation_id, upto)
        _end_thinking(tx, conversation_id, "superseded", "nothing is left to answer")
        return None
    settled = min(queries.engagement_start(tx, conversation_id), since)
    said = queries.said(tx, conversation_id, after=settled, limit=HISTORY)
    going = tx.row(select(turn).where(turn.c.conversation_id == conversation_id, turn.c.state == "thinking"))
    if going is not None and (going.epoch, going.upto_seq, going.agent_id) == (found.epoch, upto, agent.id):
        turn_id, attempts = going.id, going.attempts + 1
        tx.execute(update(turn).where(turn.c.id == turn_id).values(attempts=attempts))
        rows = tx.rows(select(turn_step.c.step, turn_step.c.data).where(turn_step.c.turn_id == turn_id))
        steps = {row.step: row.data for row in rows}
    else:
        _end_thinking(tx, conversation_id, "superseded", "the customer wrote again")
        turn_id, attempts, steps = new_id("trn"), 1, {}
        tx.execute(
            insert(turn).values(
                id=turn_id,
                conversation_id=conversation_id,
                agent_id=agent.id,
                epoch=found.epoch,
                from_seq=since,
                upto_seq=upto,
                state="thinking",
                started_at=tx.now,
            )
        )
    contact = who_is(tx, found.contact_id)
    return Begun(turn_id, found, contact, agent, tuple(said), since, upto, attempts, steps)


def answered_upto(tx: Tx, found: Conversation) -> int:
    """The entry number up to which somebody has dealt with the customer: the agent, or a human's reply."""
    human = tx.scalar(
        select(entry.c.seq)
        .where(entry.c.conversation_id == found.id, entry.c.direction == "out", entry.c.by_kind == "teammate")
        .order_by(entry.c.seq.desc())
        .limit(1)
    )
    return max(found.agent_seq, human or 0)


def note(tx: Tx, turn_id: str, step: str, data: Mapping[str, Any], ms: int) -> None:
    """Write a finished step into the journal."""
    written = pg_insert(turn_step).values(turn_id=turn_id, step=step, data=dict(data), ms=ms, at=tx.now)
    tx.execute(written.on_conflict_do_nothing())


def say(
    tx: Tx,
    begun: Begun,
    text: str,
    data: Mapping[str, Any],
    *,
    decision: str,
    trace: Mapping[str, Any],
    also: Callable[[Tx], None] = lambda tx: None,
) -> Entry:
    """Commit a reply under the fence, and what is written with it.

    :raises TakenOver: if somebody else has the word. :raises Superseded: if the customer wrote again.
    """
    found = _fenced(tx, begun)
    written = replying.agent_reply(tx, found, text, begun.by, data, turn_id=begun.turn_id)
    cited(tx, [citation["source_id"] for citation in data.get("citations", ())])
    also(tx)
    _end(tx, begun, decision, trace)
    return written


def act(tx: Tx, begun: Begun, trace: Mapping[str, Any], also: Callable[[Tx], None]) -> None:
    """Commit that an action is made: nothing is said yet, a job makes the call and tells what came of it."""
    _fenced(tx, begun)
    also(tx)
    _end(tx, begun, "act", trace)


def hand_off(
    tx: Tx,
    begun: Begun,
    *,
    reason: Mapping[str, str],
    brief: Mapping[str, Any],
    destination: Owner,
    destination_reasons: tuple[Reason, ...],
    message: str | None,
    trace: Mapping[str, Any],
    workspace: str | None = None,
) -> Entry:
    """Commit a handoff under the fence; what the customer is told goes out in the same act."""
    _fenced(tx, begun)
    written = handoff.hand_off(
        tx,
        begun.conversation.id,
        epoch=begun.conversation.epoch,
        by=begun.by,
        reason=reason,
        brief=brief,
        destination=destination,
        destination_reasons=destination_reasons,
        message=message,
        turn_id=begun.turn_id,
        workspace=workspace,
    )
    _end(tx, begun, "handoff", trace)
    return written


def keep(
    tx: Tx, begun: Begun, *, reason: Mapping[str, str], brief: Mapping[str, Any], message: str, trace: Mapping[str, Any]
) -> Entry:
    """Commit that the agent could not help and keeps the conversation (HO3)."""
    found = _fenced(tx, begun)
    written = handoff.note_kept(tx, found, by=begun.by, reason=reason, brief=brief, message=message, turn_id=begun.turn_id)
    _end(tx, begun, "kept", trace)
    return written


def let_go(tx: Tx, conversation_id: str, by: Actor, why: str, code: str = "by_teammate") -> Entry:
    """The agent is made to hand over: to whom the settings say, with a brief, without a message of the agent's.

    :raises Conflict: if the agent does not hold the conversation.
    """
    found = locked(tx, conversation_id)
    require_workspace(tx, found, by)
    if not found.held_by_agent or found.owner.id is None:
        raise Conflict("The agent does not have this conversation, so it has nothing to hand over.")
    assigning(tx)
    agent = agents.which(tx, found.owner.id)
    receiver = receiver_of_handoff(tx, found, agent.handoff.destination)
    return handoff.hand_off(
        tx,
        conversation_id,
        epoch=found.epoch,
        by=by,
        reason={"code": code, "text": why},
        brief={"wants": found.subject, "language": language_name(found.language) if found.language else ""},
        destination=receiver.owner,
        destination_reasons=receiver.reasons,
    )


def hand_over_unsaid(tx: Tx, begun: Begun, why: str, code: str) -> None:
    """Commit that people get the conversation because nothing of the agent's could reach the customer now."""
    _fenced(tx, begun)
    let_go(tx, begun.conversation.id, Actor.system(), why, code)
    _end(tx, begun, "handoff", {"not_said": why})


def stay_quiet(tx: Tx, begun: Begun, trace: Mapping[str, Any]) -> None:
    """Commit that nothing needs to be said."""
    _fenced(tx, begun)
    _end(tx, begun, "quiet", trace)


def _fenced(tx: Tx, begun: Begun) -> Conversation:
    found = locked(tx, begun.conversation.id)
    state = tx.scalar(select(turn.c.state).where(turn.c.id == begun.turn_id))
    if state != "thinking":
        raise TakenOver(f"Turn {begun.turn_id} has ended already.")
    replying.fence(found, begun.conversation.epoch)
    if queries.last_heard(tx, found.id) > begun.upto_seq:
        raise Superseded(f"Conversation {found.id} went on after entry {begun.upto_seq}.")
    return found


def _end(tx: Tx, begun: Begun, decision: str, trace: Mapping[str, Any]) -> None:
    settle(tx, begun.conversation.id, begun.upto_seq)
    tx.execute(
        update(turn)
        .where(turn.c.id == begun.turn_id)
        .values(state="committed", decision=decision, trace=dict(trace), ended_at=tx.now)
    )


def drop(tx: Tx, begun: Begun, why: str, trace: Mapping[str, Any]) -> None:
    """Keep a draft that was not said, with the reason."""
    tx.execute(
        update(turn)
        .where(turn.c.id == begun.turn_id, turn.c.state == "thinking")
        .values(state="superseded", trace={**trace, "not_said": why}, ended_at=tx.now)
    )


def abandon(tx: Tx, conversation_id: str, why: str) -> None:
    """End whatever turn still thinks: it is not said."""
    _end_thinking(tx, conversation_id, "superseded", why)


def _end_thinking(tx: Tx, conversation_id: str, state: str, why: str) -> None:
    tx.execute(
        update(turn)
        .where(turn.c.conversation_id == conversation_id, turn.c.state == "thinking")
        .values(state=state, trace={"not_said": why}, ended_at=tx.now)
    )
