"""What a channel has to tell of an account beyond its settings: facts, tables and deeds, for a screen that knows no channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from firstline.channels.base import Account
from firstline.kit.database import Tx
from firstline.people.rules import Actor


@dataclass(frozen=True)
class Deed:
    """Something a person may do. With a ``question`` it is asked before."""

    name: str
    label: str
    busy: str = ""
    question: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Said:
    """A value with its shade: ``tone`` is good, warn, bad or info; ``conversation`` is where it leads."""

    text: str = ""
    tone: str = ""
    detail: str = ""
    at: datetime | None = None
    conversation: str = ""


@dataclass(frozen=True)
class Fact:
    """One line of what is so."""

    label: str
    said: Said


@dataclass(frozen=True)
class Heading:
    """A column; ``rank`` 2 and 3 fold away on narrow screens."""

    label: str
    rank: int = 1


@dataclass(frozen=True)
class Line:
    """A row. ``content`` is shown as it is, when somebody opens it."""

    id: str
    cells: tuple[Said, ...]
    deeds: tuple[Deed, ...] = ()
    content: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under headings. ``nothing`` says what it means that there are none: a title and a sentence."""

    key: str
    title: str
    headings: tuple[Heading, ...]
    lines: tuple[Line, ...]
    nothing: tuple[str, str]
    intro: str = ""
    older: str = ""
    """What :meth:`Telling.tell` is given as ``before`` to go on."""


@dataclass(frozen=True)
class Told:
    """Everything. ``working`` says what is going on; the screen asks again until it is empty."""

    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()
    deeds: tuple[Deed, ...] = ()
    working: str = ""


@runtime_checkable
class Telling(Protocol):
    """A channel whose accounts have more to tell than their settings."""

    def tell(self, tx: Tx, account: Account, before: Mapping[str, str]) -> Told:
        """What is so now. ``before`` says, by a table's key, where its older rows begin."""
        ...

    def act(self, tx: Tx, account: Account, deed: str, on: str, by: Actor) -> str:
        """Do one of the deeds; returns a sentence. ``on`` is the row it stands in, empty for one of the account.

        :raises firstline.kit.errors.Refused: with the reason. :raises firstline.kit.errors.NotFound: for a deed there is not.
        """
        ...
