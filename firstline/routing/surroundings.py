"""What routing has to ask of features that stand beside it or above it: channels and the agent.

Imports point down, so the questions are here and the answers are given from above, by ``firstline.agent.surroundings``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from firstline.kit.database import Tx
from firstline.routing.situation import Claim, Destination


@dataclass(frozen=True)
class AgentFacts:
    """An agent: its published name, and who gets new conversations while it is off or out of credits (HO1)."""

    name: str
    off_destination: Destination | None = None
    handoff_destination: Destination | None = None


@dataclass(frozen=True)
class AccountFacts:
    """A connected channel account."""

    name: str
    kind: str
    workspace: str


def nothing_claims(_tx: Tx, _conversation_id: str) -> Claim | None:
    """No chatflow and no workflow takes conversations."""
    return None


@dataclass(frozen=True)
class Surroundings:
    """``agent`` and ``account`` answer None for what is not there or was removed."""

    agent: Callable[[Tx, str], AgentFacts | None]
    account: Callable[[Tx, str], AccountFacts | None]
    claim: Callable[[Tx, str], Claim | None] = nothing_claims
