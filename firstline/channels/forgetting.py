"""Rows of a channel's own that are of use for a while only."""

from typing import Protocol, runtime_checkable

from firstline.kit.database import Tx


@runtime_checkable
class Forgetting(Protocol):
    """A channel that has such rows."""

    def forget(self, tx: Tx) -> None:
        """Delete what has become too old; called every hour."""
        ...
