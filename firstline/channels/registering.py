"""Channels of others: a kind of channel is registered first, then has accounts. The port between screens and its keeper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel

from firstline.channels.base import Account
from firstline.channels.telling import Told
from firstline.kit.database import Tx
from firstline.kit.secrets import Keyring
from firstline.people.rules import Actor


@dataclass(frozen=True)
class Registration:
    """A registered kind of channel, without its secrets."""

    id: str
    name: str
    summary: str
    """What it can do, in a few words."""
    values: Mapping[str, Any]
    """As the form takes them."""
    created_at: datetime
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True)
class Sample:
    """A command for a shell that tries something, with what it is for."""

    title: str
    command: str


@runtime_checkable
class Registering(Protocol):
    """A channel whose kinds are registered."""

    kind: str
    title: str
    registration: type[BaseModel]
    """The form of a registration, without its name."""
    account_form: type[BaseModel]
    """What an account of one takes beside name and workspace."""

    def registrations(self, tx: Tx) -> Sequence[Registration]:
        """All of them, oldest first."""
        ...

    def registered(self, tx: Tx, registration_id: str) -> Registration:
        """One.

        :raises firstline.kit.errors.NotFound: if there is none, or it was archived.
        """
        ...

    def register(self, tx: Tx, keyring: Keyring, name: str, values: Mapping[str, Any], by: Actor) -> tuple[str, str]:
        """Register one; returns its id and its secret, which is shown this once."""
        ...

    def change_registration(
        self, tx: Tx, keyring: Keyring, registration_id: str, name: str, values: Mapping[str, Any], by: Actor
    ) -> None:
        """Change it; its accounts follow at once."""
        ...

    def rotate(self, tx: Tx, keyring: Keyring, registration_id: str, by: Actor) -> str:
        """A new secret, shown this once; the old one counts on until it is forgotten."""
        ...

    def forget_old(self, tx: Tx, keyring: Keyring, registration_id: str, by: Actor) -> None:
        """Only the present secret counts."""
        ...

    def archive(self, tx: Tx, registration_id: str, by: Actor) -> None:
        """Switch it off with all its accounts."""
        ...

    def add_account(
        self, tx: Tx, keyring: Keyring, registration_id: str, name: str, workspace: str, values: Mapping[str, Any], by: Actor
    ) -> str:
        """Connect an account of it; returns the account's id."""
        ...

    def tell_registration(self, tx: Tx, registration_id: str, before: Mapping[str, str]) -> Told:
        """What has become of it lately."""
        ...

    def act_on_registration(self, tx: Tx, registration_id: str, deed: str, on: str, by: Actor) -> str:
        """Do one of the deeds that were told."""
        ...

    def samples(self, base_url: str, registration: Registration) -> Sequence[Sample]:
        """Commands that try it."""
        ...
