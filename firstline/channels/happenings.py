"""What can come in from a channel: pure shapes, as ``parse`` gives them and :mod:`firstline.channels.intake` applies them.

Everything here is applied idempotently: the same happening twice changes nothing the second time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from firstline.contacts.rules import Identity
from firstline.conversations.rules import Attachment, Delivery, Inbound

__all__ = [
    "Advertising",
    "Attachment",
    "Control",
    "Doubted",
    "Echo",
    "Edited",
    "Happening",
    "IdentityChanged",
    "Ignored",
    "Inbound",
    "Keyed",
    "Listed",
    "Notice",
    "Parsed",
    "Problem",
    "Rated",
    "Reaction",
    "Status",
    "TemplateState",
]


@dataclass(frozen=True)
class Echo:
    """The business wrote, outside Firstline or through it.

    With our own ``correlation`` it is our message reflected, and settles whether it was sent. Without one a person wrote in
    another tool: the agent is stopped at once (CH9).
    """

    to: Identity
    text: str
    provider_id: str
    at: datetime
    thread: str | None = None
    correlation: str | None = None
    """The :attr:`~firstline.channels.base.Outbound.correlation` that we sent with the message."""
    attachments: tuple[Attachment, ...] = ()
    references: tuple[str, ...] = ()
    """As of :class:`Inbound`."""
    by_name: str | None = None
    """Who wrote it, where the provider tells."""
    history: bool = False
    """True for what was written before the account was connected: stored, and stops nobody."""
    data: Mapping[str, Any] = field(default_factory=dict)
    heard_by: tuple[Identity, ...] = ()
    """All who got it, where one customer may have several conversations and it is not sure which are meant: the agent falls
    silent in all of them."""


@dataclass(frozen=True)
class Status:
    """How far a message of ours got. It names the message by ``provider_id`` or ``correlation``, or all that were sent to
    ``to`` until ``up_to`` (a watermark)."""

    delivery: Delivery
    at: datetime
    provider_id: str | None = None
    correlation: str | None = None
    up_to: datetime | None = None
    to: Identity | None = None
    code: str | None = None
    reason: str | None = None
    final: bool = True
    """False where a failure may still turn into a success."""
    again: bool = False
    """A failure that may be tried again: the outbox does, by its schedule and under the same name."""
    attempt: int | None = None
    """Which attempt at sending a failure is about, where the provider says: of an earlier one it is of no interest any more."""
    aliases: tuple[str, ...] = ()
    """Further ids of the same message, if the provider made several of it."""
    no_marketing: bool = False
    """The customer gets no advertising: for :attr:`no_marketing_for`, or until they want it again."""
    no_marketing_for: timedelta | None = None
    templates: bool = False
    """What we know of the provider's templates is wrong."""
    refuses_file: bool = False
    """The file is the trouble, in the form in which it was sent: it is sent once more in the next one."""
    holder_changed: bool = False
    """It was not delivered, because another holder of the address, or another device, has another key."""
    unreachable: bool = False
    """The address itself is dead: nothing will arrive there until the customer writes again."""


@dataclass(frozen=True)
class Reaction:
    """The customer put an emoji on a message, or took it back (``emoji`` is None)."""

    sender: Identity
    target: str
    """The provider's id of the message reacted to; a reaction to an unknown message is ignored."""
    emoji: str | None
    provider_id: str
    at: datetime
    opens_window: bool = False
    """Whether one may write to the customer again because of it."""


@dataclass(frozen=True)
class Rated:
    """The customer says whether an answer helped (a thumb up or down); one to a message that no agent wrote is ignored."""

    sender: Identity
    target: str
    """The provider's id of the answer."""
    helped: bool
    at: datetime


@dataclass(frozen=True)
class Edited:
    """The customer changed a message, or revoked it (``text`` is None)."""

    provider_id: str
    text: str | None
    at: datetime


@dataclass(frozen=True)
class IdentityChanged:
    """The provider says that a customer has another id from now on."""

    old: Identity
    new: Identity
    at: datetime
    evidence: str
    left: Identity | None = None
    """An address that the customer gave up, and somebody else may get."""


@dataclass(frozen=True)
class Doubted:
    """It is not sure any more that the same person writes from an address: another device, another holder of the number."""

    who: Identity
    at: datetime
    reason: str


@dataclass(frozen=True)
class Keyed:
    """The provider tells a key of whoever holds an address (:mod:`firstline.contacts.holding`), by all its names for them."""

    who: tuple[Identity, ...]
    key: str
    at: datetime
    reason: str
    """What is said to people if it is another than the customer's."""


@dataclass(frozen=True)
class Listed:
    """What the business's own phone book calls somebody, or (None) that it has no entry any more."""

    who: Identity
    name: str | None
    at: datetime


@dataclass(frozen=True)
class Advertising:
    """The customer said at the provider that they want no advertising from this account, or want it again."""

    who: tuple[Identity, ...]
    wanted: bool
    at: datetime
    reason: str


@dataclass(frozen=True)
class Control:
    """Who has the word with a customer at the provider: we, or another program (thread control)."""

    who: Identity
    ours: bool
    at: datetime
    reason: str
    holder: str = ""
    """The other program, as the provider names it."""
    asked: bool = False
    """Nobody lost or got the word; another program asks us for it."""


@dataclass(frozen=True)
class TemplateState:
    """The provider approved, paused or withdrew a template."""

    name: str
    language: str
    state: str
    """In the provider's words, upper case; only APPROVED may be sent. Empty: something else of it changed."""
    at: datetime
    reason: str | None = None
    category: str | None = None


@dataclass(frozen=True)
class Notice:
    """Something about the account itself: shown under *Needs attention* with its cure."""

    code: str
    text: str
    cure: str
    broken: bool = True
    """False: worth knowing, the account works on."""
    over: bool = False
    """What was told under this code is no longer so."""
    lasting: bool = False
    """No test of the connection shows whether it is over: it stays worth knowing until the provider says so."""


@dataclass(frozen=True)
class Ignored:
    """Understood, and nothing to do."""

    why: str


Happening = (
    Inbound
    | Echo
    | Status
    | Reaction
    | Rated
    | Edited
    | IdentityChanged
    | Doubted
    | Keyed
    | Listed
    | Advertising
    | Control
    | TemplateState
    | Notice
    | Ignored
)


@dataclass(frozen=True)
class Problem:
    """A part of a delivery that could not be understood; it goes to the dead letters, its siblings do not."""

    detail: str
    raw: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Parsed:
    """What one delivery held. A bad item never drops its siblings."""

    happenings: tuple[Happening, ...] = ()
    problems: tuple[Problem, ...] = ()
    settle: Callable[[Any, Any, Happening], Happening] | None = None
    """What a happening becomes, given what the database knows (transaction, account, happening), where the channel asks it;
    called in the transaction in which it is applied, and giving the same for the same one."""
