"""What some channels can besides :mod:`firstline.channels.base`: whoever wants it asks whether a channel is one of these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from firstline.channels.base import Account, RawRequest
from firstline.channels.happenings import Notice
from firstline.contacts.rules import Identity
from firstline.kit.errors import Retry


@dataclass(frozen=True)
class Health:
    """What a look at a working account shows."""

    notices: tuple[Notice, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Secrets that were renewed, by name: kept instead of the old ones."""


@runtime_checkable
class Examined(Protocol):
    """A channel that can tell of a working account what will be a trouble: an end of a token, a bad rating."""

    async def examine(self, account: Account, now: datetime) -> Health:
        """Look; called after a check that went well. What cannot be found out now is left out."""
        ...


@dataclass(frozen=True)
class Profile:
    """What a provider tells of a customer."""

    name: str = ""
    picture: bytes = field(default=b"", repr=False)


@runtime_checkable
class Profiled(Protocol):
    """A channel whose messages do not say who writes: the provider is asked for name and picture."""

    async def profile_of(self, account: Account, who: Identity) -> Profile | None:
        """Ask for one customer; None if the provider does not tell, which is no trouble.

        :raises firstline.kit.errors.Retry: not now.
        """
        ...


@runtime_checkable
class Controlled(Protocol):
    """A channel on which several programs share one address, and one of them has the word with a customer."""

    def passes_to(self, account: Account) -> str:
        """Where conversations that the agent hands over are passed at the provider; empty: nowhere, they stay here."""
        ...

    async def pass_thread(self, account: Account, to: Identity, note: str) -> None:
        """Give the word with a customer to :meth:`passes_to`.

        :raises firstline.kit.errors.Retry: not now. :raises firstline.kit.errors.Rejected: with the reason.
        """
        ...


@runtime_checkable
class Interrupting(Protocol):
    """A channel whose deliveries may say that a person, or another program, has the word now."""

    def interrupts(self, request: RawRequest) -> bool:
        """Whether a delivery may say so. Pure, and quick on the largest body; saying yes without need costs a moment only."""
        ...


@dataclass(frozen=True)
class Heard:
    """One message as the provider has it: what is needed to see whether it is here."""

    name: str
    """The provider's id of it, in the form of its webhooks."""
    at: datetime
    text: str = ""
    incoming: bool = True


@dataclass(frozen=True)
class Thread:
    """A conversation as the provider has it, since some time."""

    who: Identity | None
    """The customer; None if it does not say."""
    heard: tuple[Heard, ...]
    request: RawRequest
    """What was read, in the form that :meth:`~firstline.channels.base.Hooked.parse` takes."""
    cut: bool = False
    """Some of its messages could not be read."""


@runtime_checkable
class Rereading(Protocol):
    """A channel whose provider stops delivering, and can be asked for what was said meanwhile."""

    async def repair(self, account: Account) -> str:
        """See to it that events are delivered; what was wrong and is mended, empty if nothing.

        :raises firstline.kit.errors.Retry: not now. :raises firstline.kit.errors.Rejected: with the reason.
        """
        ...

    async def went_on(self, account: Account, since: datetime) -> Sequence[tuple[str, datetime]]:
        """Names of the conversations in which something was said since, with when the last was; oldest first.

        :raises firstline.kit.errors.Retry: not now. :raises firstline.kit.errors.Rejected: with the reason.
        """
        ...

    async def thread(self, account: Account, name: str, since: datetime) -> Thread:
        """What was said in one of them since.

        :raises firstline.kit.errors.Retry: not now. :raises firstline.kit.errors.Rejected: with the reason.
        """
        ...

    async def thread_with(self, account: Account, who: Identity, since: datetime) -> Thread | None:
        """What was said with one customer since; None if there is no conversation.

        :raises firstline.kit.errors.Retry: not now. :raises firstline.kit.errors.Rejected: with the reason.
        """
        ...

    async def to_take_in(self, account: Account, thread: Thread) -> RawRequest:
        """The delivery of a conversation of which something is missing here. Where the provider knows that another program has
        the word with the customer, it says so.

        :raises firstline.kit.errors.Retry: not now.
        """
        ...


class NotThere(Retry):
    """The message is not where the delivery says that it lies; it may come within minutes, and hardly after that."""


@runtime_checkable
class Referring(Protocol):
    """A channel whose deliveries may only say where the message lies. It is fetched after the provider was answered."""

    def lies_elsewhere(self, request: RawRequest) -> bool:
        """Whether the message is to be fetched. Pure, and quick; a delivery that cannot be read is parsed as it is."""
        ...

    async def bring(self, account: Account, request: RawRequest) -> bytes:
        """Fetch the message; ``parse`` gets it as :attr:`~firstline.channels.base.RawRequest.brought`.

        :raises NotThere: :raises firstline.kit.errors.Retry: not now.
        :raises firstline.channels.base.Broken: the account's settings are the trouble, with the cure.
        :raises firstline.kit.errors.Rejected: this one cannot be had.
        """
        ...
