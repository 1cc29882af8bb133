"""What routing looks at and what it answers: destinations, the situation, reasons, the decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from firstline.hours.rules import Schedule


class DestinationKind(StrEnum):
    """Where a conversation can be sent when the agent does not take it (RT2)."""

    TEAMMATES = "teammates"
    TEAMS = "teams"
    CONTACT_OWNER = "contact_owner"
    WORKFLOW = "workflow"
    NOBODY = "nobody"


NEEDS_IDS = frozenset({DestinationKind.TEAMMATES, DestinationKind.TEAMS, DestinationKind.WORKFLOW})


@dataclass(frozen=True)
class Destination:
    """Specific teammates, specific teams, the contact's owner, a workflow, or nobody."""

    kind: DestinationKind
    ids: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As the REST contract writes it."""
        return {"kind": self.kind.value, "ids": list(self.ids)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Destination":
        """What :meth:`to_json` wrote."""
        return cls(DestinationKind(value["kind"]), tuple(value.get("ids", ())))


class Mode(StrEnum):
    """Whether the agent of a deployment answers or only drafts (DP9)."""

    LIVE = "live"
    SHADOW = "shadow"


class Taker(StrEnum):
    """Who a decision gives the conversation to."""

    AGENT = "agent"
    BOT = "bot"
    WORKFLOW = "workflow"
    DESTINATION = "destination"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Claim:
    """A chatflow or workflow that takes the conversation before anybody else."""

    kind: Taker
    id: str
    name: str


@dataclass(frozen=True)
class Deployed:
    """What routing needs to know of a deployment. ``coverage`` is a whole percentage."""

    id: str
    agent_id: str
    agent_name: str
    hours: Schedule = field(default_factory=Schedule)
    fallback: Destination | None = None
    coverage: int = 100
    mode: Mode = Mode.LIVE


@dataclass(frozen=True)
class Situation:
    """Everything the decision looks at.

    ``conversation_id`` is None when the question is about any new conversation: then the agent counts as covered where it
    takes some. ``names`` holds the names of all teammates, teams and workflows that exist, among those the destinations
    name; an id without a name is gone.
    """

    conversation_id: str | None
    account_name: str
    instant: datetime
    deployment: Deployed | None = None
    claim: Claim | None = None
    agent_on: bool = True
    credits_left: bool = True
    handoff_rules: Destination | None = None
    account_routing: Destination | None = None
    contact_owner_id: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """One thing that was looked at: a stable code, a plain sentence, and whether it spoke for what was asked."""

    code: str
    text: str
    holds: bool = True

    def to_json(self) -> dict[str, Any]:
        """As it is stored and shown."""
        return {"code": self.code, "text": self.text, "holds": self.holds}


@dataclass(frozen=True)
class Decision:
    """Who gets it and why. ``id`` is the agent's, chatflow's or workflow's; ``destination`` names people to pick from.

    ``shadow_agent_id`` is the agent that drafts silently beside them (DP9).
    """

    taker: Taker
    reasons: tuple[Reason, ...]
    id: str | None = None
    destination: Destination | None = None
    shadow_agent_id: str | None = None

    @property
    def agent(self) -> bool:
        """Whether the agent answers."""
        return self.taker is Taker.AGENT

    @property
    def stopped_by(self) -> str | None:
        """The code of what kept the agent away, None if it answers."""
        return next((reason.code for reason in self.reasons if not reason.holds), None)
