"""What every channel promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel

from firstline.channels.forms import Form, part_name
from firstline.channels.happenings import Happening, Parsed
from firstline.contacts.rules import Identity
from firstline.conversations.rules import Attachment, Delivery
from firstline.kit.errors import Rejected


class Forged(Exception):
    """A delivery whose signature is missing, wrong or too old: answered 401, nothing of it is kept.

    :param why: for the log. :param told: for whoever sent it, where that gives nothing away.
    """

    def __init__(self, why: str, told: str = "The signature is wrong.") -> None:
        super().__init__(why)
        self.told = told


class Broken(Rejected):
    """Not this message but the account is the trouble (an expired token, a refused login): it needs attention."""

    def __init__(self, code: str, cause: str, cure: str) -> None:
        super().__init__(cause)
        self.code = code
        self.cure = cure


@dataclass(frozen=True)
class Rate:
    """At most ``burst`` messages at once, and one more each ``every`` seconds."""

    every: float
    burst: int = 1


@dataclass(frozen=True)
class Capabilities:
    """What a channel can do; everything asks here, nothing names a channel (CH8)."""

    text_limit: int
    text_unit: str = "characters"
    """What ``text_limit`` counts: ``characters``, ``utf16`` units or ``bytes`` (of UTF-8)."""
    splits: bool = True
    """Whether a longer text goes out as several messages; else it is refused."""
    rich_text: bool = False
    """Whether what it is given is shown as it is, marks and choices too: nothing has to be put into words."""
    citations: bool = False
    typing: bool = False
    live: bool = False
    family: str = "chat"
    """``chat``, ``messaging``, ``email`` or ``calling``."""
    debounce: float = 0.7
    """Seconds to wait after the customer's last message or keystroke before the agent begins."""
    turn_budget: float = 30.0
    """Seconds a turn may take before the built-in answerer or a handoff takes its place."""
    handoff_message: bool = True
    repeatable: bool = False
    """Whether a message that is sent twice arrives once: the other side knows it by its id."""
    tells_begin: bool = False
    """Whether its requests tell when they begin (:mod:`firstline.channels.leaving`): a process that died before sent nothing."""
    media: frozenset[str] = frozenset()
    """Kinds of attachments that can be sent: ``image``, ``audio``, ``video``, ``file``, ``sticker``."""
    media_types: frozenset[str] | None = None
    """Media types that can be sent; None for all. What is of another type goes as a link."""
    media_limit: int = 0
    """Bytes of one attachment."""
    media_count: int = 10
    media_alone: bool = False
    """Whether each file is a message of its own; else all come with the last part."""
    captioned: frozenset[str] = frozenset()
    """Kinds of files that text of at most :attr:`caption_limit` characters goes with, where each is a message of its own."""
    caption_limit: int = 0
    buttons: int = 0
    """Buttons of one message; with 0 they become numbered text."""
    button_limit: int = 20
    """Characters on a button."""
    window: timedelta | None = None
    """How long after the customer's last message one may write; None for always."""
    window_cure: str = "none"
    """What helps when the window is closed: ``template``, ``tag`` (people may go on for :attr:`human_window`) or ``none``."""
    human_window: timedelta | None = None
    """How long people may write with a tag, where that is longer than :attr:`window`."""
    receipts: frozenset[str] = frozenset()
    """What the provider reports: ``delivered``, ``read``."""
    asks_phone: bool = False
    """Whether a message can come with the provider's button by which the customer gives their phone number; the message has
    ``asks: phone`` in its data."""
    checks_holder: bool = False
    """Whether a message carries the key of whoever it is for, and reaches nobody else (:mod:`firstline.contacts.holding`)."""
    starts: bool = False
    """Whether the business may write first."""
    rate: Rate | None = None
    """Limit of the account."""
    heavy_rate: Rate | None = None
    """Limit of the account for audio and video, where it is lower."""
    pair_rate: Rate | None = None
    """Limit towards one customer."""
    settles: float = 0.0
    """Seconds that a part waits at most for the one before to be delivered: where two sends in a row may be shown in the other
    order."""
    attempts: int = 6
    """How often a message is tried before it counts as failed."""
    shows: bool = False
    """What is committed is at the customer's already: nothing is sent."""
    hook_limit: int = 4_000_000
    """Bytes of one delivery of the provider."""
    icon: str = ""
    """Its drawing in the console's sprite (``console/static/icons.svg``); empty for that of its family."""


