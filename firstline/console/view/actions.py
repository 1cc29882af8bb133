"""Actions as they are shown."""

from dataclasses import dataclass, field

from firstline.console.view.common import When
from firstline.console.view.form import BLANK, Form


@dataclass(frozen=True)
class ActionLine:
    """One line of the table."""

    id: str
    title: str
    when: str
    does: str
    protection: str
    enabled: bool
    missing: str
    """The secrets that nobody entered, in words; empty where none is missing."""


@dataclass(frozen=True)
class ActionsPage:
    """The table."""

    agent: str
    agent_id: str
    lines: tuple[ActionLine, ...]
    waiting: tuple[tuple[str, str], ...]
    """Calls that wait for approval: title, and where they are decided."""


@dataclass(frozen=True)
class InputRow:
    """One input in the form."""

    name: str = ""
    type: str = "text"
    label: str = ""
    ask: str = ""
    required: bool = True
    choices: str = ""
    of_contact: str = ""
    many: bool = False
    empty: bool = False
    minimum: str = ""
    maximum: str = ""
    at: str = ""
    """Where an MCP tool takes it, as it is kept."""


@dataclass(frozen=True)
class CallLine:
    """One call in the log."""

    at: When
    state: str
    tone: str
    values: str
    href: str
    conversation: str


@dataclass(frozen=True)
class TrialShown:
    """What a test found."""

    works: bool
    message: str
    request: str
    status: str
    told: str
    facts: tuple[tuple[str, str], ...]
    answer: str
    ms: int


@dataclass(frozen=True)
class ToolsShown:
    """What an MCP server said of its tools: names with descriptions, or why it did not; and what was taken over."""

    offered: tuple[tuple[str, str], ...] = ()
    taken: str = ""
    notes: tuple[str, ...] = ()
    failed: str = ""


@dataclass(frozen=True)
class ActionEditor:
    """The form of one action. ``action_id`` is ``new`` for one to be."""

    action_id: str
    title: str
    values: dict[str, str]
    checks: frozenset[str]
    inputs: tuple[InputRow, ...]
    kinds: tuple[tuple[str, str, str], ...]
    methods: tuple[tuple[str, str], ...]
    verbs: tuple[tuple[str, str], ...]
    types: tuple[tuple[str, str], ...]
    facts_of_contact: tuple[tuple[str, str], ...]
    protections: tuple[tuple[str, str, str], ...]
    secrets: tuple[tuple[str, bool], ...]
    """Names of the secrets that the action uses, and whether each is kept."""
    tools: ToolsShown | None = None
    """The tools of the MCP server, where they were asked for."""
    calls: tuple[CallLine, ...] = ()
    trial: TrialShown | None = None
    sample: dict[str, str] = field(default_factory=dict)
    form: Form = BLANK
