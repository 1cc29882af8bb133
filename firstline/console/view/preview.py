"""Preview as it is shown."""

from dataclasses import dataclass

from firstline.console.view.common import Person
from firstline.console.view.timeline import Brief, Message, Step


@dataclass(frozen=True)
class PreviewTurn:
    """What the agent did with the last message."""

    customer: Message
    reply: Message | None
    brief: Brief | None
    decision: str
    tone: str
    steps: tuple[Step, ...]
    history: str


@dataclass(frozen=True)
class PreviewPage:
    """The whole screen. ``turns`` are those of a form sent without scripts."""

    agent_id: str
    agent: Person
    draft: bool
    changed: bool
    suggestions: tuple[str, ...]
    turn: PreviewTurn | None
    earlier: tuple[Message, ...] = ()
