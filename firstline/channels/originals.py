"""Messages that were something else before they became text, such as a mail: seeing the original, and what to beware of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from firstline.channels.base import Channel
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.kit.secrets import Keyring

Cautions = Callable[[Mapping[str, Any]], tuple[str, ...]]
"""From a message's data to what a person has to know before they act on it."""


@dataclass(frozen=True)
class Original:
    """A message as it came."""

    subject: str
    sender: str
    copies: tuple[str, ...]
    warnings: tuple[str, ...]
    html: str
    """For a sandboxed frame only."""
    remote: int
    """Images that would be loaded from elsewhere."""


@runtime_checkable
class Keeping(Protocol):
    """A channel that keeps originals."""

    def cautions(self, data: Mapping[str, Any]) -> tuple[str, ...]:
        """What a person has to know of a message before they act on it; pure."""
        ...

    def original(self, tx: Tx, keyring: Keyring, entry_id: str, *, with_remote: bool) -> Original:
        """The original of a message.

        :raises NotFound: if it has none.
        """
        ...


def no_cautions(_data: Mapping[str, Any]) -> tuple[str, ...]:
    """Of channels that keep no originals."""
    return ()


def cautions_of(channels: Mapping[str, Channel], kind: str) -> Cautions:
    """What to beware of in messages of a kind of channel."""
    channel: object = channels.get(kind)
    return channel.cautions if isinstance(channel, Keeping) else no_cautions


def original(
    tx: Tx, channels: Mapping[str, Channel], kind: str, keyring: Keyring, entry_id: str, *, with_remote: bool
) -> Original:
    """The original of a message on a kind of channel.

    :raises NotFound: if it has none.
    """
    channel: object = channels.get(kind)
    if not isinstance(channel, Keeping):
        raise NotFound("This message is shown in the conversation as it came.")
    return channel.original(tx, keyring, entry_id, with_remote=with_remote)
