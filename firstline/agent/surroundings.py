"""What routing asks of the agent and of channels: the answers of this side (see :mod:`firstline.routing.surroundings`)."""

from collections.abc import Mapping
from typing import Any

from firstline.agent import queries
from firstline.channels import accounts
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.routing.explaining import assignable
from firstline.routing.situation import Destination
from firstline.routing.surroundings import AccountFacts, AgentFacts, Surroundings


def agent_facts(tx: Tx, agent_id: str) -> AgentFacts | None:
    """An agent as routing sees it; None if there is none."""
    try:
        found = queries.which(tx, agent_id)
    except NotFound:
        return None
    return AgentFacts(found.published.name, _destination(found.handoff.off_destination))


def account_facts(tx: Tx, channel_account_id: str) -> AccountFacts | None:
    """A channel account as routing sees it; None if there is none."""
    try:
        found = accounts.which(tx, channel_account_id)
    except NotFound:
        return None
    return AccountFacts(found.name, found.kind, found.workspace)


def agent_on(tx: Tx, channel_account_id: str) -> str | None:
    """The agent that would take a new conversation on a channel account now; None where people answer (DP6)."""
    return assignable(tx, SURROUNDINGS, channel_account_id)


def _destination(value: Mapping[str, Any] | None) -> Destination | None:
    return Destination.from_json(value) if value else None


SURROUNDINGS = Surroundings(agent=agent_facts, account=account_facts)
