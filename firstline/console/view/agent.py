"""Identity and human handoff as they are shown."""

from dataclasses import dataclass

from firstline.console.view.channels import Receivers
from firstline.console.view.common import When
from firstline.console.view.form import BLANK, Form


@dataclass(frozen=True)
class IdentityPage:
    """The identity form. ``agent_id`` is empty before the first agent; ``changed`` says that customers still meet the old one."""

    agent_id: str
    title: str
    values: dict[str, str]
    personalities: tuple[tuple[str, str, str], ...]
    languages: tuple[tuple[str, str], ...]
    version: int
    published: When | None
    changed: bool
    company: str
    form: Form = BLANK


@dataclass(frozen=True)
class OutcomeMessage:
    """The words of one outcome in one language; ``standard`` are the product's own."""

    name: str
    label: str
    text: str
    standard: str


@dataclass(frozen=True)
class HandoffPage:
    """The handoff settings. ``agent_id`` is empty before the first agent."""

    agent_id: str
    agent: str
    destination: Receivers
    off_destination: Receivers
    words: str
    topics: tuple[tuple[str, str], ...]
    when_available: str
    when_away: str
    outcomes: tuple[tuple[str, str, str], ...]
    language: str
    languages: tuple[tuple[str, str, None, bool], ...]
    messages: tuple[OutcomeMessage, ...]
    message_always: bool
    form: Form = BLANK
