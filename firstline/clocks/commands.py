"""Winding clocks as conversations go on, letting them ring, and changing the policies."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from firstline.clocks import steps
from firstline.clocks.policy import Policy, checked, default_of
from firstline.clocks.queries import policy_for, policy_of, state_of
from firstline.clocks.rules import Ring, State, Step, next_ring
from firstline.clocks.tables import clock, clock_policy
from firstline.conversations.record import row_locked
from firstline.kit.database import Event, Tx
from firstline.kit.events import emit
from firstline.people import audit
from firstline.people.availability.queries import the_business_hours
from firstline.people.rules import Actor, Permission
from firstline.routing.surroundings import Surroundings

PUT_OFF = timedelta(minutes=1)
"""How long a clock waits whose step failed, doubled with each failure."""
MOST_FAILURES = 8


def wind_after(tx: Tx, event: Event) -> None:
    """Follows whatever changes whose turn it is in a conversation."""
    wind(tx, event.subject)


def wind(tx: Tx, conversation_id: str) -> Ring | None:
    """Set a conversation's clock to its next step; a closed one has none."""
    row = _open(tx, conversation_id)
    if row is None:
        tx.execute(delete(clock).where(clock.c.conversation_id == conversation_id))
        return None
    return _set(tx, row, state_of(tx, row))


def ring(tx: Tx, around: Surroundings, conversation_id: str) -> Step | None:
    """Do the step that is due, and set the clock to the next one. Returns what was done: nothing, if somebody was faster."""
    row = _open(tx, conversation_id)
    if row is None:
        tx.execute(delete(clock).where(clock.c.conversation_id == conversation_id))
        return None
    state = state_of(tx, row)
    policy = policy_for(tx, row.channel_account_id, _agent(row))
    now = next_ring(state, policy, tx.once(the_business_hours))
    if now.at > tx.now:
        _set(tx, row, state)
        return None
    steps.take(tx, around, row.id, now.step, state)
    after = _open(tx, conversation_id)
    if after is not None:
        then = state_of(tx, after)
        if (then.waits, then.since) == (state.waits, state.since):  # the same wait goes on, with one step more behind it
            then = replace(then, done={**(state.done or {}), now.step: tx.now})
        _set(tx, after, then)
    return now.step


def put_off(tx: Tx, conversation_id: str) -> None:
    """A step failed: it is tried again later, and keeps nobody else up."""
    failures = tx.scalar(select(clock.c.failures).where(clock.c.conversation_id == conversation_id)) or 0
    pause = PUT_OFF * 2 ** min(int(failures), MOST_FAILURES)
    mine = clock.c.conversation_id == conversation_id
    tx.execute(update(clock).where(mine).values(due_at=tx.now + pause, failures=int(failures) + 1))


def set_policy(tx: Tx, family: str, values: Mapping[str, Any], *, by: Actor) -> Policy:
    """Change the minutes that are named of a channel family; it holds for clocks that are wound from now on.

    :raises Invalid: naming the field.
    """
    by.require(Permission.MANAGE_CHANNELS)
    before = policy_of(tx, family)
    after = checked(family, {**before.model_dump(), **values})
    changed = {name: value for name, value in after.model_dump().items() if value != getattr(default_of(family), name)}
    tx.execute(delete(clock_policy).where(clock_policy.c.family == family))
    if changed:
        tx.execute(upsert(clock_policy).values(family=family, changed=changed))
    if after != before:
        audit.record(tx, by, "clock_policy.set", family, before=before.model_dump(), after=after.model_dump())
        emit(tx, "clock_policy.changed", family)
    return after


def _agent(row: Row[Any]) -> str | None:
    """The agent that has the conversation."""
    return str(row.owner_id) if row.owner_kind == "agent" else None


def _open(tx: Tx, conversation_id: str) -> Row[Any] | None:
    """The row of an open conversation, locked."""
    row = row_locked(tx, conversation_id)
    return row if row is not None and row.status == "open" else None


_NEW = upsert(clock)
_WIND = _NEW.on_conflict_do_update(
    index_elements=["conversation_id"],
    set_={name: _NEW.excluded[name] for name in ("waits", "since", "step", "due_at", "done", "failures")},
)


def _set(tx: Tx, row: Row[Any], state: State) -> Ring:
    policy = policy_for(tx, row.channel_account_id, _agent(row))
    coming = next_ring(state, policy, tx.once(the_business_hours))
    values = {
        "waits": state.waits.value,
        "since": state.since,
        "step": coming.step.value,
        "due_at": coming.at,
        "done": {step.value: at.isoformat() for step, at in (state.done or {}).items()},
        "failures": 0,
    }
    tx.execute(_WIND, {"conversation_id": row.id, **values})
    return coming
