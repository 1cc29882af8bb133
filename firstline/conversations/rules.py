"""Shapes and pure decisions of conversations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from firstline.contacts.rules import Identity

MESSAGE_LIMIT = 20_000
"""Characters of one message; adapters state their channel's own, lower limits."""

SORTED_OUT = "sorted_out"
"""In a message's data: the provider, or somebody, had put it aside before it came."""
REOPEN_WITHIN = timedelta(days=3)
"""A customer's message reopens a conversation closed no longer ago than this; later it starts a new, linked one (IN4)."""


class OwnerKind(StrEnum):
    """Who has a conversation: exactly one at a time."""

    AGENT = "agent"
    TEAMMATE = "teammate"
    TEAM = "team"
    BOT = "bot"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Owner:
    """Who has a conversation; ``id`` is None for nobody."""

    kind: OwnerKind
    id: str | None = None


NOBODY = Owner(OwnerKind.NOBODY)


class EntryKind(StrEnum):
    """What an entry of the timeline is."""

    MESSAGE = "message"
    COMMENT = "comment"
    ASSIGNMENT = "assignment"
    STATUS = "status"
    HANDOFF = "handoff"
    ACTION = "action"
    ALERT = "alert"


class Delivery(StrEnum):
    """How far an outgoing message got. It only moves forward, except that a failed one may be tried again."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"


_PROGRESS = [
    Delivery.PENDING,
    Delivery.SENDING,
    Delivery.UNKNOWN,
    Delivery.SENT,
    Delivery.FAILED,
    Delivery.DELIVERED,
    Delivery.READ,
]
"""A provider takes a message and then fails to deliver it; what was delivered has arrived, whatever is said later."""


def advances(before: str | None, after: Delivery, *, final: bool = True) -> bool:
    """Whether a report moves the delivery forward; late and repeated reports do not.

    :param final: False if ``before`` is a failure that the provider called provisional: any success outdoes it.
    """
    if before is None:
        return True
    if not final and before == Delivery.FAILED.value:
        return after in (Delivery.SENT, Delivery.DELIVERED, Delivery.READ, Delivery.FAILED)
    return _PROGRESS.index(after) > _PROGRESS.index(Delivery(before))


def together(parts: Sequence[Delivery]) -> Delivery:
    """How far a message got whose parts got so far: as far as the last of them, and no further than the worst."""
    for worst in (Delivery.FAILED, Delivery.UNKNOWN, Delivery.SENDING, Delivery.PENDING):
        if worst in parts:
            return worst
    return min(parts, key=_PROGRESS.index)


@dataclass(frozen=True)
class Place:
    """Where a message came in: a channel account and the workspace it belongs to."""

    channel_account_id: str
    workspace: str


@dataclass(frozen=True)
class Attachment:
    """A file with a message. ``content`` is there already, or is fetched later under ``ref`` (the provider's id or address)."""

    kind: str
    """One of ``image``, ``audio``, ``video``, ``file``, ``sticker``."""
    name: str = ""
    media_type: str = ""
    """As the sender claims it; what is stored is what the content shows."""
    size: int | None = None
    ref: str = ""
    content: bytes | None = field(default=None, repr=False)
    sha256: str | None = None
    """Lower-case hexadecimal, if the provider promises it; content with another sum is refused."""
    inline_id: str | None = None
    """By what name the text shows it, such as the Content-ID of an image within a mail."""


@dataclass(frozen=True)
class Inbound:
    """One message from outside, as a channel's ``parse`` gives it.

    ``provider_id`` is the provider's id of the message: the same id on the same account is the same message.
    ``thread`` names the conversation where the channel knows; else a contact has one open conversation an account.
    """

    sender: Identity
    text: str
    provider_id: str
    sender_name: str | None = None
    at: datetime | None = None
    """When the customer sent it, by the provider's clock: it orders messages and opens the reply window."""
    thread: str | None = None
    client_id: str | None = None
    language: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    aliases: tuple[Identity, ...] = ()
    """Further identities that the provider says are the same sender's."""
    gives: tuple[Identity, ...] = ()
    """Addresses of theirs that the customer gives with it, and the provider vouches for."""
    standby: bool = False
    """Somebody else has the word at the provider: it is stored and not answered."""
    answerable: bool = True
    """False for what no machine may answer: auto-replies, list mail, bounces, history."""
    trusted: bool | None = None
    """Whether the sender is proven to be who it says; None where the channel itself proves it."""
    history: bool = False
    """Said before the account was connected: stored, and nothing follows from it."""
    reply_to: str | None = None
    """The provider's id of the message that this one quotes."""
    references: tuple[str, ...] = ()
    """Provider's ids of messages of the same thread, or ids of conversations that the channel knows of, the likeliest last; they
    count only for the contact of that conversation."""
    subject: str | None = None

    @property
    def quiet(self) -> bool:
        """Whether it is stored only: the agent does not answer it, and nobody is called."""
        return self.standby or self.history or not self.answerable


@dataclass(frozen=True)
class Received:
    """What became of an inbound message."""

    conversation_id: str
    contact_id: str
    entry_id: str
    seq: int
    new: bool
    duplicate: bool


@dataclass(frozen=True)
class Conversation:
    """One contact, one channel account, one matter."""

    id: str
    number: int
    contact_id: str
    channel_account_id: str
    workspace: str
    status: str
    owner: Owner
    epoch: int
    engagement: int
    last_seq: int
    agent_seq: int
    agent_id: str | None
    subject: str
    preview: str
    language: str | None
    previous_id: str | None
    created_at: datetime
    updated_at: datetime
    waiting_since: datetime | None
    closed_at: datetime | None
    closed_reason: str | None
    answered_by_agent: bool
    routing: Mapping[str, Any] | None = None
    """The routing decision that gave it its first owner: owner, reasons in order, instant."""
    snoozed_until: datetime | None = None
    """When a conversation that was put off comes back."""

    @property
    def held_by_agent(self) -> bool:
        """Whether the agent has the word."""
        return self.owner.kind is OwnerKind.AGENT and self.status == "open"


@dataclass(frozen=True)
class Entry:
    """One line of a conversation's timeline. ``seq`` counts within the conversation from 1."""

    id: str
    conversation_id: str
    seq: int
    kind: EntryKind
    by_kind: str
    by_id: str | None
    text: str
    data: Mapping[str, Any]
    at: datetime
    epoch: int
    direction: str | None
    client_id: str | None
    delivery: str | None
    delivery_reason: str | None
    turn_id: str | None
    sent_at: datetime | None = None
    """When it was sent by the provider's clock, where that is known."""
    quiet: bool = False
    provider_id: str | None = None

    @property
    def customer_sees(self) -> bool:
        """Messages alone are for customers; everything else is for teammates."""
        return self.kind is EntryKind.MESSAGE


def subject_of(text: str) -> str:
    """A conversation's title from its first message: the first line, at most 80 characters, cut at a word."""
    line = " ".join(next((part for part in text.splitlines() if part.strip()), "").split())
    return line if len(line) <= 80 else line[:80].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def preview_of(text: str) -> str:
    """The line under the title in lists."""
    return " ".join(text.split())[:160]
