"""Agents, their settings by channel and their permissions as they are shown (ID3, ID4, ID5)."""

from dataclasses import dataclass

from firstline.console.view.form import BLANK, Form


@dataclass(frozen=True)
class AgentLine:
    """One agent in the table. ``refusal`` says why it cannot be deleted now."""

    id: str
    name: str
    company: str
    sources: str
    deployments: str
    state: str
    tone: str
    current: bool
    warning: str


@dataclass(frozen=True)
class AgentsPage:
    """All agents; ``panel`` says whether the form for a new one is open."""

    lines: tuple[AgentLine, ...]
    may_change: bool
    panel: bool = False
    values: tuple[str, str] = ("", "")
    form: Form = BLANK


@dataclass(frozen=True)
class Mailbox:
    """A mailbox that the agent answers, with what is set there."""

    name: str
    href: str
    text: str


@dataclass(frozen=True)
class SilenceLine:
    """What happens on one family of channels when the customer is silent: fields, and what holds where they are empty."""

    family: str
    remind: str
    close: str
    usual_remind: str
    usual_close: str


@dataclass(frozen=True)
class ChannelSettingsPage:
    """The settings of one agent for each kind of channel."""

    agent_id: str
    agent: str
    may_change: bool
    ignored: str
    captures: tuple[tuple[str, str, str], ...]
    capture: str
    silence: dict[str, SilenceLine]
    mailboxes: tuple[Mailbox, ...]
    form: Form = BLANK


@dataclass(frozen=True)
class PropertyLine:
    """One property of contacts with the agent's access to it."""

    name: str
    label: str
    own: bool
    access: str


@dataclass(frozen=True)
class PermissionsPage:
    """What one agent may read and change."""

    agent_id: str
    agent: str
    may_change: bool
    lines: tuple[PropertyLine, ...]
    levels: tuple[tuple[str, str], ...]
    form: Form = BLANK
