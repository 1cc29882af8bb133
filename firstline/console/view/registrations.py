"""Custom channels as they are shown."""

from dataclasses import dataclass

from firstline.console.config_form import ConfigSection
from firstline.console.view.common import Link, When
from firstline.console.view.form import BLANK, Form
from firstline.console.view.told import Told


@dataclass(frozen=True)
class RegistrationLine:
    """One registered channel in the table."""

    id: str
    name: str
    summary: str
    accounts: int
    trouble: bool
    at: When


@dataclass(frozen=True)
class RegistrationPanel:
    """Register or change a channel, or connect an account of it."""

    title: str
    action: str
    verb: str
    busy: str
    base: str
    sections: tuple[ConfigSection, ...]
    name: str = ""
    name_hint: str = ""
    workspaces: tuple[tuple[str, str], ...] = ()
    workspace: str = ""
    form: Form = BLANK


@dataclass(frozen=True)
class RegistrationsPage:
    """The table of channels."""

    lines: tuple[RegistrationLine, ...]
    may_change: bool
    panel: RegistrationPanel | None = None


@dataclass(frozen=True)
class RegistrationPage:
    """One channel: its accounts, how to use it, and what became of its messages. ``secret`` is shown this once."""

    id: str
    name: str
    accounts: tuple[tuple[str, str, str, str], ...]
    """Id, name, address, and what is wrong."""
    samples: tuple[tuple[str, str], ...]
    told: Told
    secret: str = ""
    keys: Link | None = None
    panel: RegistrationPanel | None = None