@dataclass(frozen=True)
class Account:
    """A connected channel account, with its secrets opened."""

    id: str
    kind: str
    name: str
    workspace: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    attention: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Button:
    """A choice the customer may tap; ``id`` comes back as the answer's ``data["choice"]``."""

    id: str
    title: str


@dataclass(frozen=True)
class Outbound:
    """One message to send: a whole reply, or one part of a long one."""

    entry_id: str
    conversation_id: str
    text: str
    data: Mapping[str, Any]
    """What the writer added: ``template`` (name, language, variables), and whatever the channel agreed on with itself."""
    by_kind: str
    """``teammate``, ``agent``, ``bot`` or ``system``; machines have shorter windows than people."""
    to: str
    """The customer's address on this channel."""
    identity: Identity | None = None
    """The same with its kind."""
    part: int = 0
    parts: int = 1
    attachments: tuple[Attachment, ...] = ()
    """With their content; ``ref`` is our own id of the file. They come with the last part, or one with a part."""
    form: Form = Form.AS_IT_IS
    """In which form the file is to go; what goes as a link is in the text already."""
    buttons: tuple[Button, ...] = ()
    """Never more, nor longer, than the capabilities allow. They come with the last part of the text."""
    reply_to: str | None = None
    """The provider's id of the message that is answered."""
    answers: bool = True
    """Whether the customer's last message was not answered before: a further message after the answer answers nothing."""
    history: tuple[str, ...] = ()
    """The provider's ids of what was said before in this conversation, oldest first."""
    holder_key: str = ""
    """The provider's key of the customer; empty if none is known, or the account does not check it."""
    thread: str | None = None
    subject: str = ""
    last_customer_at: datetime | None = None
    at: datetime | None = None
    """Now."""
    by_name: str = ""
    attempt: int = 1

    @property
    def correlation(self) -> str:
        """Our own name of this message."""
        return part_name(self.entry_id, self.part, self.form)


@dataclass(frozen=True)
class Receipt:
    """How far a message got when ``send`` came back."""

    delivery: Delivery
    provider_id: str | None = None
    aliases: tuple[str, ...] = ()
    """Further ids of the same message, if the provider made several of it."""
    held: str = ""
    """Why the provider does not pass it on yet, though it took it."""


@dataclass(frozen=True)
class Template:
    """A message approved by the provider beforehand, for when the window is closed."""

    name: str
    language: str
    text: str
    """With ``{{1}}``, ``{{2}}`` … where values go."""
    state: str = "APPROVED"
    """In the provider's words; only ``APPROVED`` may be sent."""
    category: str = ""
    reason: str = ""
    """Why it may not be sent, where the provider or the channel says so."""
    shape: Mapping[str, Any] = field(default_factory=dict)
    """What the channel needs to know to send it."""

    @property
    def variables(self) -> int:
        """How many values it takes."""
        return max((n for n in range(1, 30) if f"{{{{{n}}}}}" in self.text), default=0)


@dataclass(frozen=True)
class RawRequest:
    """A delivery as it came, kept so that it can be parsed again.

    A channel that fetches (a mailbox) makes one of each message: ``method`` says how it came, ``rest`` from where.
    """

    method: str = "POST"
    rest: str = ""
    """The path after ``/hooks/{kind}/{account}/``."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = field(default=b"", repr=False)
    at: datetime | None = None
    """When it came; signatures with a time are checked against it."""
    url: str = ""
    """The whole public address, for signatures that cover it."""
    brought: bytes | None = field(default=None, repr=False)
    """The message itself, where the delivery only says where it lies: fetched afterwards, None until then."""


@dataclass(frozen=True)
class Response:
    """What a provider gets instead of the usual empty 200."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Fetched:
    """The content of an attachment as the provider gave it."""

    content: bytes = field(repr=False)
    media_type: str = ""
    name: str = ""


