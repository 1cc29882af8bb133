"""How a kind of channel is drawn: as the channel itself says, else as its family. No kind is named here."""

from collections.abc import Mapping
from contextvars import ContextVar

from firstline.channels.base import Channel

UNKNOWN = "plug"
"""A channel that this installation no longer has; its conversations stay."""
FAMILIES = {"chat": "chat", "messaging": "chat", "email": "mail", "calling": "phone"}
_icons: ContextVar[Mapping[str, str] | None] = ContextVar("icons", default=None)


def know(channels: Mapping[str, Channel]) -> None:
    """Draw the channels of this installation for the rest of this request."""
    _icons.set({kind: _icon(channel) for kind, channel in channels.items()})


def channel_icon(kind: str) -> str:
    """The icon of a kind of channel."""
    return (_icons.get() or {}).get(kind, UNKNOWN)


def _icon(channel: Channel) -> str:
    return channel.capabilities.icon or FAMILIES.get(channel.capabilities.family, UNKNOWN)
