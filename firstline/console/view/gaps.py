"""Knowledge gaps as they are shown."""

from dataclasses import dataclass

from firstline.console.view.common import When
from firstline.console.view.form import BLANK, Form


@dataclass(frozen=True)
class Asked:
    """One question, and the conversation it stands in."""

    text: str
    href: str
    at: When


@dataclass(frozen=True)
class TopicLine:
    """One topic. ``ids`` are its gaps, joined by commas."""

    id: str
    question: str
    ids: str
    count: int
    last: When
    asked: tuple[Asked, ...]
    answered_by: str
    """The teammate whose answer may be drawn from; empty without one."""


@dataclass(frozen=True)
class ResolvePanel:
    """The short answer that closes a topic."""

    action: str
    ids: str
    question: str
    answer: str
    asked: tuple[Asked, ...]
    drafted_from: str
    drafted_href: str
    kept: tuple[str, ...]
    """The questions as they would be kept, without what is personal in them."""
    form: Form = BLANK


@dataclass(frozen=True)
class GapsPage:
    """The page."""

    agent: str
    topics: tuple[TopicLine, ...]
    total: int
    resolved: int
    answered: int
    panel: ResolvePanel | None = None
