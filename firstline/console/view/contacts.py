"""Contacts as they are shown."""

from dataclasses import dataclass

from firstline.console.view.common import Person, When
from firstline.console.view.inbox import OtherLine


@dataclass(frozen=True)
class ContactLine:
    """One contact in the table."""

    id: str
    person: Person
    address: str
    language: str
    since: When | None


@dataclass(frozen=True)
class ContactsPage:
    """The whole screen."""

    lines: tuple[ContactLine, ...]
    words: str
    older: str


@dataclass(frozen=True)
class IdentityLine:
    """An address, and why it is believed to be this contact's."""

    kind: str
    value: str
    verified: bool
    why: str = ""


@dataclass(frozen=True)
class MergeLine:
    """Somebody who was merged into this contact, or may be the same person."""

    id: str
    contact_id: str
    name: str
    reason: str


@dataclass(frozen=True)
class ContactPage:
    """One contact: what is known, how they are reached, what was said."""

    person: Person
    since: str
    rows: tuple[tuple[str, str], ...]
    identities: tuple[IdentityLine, ...]
    conversations: tuple[OtherLine, ...]
    may_merge: bool = False
    merges: tuple[MergeLine, ...] = ()
    suggestions: tuple[MergeLine, ...] = ()
    id: str = ""
    owner: str = ""
    owners: tuple[tuple[str, str], ...] = ()
    may_change: bool = False
    may_erase: bool = False
