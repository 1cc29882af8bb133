"""Dead letters and the delivery log as they are shown."""

from dataclasses import dataclass

from firstline.console.view.common import When


@dataclass(frozen=True)
class LetterLine:
    """A delivery, or a part of one, that could not be understood."""

    id: str
    account: str
    detail: str
    excerpt: str
    at: When
    attempts: int


@dataclass(frozen=True)
class LettersPage:
    """The whole screen."""

    lines: tuple[LetterLine, ...]
    older: str
    only: str = ""
    """The account whose letters these are; empty for all."""


@dataclass(frozen=True)
class LogLine:
    """A message on the wire."""

    href: str
    account: str
    to: str
    text: str
    part: str
    state: str
    tone: str
    reason: str
    attempts: int
    at: When


@dataclass(frozen=True)
class LogPage:
    """The whole screen."""

    lines: tuple[LogLine, ...]
    accounts: tuple[tuple[str, str], ...]
    account: str
    trouble: bool
