"""The screens of guidelines as they are shown."""

from dataclasses import dataclass

from firstline.console.view.common import When
from firstline.console.view.form import BLANK, Form


@dataclass(frozen=True)
class GuidelineLine:
    """One guideline in its section. ``when`` is its condition in words, ``change`` what the draft does to it."""

    id: str
    title: str
    text: str
    when: str
    channels: str
    priority: str
    enabled: bool
    change: str
    warning: str = ""


@dataclass(frozen=True)
class SectionBlock:
    """A section with its guidelines."""

    key: str
    title: str
    hint: str
    lines: tuple[GuidelineLine, ...]


@dataclass(frozen=True)
class MatchLine:
    """What one guideline makes of a message that is tried."""

    title: str
    section: str
    sure: bool
    how: str
    percent: int
    text: str


@dataclass(frozen=True)
class Tried:
    """A message that was tried. ``says`` is the text that would be said word for word, if one would."""

    text: str
    channel: str
    says: str
    lines: tuple[MatchLine, ...]


@dataclass(frozen=True)
class GuidelinePanel:
    """The editor; ``id`` is empty for a new guideline."""

    id: str
    title: str
    action: str
    values: dict[str, str]
    channels: frozenset[str]
    enabled: bool
    form: Form = BLANK


@dataclass(frozen=True)
class GuidelinesPage:
    """The list by section. ``changes`` counts what waits to be published."""

    agent_id: str
    agent: str
    sections: tuple[SectionBlock, ...]
    section_names: tuple[tuple[str, str], ...]
    channel_names: tuple[tuple[str, str], ...]
    total: int
    changes: int
    version: int
    published: When | None
    may_change: bool
    tried: Tried | None = None
    panel: GuidelinePanel | None = None
    refused: str = ""


@dataclass(frozen=True)
class ChangeLine:
    """One difference: ``fields`` as (label, before, after)."""

    kind: str
    tone: str
    title: str
    section: str
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class VersionLine:
    """One version of the history."""

    number: int
    at: When
    by: str
    note: str
    count: int
    current: bool
    changes: tuple[ChangeLine, ...]


@dataclass(frozen=True)
class HistoryPage:
    """The versions, newest first, and what the draft would change."""

    agent: str
    waiting: tuple[ChangeLine, ...]
    lines: tuple[VersionLine, ...]
    may_change: bool
