"""Which agent the console is about: the one that was switched to, in this browser (ID3). The others come after it."""

from collections.abc import Sequence
from contextvars import ContextVar

from firstline.agent import queries
from firstline.agent.queries import Agent
from firstline.kit.database import Tx

COOKIE = "firstline_agent"
_chosen: ContextVar[str] = ContextVar("agent", default="")


def choose(agent_id: str) -> None:
    """Make the rest of this transaction be about an agent."""
    _chosen.set(agent_id)


def agents(tx: Tx) -> Sequence[Agent]:
    """All agents: the one that was switched to first, then the others, oldest first."""
    return sorted(queries.agents(tx), key=lambda one: one.id != _chosen.get())


def several(tx: Tx) -> tuple[tuple[str, str], ...]:
    """Ids and names of the agents to switch between; nothing where there is only one."""
    found = agents(tx)
    return tuple((one.id, one.draft.name) for one in found) if len(found) > 1 else ()
