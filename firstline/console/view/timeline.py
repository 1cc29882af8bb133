"""A conversation as it is shown."""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from firstline.console.view.common import Link, Person, When


@dataclass(frozen=True)
class Citation:
    """A source of an answer; ``place`` is its number in the text."""

    place: int
    title: str
    where: str = ""
    href: str = ""


@dataclass(frozen=True)
class Message:
    """What somebody said. ``cure`` is offered when it failed; ``why`` leads to the turn that wrote it.
    ``mail`` is where the whole mail is shown."""

    id: str
    at: When
    by: Person
    text: str
    citations: tuple[Citation, ...] = ()
    files: tuple[Link, ...] = ()
    options: tuple[str, ...] = ()
    state: str = ""
    failed: bool = False
    cure: Link | None = None
    why: str = ""
    mail: str = ""
    warnings: tuple[str, ...] = ()
    seq: int = 0
    kind: ClassVar[str] = "message"

    @property
    def out(self) -> bool:
        """Whether it is ours."""
        return self.by.kind != "contact"


@dataclass(frozen=True)
class Comment:
    """A word among teammates."""

    id: str
    at: When
    by: Person
    text: str
    seq: int = 0
    kind: ClassVar[str] = "comment"


@dataclass(frozen=True)
class Note:
    """A line between messages: assignment, status, action."""

    id: str
    at: When
    icon: str
    text: Markup
    reasons: tuple[str, ...] = ()
    seq: int = 0
    kind: ClassVar[str] = "note"


@dataclass(frozen=True)
class Brief:
    """The card of a handoff."""

    id: str
    at: When
    title: str
    rows: tuple[tuple[str, str], ...]
    why: str = ""
    seq: int = 0
    kind: ClassVar[str] = "brief"


@dataclass(frozen=True)
class Answer:
    """What a teammate may answer to a card: a button, where it leads, and what it says meanwhile."""

    label: str
    href: str
    busy: str
    strong: bool = False


@dataclass(frozen=True)
class ActionCard:
    """A call of an action, with the answers that a teammate may give; none where there is nothing to decide."""

    id: str
    at: When
    title: str
    state: str
    tone: str
    rows: tuple[tuple[str, str], ...]
    answers: tuple[Answer, ...] = ()
    question: str = ""
    seq: int = 0
    kind: ClassVar[str] = "action"


@dataclass(frozen=True)
class Day:
    """A heading between days."""

    label: str
    id: str = "day"
    kind: ClassVar[str] = "day"


Entry = Message | Comment | Note | Brief | ActionCard | Day


@dataclass(frozen=True)
class Step:
    """One step of a turn. ``figure`` is its time, score or count."""

    label: str
    figure: str = ""
    text: str = ""
    items: tuple[str, ...] = ()
    done: bool = True


@dataclass(frozen=True)
class Composer:
    """Where a teammate writes."""

    conversation_id: str
    reply_url: str
    comment_url: str
    reply_label: str
    placeholder: str
    hint: str = ""
    closed_reason: str = ""
    warnings: tuple[str, ...] = ()
    limit: int = 20_000
    takes_files: bool = True
    file_kinds: str = "image audio video file"
    """Kinds that go out as files, with a blank between; others go as links."""
    file_limit: int = 25_000_000
    file_note: str = ""
    templates: tuple[tuple[str, str], ...] = ()
    confirms: str = ""
    confirm_url: str = ""
    """Where it is confirmed who the customer is, after a message was refused because of it (``confirms``)."""
    asks_phone: bool = False
    """Whether the channel can ask for the phone number, which nobody knows."""
