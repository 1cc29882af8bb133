"""Questions about clocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, exists, func, select

from firstline.agent.tables import agent
from firstline.channels.accounts import family_of
from firstline.clocks.policy import DEFAULTS, Policy, default_of
from firstline.clocks.rules import State, Step, Waits
from firstline.clocks.tables import clock, clock_policy
from firstline.contacts.tables import contact
from firstline.conversations.queries import last_heard
from firstline.conversations.record import conversation_of
from firstline.conversations.rules import Conversation
from firstline.conversations.sight import seen_by
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.people.rules import Actor


@dataclass(frozen=True)
class Clock:
    """What comes next in a conversation, and when."""

    conversation_id: str
    waits: Waits
    since: datetime
    step: Step
    due_at: datetime
    done: Mapping[Step, datetime]


@dataclass(frozen=True)
class Overdue:
    """A conversation whose customer has waited too long for people."""

    conversation: Conversation
    since: datetime
    customer: str


_CLOCK = select(clock).where(clock.c.conversation_id == bindparam("one"))


def clock_of(tx: Tx, conversation_id: str) -> Clock | None:
    """The clock of a conversation; closed ones have none."""
    row = tx.row(_CLOCK, {"one": conversation_id})
    return _clock(row) if row else None


def due(tx: Tx, limit: int = 100) -> Sequence[str]:
    """Conversations whose clock has run out, the longest first."""
    query = select(clock.c.conversation_id).where(clock.c.due_at <= tx.now).order_by(clock.c.due_at).limit(limit)
    return [row.conversation_id for row in tx.rows(query)]


def without(tx: Tx, limit: int = 200) -> Sequence[str]:
    """Open conversations without a clock: those from before there were any."""
    query = (
        select(conversation.c.id)
        .outerjoin(clock, clock.c.conversation_id == conversation.c.id)
        .where(conversation.c.status == "open", clock.c.conversation_id.is_(None))
        .limit(limit)
    )
    return [row.id for row in tx.rows(query)]


def wound(tx: Tx) -> Sequence[str]:
    """Every conversation that has a clock."""
    return [row.conversation_id for row in tx.rows(select(clock.c.conversation_id).order_by(clock.c.conversation_id))]


def overdue(tx: Tx, viewer: Actor) -> Sequence[Overdue]:
    """The conversations that the viewer may see and of which people were alerted, the longest waiting first."""
    query = (
        select(conversation, clock.c.since, contact.c.name, contact.c.email)
        .join(clock, clock.c.conversation_id == conversation.c.id)
        .join(contact, contact.c.id == conversation.c.contact_id)
        .where(*_overdue(viewer))
        .order_by(clock.c.since, conversation.c.id)
    )
    return [Overdue(conversation_of(row), row.since, row.name or row.email or "") for row in tx.rows(query)]


def overdue_ids(tx: Tx, viewer: Actor) -> Sequence[str]:
    """Their ids."""
    query = select(conversation.c.id).join(clock, clock.c.conversation_id == conversation.c.id).where(*_overdue(viewer))
    return [row.id for row in tx.rows(query)]


def _overdue(viewer: Actor) -> tuple[ColumnElement[bool], ...]:
    return (clock.c.waits == Waits.PEOPLE.value, clock.c.done.has_key(Step.ALERT.value), seen_by(viewer))


def policy_of(tx: Tx, family: str) -> Policy:
    """The policy of a channel family."""
    return _policy(family, tx.scalar(select(clock_policy.c.changed).where(clock_policy.c.family == family)))


def _policy(family: str, changed: Mapping[str, Any] | None) -> Policy:
    otherwise = default_of(family)
    return Policy.model_validate({**otherwise.model_dump(), **changed}) if changed else otherwise


def policy_for(tx: Tx, channel_account_id: str, agent_id: str | None) -> Policy:
    """The policy of a conversation: that of its channel family, and what its agent does otherwise where it holds it (ID4)."""
    family = tx.once(family_of, channel_account_id) or "chat"
    policy = tx.once(policy_of, family)
    chosen = tx.scalar(select(agent.c.channels).where(agent.c.id == agent_id)) if agent_id is not None else None
    silence = ((chosen or {}).get("silence") or {}).get(family) or {}
    close = silence.get("close") or policy.close
    remind = policy.remind if silence.get("remind") is None else silence["remind"] or None
    return policy.model_copy(update={"close": close, "remind": remind if remind is not None and remind < close else None})


def policies(tx: Tx) -> Mapping[str, Policy]:
    """Every family's."""
    return {family: policy_of(tx, family) for family in DEFAULTS}


def state_of(tx: Tx, row: Row[Any]) -> State:
    """An open conversation's row as its clock sees it."""
    by_agent = row.owner_kind == "agent"
    settled = max(row.agent_seq, _answered_by_people(tx, row.id)) if by_agent else 0
    pending = last_heard(tx, row.id) > settled if by_agent else row.waiting_since is not None
    since = _heard_since(tx, row, settled) if by_agent and pending else row.waiting_since if pending else _said_last(tx, row)
    before = tx.row(_CLOCK, {"one": row.id})
    state = State(
        owner=row.owner_kind,
        since=since,
        owner_since=row.owner_since,
        pending=pending,
        accepted=row.owner_kind == "teammate" and _has_written(tx, row),
        put_off_until=row.snoozed_until,
    )
    if before is None or before.waits != state.waits or before.since != since:
        return state
    return replace(state, done=_clock(before).done)


def _answered_by_people(tx: Tx, conversation_id: str) -> int:
    query = select(func.max(entry.c.seq)).where(
        entry.c.conversation_id == conversation_id, entry.c.direction == "out", entry.c.by_kind == "teammate"
    )
    return int(tx.scalar(query) or 0)


def _heard_since(tx: Tx, row: Row[Any], settled: int) -> datetime:
    """When the customer wrote the first message that nobody has dealt with."""
    query = select(func.min(entry.c.at)).where(
        entry.c.conversation_id == row.id, entry.c.direction == "in", entry.c.quiet.is_(False), entry.c.seq > settled
    )
    found: datetime = tx.scalar(query) or row.owner_since
    return found


def _said_last(tx: Tx, row: Row[Any]) -> datetime:
    """When anybody last said something; what a clock says by itself does not count."""
    query = select(func.max(entry.c.at)).where(
        entry.c.conversation_id == row.id, entry.c.kind == "message", ~entry.c.data.has_key("clock")
    )
    said: datetime | None = tx.scalar(query)
    owned: datetime = row.owner_since
    return max(said, owned) if said else owned


def _has_written(tx: Tx, row: Row[Any]) -> bool:
    written = exists().where(
        entry.c.conversation_id == row.id,
        entry.c.direction == "out",
        entry.c.by_kind == "teammate",
        entry.c.by_id == row.owner_id,
        entry.c.epoch == row.epoch,
    )
    return bool(tx.scalar(select(written)))


def _clock(row: Row[Any]) -> Clock:
    done = {Step(step): datetime.fromisoformat(at) for step, at in row.done.items()}
    return Clock(row.conversation_id, Waits(row.waits), row.since, Step(row.step), row.due_at, done)


def as_json(found: Clock) -> dict[str, Any]:
    """As REST shows it."""
    return {
        "conversation_id": found.conversation_id,
        "waits_for": found.waits.value,
        "since": found.since,
        "next": found.step.value,
        "due_at": found.due_at,
        "done": {step.value: at for step, at in found.done.items()},
    }
