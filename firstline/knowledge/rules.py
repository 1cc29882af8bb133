"""The words of knowledge: sources and their states, a question, what was found. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from firstline.kit.errors import Invalid

MAX_PAGES = 1_000
"""Pages of one site unless set otherwise (KN1)."""

MOST_PAGES = 20_000
"""Pages of one site at most, and entries of one file."""

LONGEST_QUESTION = 500
LONGEST_ANSWER = 20_000
LONGEST_TEXT = 2_000_000
"""Characters that a short answer's question, its answer, and a text may have."""


class SourceKind(StrEnum):
    """Where content comes from."""

    URL = "url"
    SITE = "site"
    FILE = "file"
    TEXT = "text"
    SHORT_ANSWER = "short_answer"


class SourceState(StrEnum):
    """How far reading is."""

    QUEUED = "queued"
    READING = "reading"
    READY = "ready"
    FAILED = "failed"


class Access(StrEnum):
    """Public content is cited; private content informs and is never cited (KN2)."""

    PUBLIC = "public"
    PRIVATE = "private"


class Schedule(StrEnum):
    """How often a source is read again by itself."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


DAYS = {Schedule.DAILY: 1, Schedule.WEEKLY: 7, Schedule.MONTHLY: 30}


class EntryKind(StrEnum):
    """A question with its approved answer, or running text: they are ranked and gated differently."""

    FAQ = "faq"
    PASSAGE = "passage"


@dataclass(frozen=True)
class Turn:
    """What somebody said before: ``by`` is ``"customer"`` or ``"agent"`` (a teammate counts as the agent)."""

    by: str
    text: str


@dataclass(frozen=True)
class Query:
    """A question to the knowledge.

    Two queries are made of it: ``last`` alone decides whether the knowledge covers it, ``last`` with ``history`` (oldest
    first) finds. ``agent_id`` and ``audiences`` (of the contact) say what may be seen; without an agent, only sources for
    all agents are left out of nothing: every source is searched. ``without`` are sources that are withheld, to see what is
    found then.
    """

    last: str
    history: tuple[Turn, ...] = ()
    language: str = "en"
    agent_id: str | None = None
    audiences: frozenset[str] = frozenset()
    limit: int = 8
    without: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Hit:
    """A passage that fits. ``score`` orders hits of one search; ``features`` are what it was made of."""

    passage_id: str
    page_id: str
    source_id: str
    title: str
    url: str | None
    text: str
    kind: EntryKind
    access: Access
    score: float
    question: str | None = None
    heading: str = ""
    about: str | None = None
    features: Mapping[str, float] = field(default_factory=dict)

    @property
    def citable(self) -> bool:
        """Whether the customer may be told of it."""
        return self.access is Access.PUBLIC


@dataclass(frozen=True)
class Name:
    """A thing the knowledge has entries about (place, product, plan), as far as it is meant; the strongest has focus 1."""

    name: str
    focus: float


@dataclass(frozen=True)
class Found:
    """What the knowledge holds on a question: hits, best first, and the two gates (0 to 1).

    ``covered``: the probability that the best entry answers it. ``asks``: that the turn asks for knowledge at all, and
    does not book, thank or give a detail. ``names``: the things it may be about, strongest first. ``signs``:
    what ``covered`` was computed from.
    """

    hits: tuple[Hit, ...] = ()
    covered: float = 0.0
    asks: float = 0.0
    names: tuple[Name, ...] = ()
    signs: Mapping[str, float] = field(default_factory=dict)
    milliseconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def best(self) -> Hit | None:
        """The first hit."""
        return self.hits[0] if self.hits else None


@dataclass(frozen=True)
class Problem:
    """Why a source or a page could not be read, and what helps."""

    cause: str
    cure: str


def checked_url(url: str) -> str:
    """An address that can be read, without its fragment.

    :raises Invalid: if it is no http or https address of a host.
    """
    url = url.strip()
    if len(url) > 2_000 or any(ord(c) < 33 for c in url):
        raise Invalid("This is no web address; write it as https://example.com/help.", field="url")
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        port = parts.port
    except ValueError:
        raise Invalid(f"“{url}” is no web address; write it as https://example.com/help.", field="url") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise Invalid(f"“{url}” is no web address; write it as https://example.com/help.", field="url")
    if parts.username or parts.password:
        raise Invalid("Leave user name and password out of the address.", field="url")
    return parts._replace(fragment="", path=parts.path or "/").geturl()


def checked_text(text: str, field: str, most: int) -> str:
    """Text without control characters and outer space.

    :raises Invalid: if it has no letter and no digit, or is longer than ``most`` characters.
    """
    clean = "".join(c for c in text.replace("\r\n", "\n") if c >= " " or c in "\n\t").strip()
    clean = clean.encode("utf-8", "ignore").decode()
    if not any(c.isalnum() for c in clean):
        raise Invalid(f"The {field} is empty; it needs a letter or a digit.", field=field)
    if len(clean) > most:
        raise Invalid(f"The {field} has {len(clean):,} characters; at most {most:,} are possible.", field=field)
    return clean


def checked_labels(labels: list[str] | tuple[str, ...], field: str) -> list[str]:
    """Names of audiences or agents, each once, in order.

    :raises Invalid: if one is empty or too long.
    """
    clean = [" ".join(label.split()) for label in labels]
    if any(not label or len(label) > 100 for label in clean) or len(clean) > 100:
        raise Invalid(f"Each of {field} needs 1 to 100 characters, and there can be at most 100.", field=field)
    return list(dict.fromkeys(clean))
