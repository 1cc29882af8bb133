"""What every channel promises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel

from firstline.conversations.rules import Delivery


@dataclass(frozen=True)
class Capabilities:
    """What a channel can do; everything asks here, nothing names a channel (CH8)."""

    text_limit: int
    rich_text: bool = False
    citations: bool = False
    typing: bool = False
    live: bool = False
    family: str = "chat"
    debounce: float = 0.7
    """Seconds to wait after the customer's last message or keystroke before the agent begins."""
    turn_budget: float = 30.0
    """Seconds a turn may take before the built-in answerer or a handoff takes its place."""
    handoff_message: bool = True
    repeatable: bool = False
    """Whether a message that is sent twice arrives once: the other side knows it by its id."""


@dataclass(frozen=True)
class Account:
    """A connected channel account, with its secrets opened."""

    id: str
    kind: str
    name: str
    workspace: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    attention: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Outbound:
    """One message to send."""

    entry_id: str
    conversation_id: str
    text: str
    data: Mapping[str, Any]
    by_kind: str
    to: str
    """The customer's address on this channel."""


@dataclass(frozen=True)
class Receipt:
    """How far a message got when ``send`` came back."""

    delivery: Delivery
    provider_id: str | None = None


class Channel(Protocol):
    """One kind of channel."""

    kind: str
    title: str
    capabilities: Capabilities
    config: type[BaseModel]

    async def send(self, account: Account, message: Outbound) -> Receipt:
        """Send one message.

        :raises firstline.kit.errors.Retry: not now. :raises firstline.kit.errors.Rejected: never.
        :raises firstline.kit.errors.Unknown: nobody can tell.
        """
        ...

    async def check(self, account: Account) -> str:
        """Try the connection; returns a sentence for people.

        :raises firstline.kit.errors.Rejected: with cause and cure.
        """
        ...

    def address(self, account: Account) -> str:
        """The account's own address, as people know it (a website, a mailbox, a number)."""
        ...
