"""The calls of actions as rows: beginning, filling, deciding, ending; each change in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from firstline.agent.actions.commands import definition_of
from firstline.agent.actions.definition import Definition
from firstline.agent.actions.tables import action_call
from firstline.agent.tables import turn
from firstline.conversations.ownership import require_workspace
from firstline.conversations.record import locked, write
from firstline.conversations.rules import Conversation, EntryKind
from firstline.conversations.sight import seen_by
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.kit.jobs import defer
from firstline.people import audit
from firstline.people.rules import Actor

TALKING = ("collecting", "confirming", "verifying")
"""States in which the customer is asked for something."""
OPEN = (*TALKING, "approving", "ready", "running")
WAITS_FOR_PEOPLE = ("approving", "unknown")
"""States in which a teammate is asked: whether it is to be made, or whether it was."""
CONFIRMING = "action_confirm"
"""Code of the reason of a turn that asks the customer whether a call is to be made."""
APPROVAL_WAITS = timedelta(hours=4)
"""How long an approval is waited for before people get the conversation."""


@dataclass(frozen=True)
class Call:
    """One use of an action in a conversation, from the first input asked for to its outcome."""

    id: str
    action_id: str
    conversation_id: str
    contact_id: str
    turn_id: str | None
    epoch: int
    state: str
    asking: str | None
    asked: int
    arguments: Mapping[str, Any]
    confirmed: bool
    by_model: bool
    approved_by: str | None
    attempts: int
    facts: Mapping[str, str]
    reason: str | None
    started_at: datetime
    ended_at: datetime | None


def open_call(tx: Tx, found: Conversation) -> Call | None:
    """The call that is under way in a conversation. One whose customer was being asked while the word changed hands is over."""
    row = tx.row(select(action_call).where(action_call.c.conversation_id == found.id, action_call.c.state.in_(OPEN)))
    if row is None:
        return None
    if row.state in TALKING and row.epoch != found.epoch:
        end(tx, row.id, "cancelled", reason="somebody else had the conversation")
        return None
    return _call(row)


def asked_last(tx: Tx, found: Conversation) -> bool:
    """Whether the last that the customer was told is the question whether the call is to be made."""
    last = select(entry.c.turn_id).where(entry.c.conversation_id == found.id, entry.c.direction == "out")
    newest = last.order_by(entry.c.seq.desc()).limit(1).scalar_subquery()
    trace = tx.scalar(select(turn.c.trace).where(turn.c.id == newest))
    return any(one.get("code") == CONFIRMING for one in (trace or {}).get("reasons", ()))


def which(tx: Tx, call_id: str, *, lock: bool = False) -> Call:
    """One call.

    :raises NotFound: if there is none.
    """
    query = select(action_call).where(action_call.c.id == call_id)
    row = tx.row(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound(f"There is no call {call_id}.")
    return _call(row)


def calls_of(tx: Tx, action_id: str, viewer: Actor, limit: int = 50) -> Sequence[Call]:
    """The last calls of an action in conversations that the viewer may see, newest first."""
    query = select(action_call).join(conversation, conversation.c.id == action_call.c.conversation_id).where(seen_by(viewer))
    return [
        _call(row)
        for row in tx.rows(query.where(action_call.c.action_id == action_id).order_by(action_call.c.id.desc()).limit(limit))
    ]


def waiting_for_people(tx: Tx, viewer: Actor, state: str) -> Sequence[Call]:
    """Calls in one of the states of ``WAITS_FOR_PEOPLE`` that the viewer may decide on, oldest first."""
    query = select(action_call).join(conversation, conversation.c.id == action_call.c.conversation_id).where(seen_by(viewer))
    return [_call(row) for row in tx.rows(query.where(action_call.c.state == state).order_by(action_call.c.id))]


def undecided(tx: Tx, conversation_id: str) -> Mapping[str, str]:
    """The calls of a conversation that wait for a teammate, with their states."""
    query = select(action_call.c.id, action_call.c.state).where(action_call.c.state.in_(WAITS_FOR_PEOPLE))
    return {row.id: row.state for row in tx.rows(query.where(action_call.c.conversation_id == conversation_id))}


def card_that_waits(tx: Tx, call: Call) -> str | None:
    """The entry that shows a call as waiting: pages that are open show it anew."""
    e = entry.c
    query = select(e.id).where(e.conversation_id == call.conversation_id, e.kind == EntryKind.ACTION.value)
    query = query.where(e.data["call"].astext == call.id, e.data["state"].astext == call.state)
    found: str | None = tx.scalar(query.order_by(e.seq.desc()).limit(1))
    return found


def begin(
    tx: Tx, found: Conversation, action_id: str, arguments: Mapping[str, Any], turn_id: str, *, by_model: bool = False
) -> str:
    """A new call; its id is the idempotency key."""
    begun = new_id("acl")
    tx.execute(
        insert(action_call).values(
            id=begun,
            action_id=action_id,
            conversation_id=found.id,
            contact_id=found.contact_id,
            turn_id=turn_id,
            epoch=found.epoch,
            state="collecting",
            by_model=by_model,
            arguments=dict(arguments),
            started_at=tx.now,
        )
    )
    return begun


def go_on(tx: Tx, call_id: str, state: str, **changes: Any) -> None:
    """Keep how far a call is."""
    tx.execute(
        update(action_call).where(action_call.c.id == call_id, action_call.c.state.in_(OPEN)).values(state=state, **changes)
    )


def end(tx: Tx, call_id: str, state: str, *, reason: str | None = None, facts: Mapping[str, str] | None = None) -> None:
    """A call is over: done, failed, unknown, declined, cancelled or expired."""
    changes: dict[str, Any] = {"state": state, "reason": reason, "ended_at": tx.now, "asking": None}
    if facts is not None:
        changes["facts"] = dict(facts)
    tx.execute(update(action_call).where(action_call.c.id == call_id, action_call.c.state.in_(OPEN)).values(**changes))


def ready(tx: Tx, call_id: str, values: Mapping[str, Any], turn_id: str | None) -> None:
    """The call may be made: a job makes it."""
    go_on(tx, call_id, "ready", arguments=dict(values), asking=None, turn_id=turn_id)
    defer(tx, "agent.act", key=call_id, call_id=call_id)


def ask_approval(tx: Tx, call: Call, definition: Definition, values: Mapping[str, Any], by: Actor) -> None:
    """Teammates find the call in the conversation; when nobody decides in time, people get the conversation."""
    go_on(tx, call.id, "approving", arguments=dict(values), asking=None)
    write(
        tx,
        call.conversation_id,
        EntryKind.ACTION,
        by,
        definition.title,
        data={"call": call.id, "state": "approving", "arguments": dict(values), "action": definition.name},
    )
    emit(tx, "action.approval_wanted", call.conversation_id, call=call.id)
    defer(tx, "agent.approval_due", key=call.id, at=tx.now + APPROVAL_WAITS, call_id=call.id)


def approve(tx: Tx, call_id: str, *, by: Actor) -> None:
    """A teammate approves this very call.

    :raises Conflict: if it no longer waits for approval, or the conversation is closed. :raises Forbidden: without the workspace.
    """
    call = _to_decide(tx, call_id, by, while_open=True)
    go_on(tx, call.id, "approving", approved_by=by.id, decided_at=tx.now)
    ready(tx, call.id, call.arguments, call.turn_id)
    _decided(tx, call, "approved", by)


def decline(tx: Tx, call_id: str, *, by: Actor, reason: str = "") -> None:
    """A teammate declines; people tell the customer, so the conversation goes to them.

    :raises Conflict: if it no longer waits for approval. :raises Forbidden: without the workspace.
    """
    call = _to_decide(tx, call_id, by)
    go_on(tx, call.id, "approving", approved_by=None, decided_at=tx.now)
    end(tx, call.id, "declined", reason=" ".join(reason.split())[:300] or None)
    _decided(tx, call, "declined", by)
    defer(tx, "agent.act", key=call.id, call_id=call.id)


def _to_decide(tx: Tx, call_id: str, by: Actor, *, while_open: bool = False) -> Call:
    found = locked(tx, which(tx, call_id).conversation_id)
    require_workspace(tx, found, by)
    call = which(tx, call_id, lock=True)
    if call.state != "approving":
        raise Conflict(f"The call is {call.state}: there is nothing left to decide.")
    if while_open and found.status == "closed":
        # Nobody would tell the customer what came of it.
        raise Conflict("The conversation is closed. Reopen it first, or decline the call.")
    return call


def _decided(tx: Tx, call: Call, how: str, by: Actor) -> None:
    definition = definition_of(tx, call.action_id)
    data = {"call": call.id, "state": how, "arguments": dict(call.arguments), "action": definition.name}
    write(tx, call.conversation_id, EntryKind.ACTION, by, definition.title, data=data)
    # What was called with is in the conversation: this log is for other readers, and cannot be erased.
    audit.record(tx, by, f"action.{how}", call.action_id, after={"call": call.id})
    emit(tx, "action.decided", call.conversation_id, call=call.id, how=how, entry=card_that_waits(tx, call))


def _call(row: Row[Any]) -> Call:
    return Call(
        row.id,
        row.action_id,
        row.conversation_id,
        row.contact_id,
        row.turn_id,
        row.epoch,
        row.state,
        row.asking,
        row.asked,
        row.arguments,
        row.confirmed,
        row.by_model,
        row.approved_by,
        row.attempts,
        row.facts,
        row.reason,
        row.started_at,
        row.ended_at,
    )