class Channel(Protocol):
    """One kind of channel."""

    kind: str
    title: str
    capabilities: Capabilities
    config: type[BaseModel]

    async def send(self, account: Account, message: Outbound) -> Receipt:
        """Send one message.

        :raises firstline.kit.errors.Retry: not now. :raises firstline.kit.errors.Rejected: never.
        :raises firstline.kit.errors.Unknown: nobody can tell. :raises Broken: the account itself does not work.
        """
        ...

    async def check(self, account: Account) -> str:
        """Try the connection; returns a sentence for people.

        :raises Broken: with cause and cure. :raises firstline.kit.errors.Rejected: with a reason that says both.
        :raises firstline.kit.errors.Retry: if the other side cannot be asked now.
        """
        ...

    def address(self, account: Account) -> str:
        """The account's own address, as people know it (a website, a mailbox, a number)."""
        ...


@runtime_checkable
class Hooked(Protocol):
    """A channel that providers call at ``/hooks/{kind}/{account}/…``."""

    def verify(self, account: Account, request: RawRequest) -> Response | None:
        """Check the signature on the raw bytes; pure. A response is sent back at once and nothing is taken in
        (a handshake, such as Meta's challenge).

        :raises Forged: if the delivery does not come from who it says.
        """
        ...

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        """What happened; pure, and the same for the same bytes. Whatever it raises makes a dead letter of the delivery."""
        ...


@runtime_checkable
class Varying(Protocol):
    """A channel whose accounts differ in what they can do."""

    def capabilities_for(self, account: Account) -> Capabilities:
        """What this account can do."""
        ...


@runtime_checkable
class Fetching(Protocol):
    """A channel whose attachments are downloaded from the provider."""

    async def fetch(self, account: Account, attachment: Attachment) -> Fetched:
        """Download one attachment.

        :raises firstline.kit.errors.Retry: not now. :raises firstline.kit.errors.Rejected: it is gone, or refused.
        """
        ...


@runtime_checkable
class Templated(Protocol):
    """A channel with messages that the provider approved beforehand; :mod:`firstline.channels.templating` keeps what it names."""

    async def fetch_templates(self, account: Account) -> Sequence[Template]:
        """All of them, with their states.

        :raises firstline.kit.errors.Retry: not now. :raises firstline.kit.errors.Rejected: with cause and cure.
        """
        ...


@runtime_checkable
class Acknowledging(Protocol):
    """A channel that shows the customer that their message was read, and that an answer is being written."""

    async def acknowledge(self, account: Account, to: Identity, provider_id: str) -> None:
        """Show it; called when an answer will follow. Failing is no trouble.

        :param provider_id: of the customer's latest message.
        """
        ...


class Intake(Protocol):
    """Where a watching channel hands in what it finds; :class:`firstline.channels.intake.Intake` is the one there is."""

    async def take(self, account: Account, request: RawRequest) -> bool:
        """Keep a raw delivery, parse and apply it, in one transaction. False if something in it became a dead letter."""
        ...

    async def apply(self, account: Account, *happenings: Happening) -> None:
        """Apply happenings that have no raw form, such as notices about the account."""
        ...


@runtime_checkable
class Watching(Protocol):
    """A channel that has to keep looking (IMAP). One process in the whole installation runs it for each account."""

    async def run(self, account: Account, intake: Intake) -> None:
        """Watch until cancelled; an error is reported as the account's trouble, and it is started again later.

        :raises firstline.kit.errors.Retry: start again after that time.
        :raises firstline.kit.errors.Rejected: the account needs attention, for that reason.
        """
        ...


def capabilities_of(channel: Channel, account: Account) -> Capabilities:
    """What a channel can do for an account."""
    return channel.capabilities_for(account) if isinstance(channel, Varying) else channel.capabilities
