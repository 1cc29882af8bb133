"""The inbox as it is shown."""

from dataclasses import dataclass

from firstline.console.view.common import Person, When
from firstline.console.view.timeline import Composer, Entry, Step


@dataclass(frozen=True)
class ViewLink:
    """One view of the side menu. ``count`` is None where it says nothing, as for closed ones."""

    key: str
    label: str
    icon: str
    count: int | None = None


@dataclass(frozen=True)
class ViewGroup:
    """Views under a heading."""

    title: str
    views: tuple[ViewLink, ...]


@dataclass(frozen=True)
class ThreadLine:
    """A conversation in the list. ``state`` with its ``tone`` stands at the right end of the last line."""

    id: str
    href: str
    contact: Person
    title: str
    at: When
    channel: str
    channel_icon: str
    waits: bool
    state: str = ""
    tone: str = ""


@dataclass(frozen=True)
class ThreadList:
    """The list of a view."""

    view: str
    title: str
    words: str
    lines: tuple[ThreadLine, ...]
    older: str = ""
    current: str = ""
    groups: tuple[ViewGroup, ...] = ()


@dataclass(frozen=True)
class Choice:
    """Somebody a conversation can be given to."""

    kind: str
    id: str
    label: str
    icon: str
    current: bool = False


@dataclass(frozen=True)
class Later:
    """A time until which a conversation can be put off."""

    label: str
    at: str
    until: str


@dataclass(frozen=True)
class Head:
    """The head of a conversation, and the note above the composer."""

    id: str
    title: str
    subtitle: str
    is_open: bool
    owner: Person | None
    owner_label: str
    mine: bool
    agent_holds: bool
    can_return: bool
    choices: tuple[Choice, ...]
    note: str = ""
    snoozed: str = ""
    """Until when it is put off, in words."""
    later: tuple[Later, ...] = ()
    """When it may come back; empty where it cannot be put off."""


@dataclass(frozen=True)
class Why:
    """Why a turn of the agent went as it did."""

    title: str
    turn: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class OtherLine:
    """Another conversation of the same contact."""

    href: str
    title: str
    at: When


@dataclass(frozen=True)
class Details:
    """What stands beside a conversation."""

    contact: Person
    since: str
    rows: tuple[tuple[str, str], ...]
    pills: tuple[tuple[str, str], ...]
    routing: tuple[str, ...]
    why: Why | None
    others: tuple[OtherLine, ...]


@dataclass(frozen=True)
class Desk:
    """One open conversation."""

    head: Head
    back: str
    entries: tuple[Entry, ...]
    composer: Composer
    details: Details
    contact: Person
    agent: Person


@dataclass(frozen=True)
class Inbox:
    """The whole screen."""

    threads: ThreadList
    desk: Desk | None


@dataclass(frozen=True)
class News:
    """What changed in a conversation that is open on a page."""

    head: Head
    back: str
    entries: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    details: Details
    composer: Composer | None = None
