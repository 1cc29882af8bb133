"""Erasures as they are shown."""

from dataclasses import dataclass

from firstline.console.view.common import When


@dataclass(frozen=True)
class CountLine:
    """Rows of one table in words; ``note`` says why they stay, or what to do about them."""

    what: str
    rows: int
    note: str = ""


@dataclass(frozen=True)
class ErasePage:
    """What will go, and the word that confirms it."""

    contact_id: str
    name: str
    typed: str
    gone: tuple[CountLine, ...]
    files: str
    stays: tuple[CountLine, ...]
    notes: tuple[str, ...]
    error: str = ""


@dataclass(frozen=True)
class ErasurePage:
    """How far an erasure is; at its end, the report."""

    id: str
    contact_id: str
    done: bool
    step: str
    place: int
    steps: int
    asked: When
    asked_by: str
    finished: When | None
    gone: tuple[CountLine, ...]
    rows: int
    files: str
    stays: tuple[CountLine, ...]
    found: tuple[CountLine, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ErasureLine:
    """One erasure in the list."""

    id: str
    contact_id: str
    done: bool
    step: str
    asked: When
    asked_by: str
    rows: int
    found: int


@dataclass(frozen=True)
class ErasuresPage:
    """Every erasure."""

    lines: tuple[ErasureLine, ...]
    older: str
