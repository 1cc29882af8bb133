"""Knowledge and short answers as they are shown."""

from dataclasses import dataclass

from firstline.console.view.common import When
from firstline.console.view.form import BLANK, Form


@dataclass(frozen=True)
class SourceLine:
    """One source in the table. ``done`` of ``pages`` is its progress while it reads."""

    id: str
    title: str
    detail: str
    icon: str
    state: str
    tone: str
    reading: bool
    done: int
    pages: int
    problem: str
    cure: str
    synced: When | None
    access: str
    private: bool
    citations: int
    syncs: bool
    answer: str = ""
    url: str = ""


@dataclass(frozen=True)
class SourceList:
    """The table alone, as it is renewed while sources are read."""

    lines: tuple[SourceLine, ...]
    query: str
    older: str
    filtered: bool
    agent: str
    may_change: bool


@dataclass(frozen=True)
class AddPanel:
    """The side panel for a new source, or a short answer to change."""

    kind: str
    title: str
    action: str
    base: str
    values: dict[str, str]
    formats: str = ""
    most_mb: int = 0
    form: Form = BLANK


@dataclass(frozen=True)
class KnowledgePage:
    """The whole screen *Knowledge*."""

    list: SourceList
    tabs: tuple[tuple[str, str, int | None, bool], ...]
    words: str
    kind: str
    state: str
    access: str
    passages: int
    panel: AddPanel | None = None


@dataclass(frozen=True)
class ShortAnswersPage:
    """The whole screen *Short answers*."""

    list: SourceList
    words: str
    total: int
    panel: AddPanel | None = None


@dataclass(frozen=True)
class PageLine:
    """One page of a source."""

    id: str
    title: str
    url: str
    state: str
    tone: str
    cause: str


@dataclass(frozen=True)
class SourcePage:
    """One source with its pages; with the passages of one page if it was opened."""

    line: SourceLine
    pages: tuple[PageLine, ...]
    older: str
    opened: str
    passages: tuple[tuple[str, str], ...]
    agents: tuple[tuple[str, str, bool], ...] = ()
