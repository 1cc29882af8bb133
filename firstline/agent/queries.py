"""Questions about agents and their turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from firstline.agent.access import Permissions
from firstline.agent.channel_settings import ChannelSettings
from firstline.agent.handoff import HandoffSettings
from firstline.agent.rules import Profile
from firstline.agent.tables import agent, turn, turn_step
from firstline.conversations.tables import conversation
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound


@dataclass(frozen=True)
class Agent:
    """A customer agent: what is being edited, and what customers meet."""

    id: str
    draft: Profile
    published: Profile
    version: int
    published_at: datetime
    handoff: HandoffSettings
    created_at: datetime
    channels: ChannelSettings
    access: Permissions
    tested_at: datetime | None = None

    @property
    def changed(self) -> bool:
        """Whether the draft waits to be published."""
        return self.draft != self.published


def which(tx: Tx, agent_id: str) -> Agent:
    """One agent.

    :raises NotFound: if there is none.
    """
    row = tx.row(select(agent).where(agent.c.id == agent_id, agent.c.removed_at.is_(None)))
    if row is None:
        raise NotFound(f"There is no agent {agent_id}.")
    return _agent(row)


def agents(tx: Tx) -> Sequence[Agent]:
    """All agents, oldest first."""
    return [_agent(row) for row in tx.rows(select(agent).where(agent.c.removed_at.is_(None)).order_by(agent.c.id))]


def names(tx: Tx) -> dict[str, str]:
    """The published name of every agent there ever was, by id."""
    return {row.id: row.published.get("name", "Agent") for row in tx.rows(select(agent.c.id, agent.c.published))}


def holds(tx: Tx, agent_id: str) -> int:
    """How many open conversations an agent has."""
    mine = (conversation.c.status == "open", conversation.c.owner_kind == "agent", conversation.c.owner_id == agent_id)
    return int(tx.scalar(select(func.count()).select_from(conversation).where(*mine)) or 0)


def access_in(tx: Tx, conversation_id: str) -> Permissions:
    """What the agent that was last in a conversation may read and change."""
    query = select(agent.c.access).join(conversation, conversation.c.agent_id == agent.c.id)
    return Permissions.model_validate(tx.scalar(query.where(conversation.c.id == conversation_id)) or {})


def turn_of(tx: Tx, turn_id: str) -> dict[str, Any]:
    """Why a turn decided as it did: its trace and the journal of its steps (AN8).

    :raises NotFound: if there is none.
    """
    row = tx.row(select(turn).where(turn.c.id == turn_id))
    if row is None:
        raise NotFound(f"There is no turn {turn_id}.")
    steps = tx.rows(select(turn_step).where(turn_step.c.turn_id == turn_id).order_by(turn_step.c.at, turn_step.c.step))
    return {
        "id": row.id,
        "conversation_id": row.conversation_id,
        "agent_id": row.agent_id,
        "epoch": row.epoch,
        "state": row.state,
        "decision": row.decision,
        "attempts": row.attempts,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "trace": row.trace,
        "steps": [{"step": one.step, "ms": one.ms, "data": one.data} for one in steps],
    }


def turns_of(tx: Tx, conversation_id: str) -> Sequence[str]:
    """Ids of the turns of a conversation, newest first."""
    return [
        row.id for row in tx.rows(select(turn.c.id).where(turn.c.conversation_id == conversation_id).order_by(turn.c.id.desc()))
    ]


def _agent(row: Row[Any]) -> Agent:
    return Agent(
        row.id,
        Profile.model_validate(row.draft),
        Profile.model_validate(row.published),
        row.version,
        row.published_at,
        HandoffSettings.model_validate(row.handoff),
        row.created_at,
        ChannelSettings.model_validate(row.channels),
        Permissions.model_validate(row.access),
        row.tested_at,
    )
