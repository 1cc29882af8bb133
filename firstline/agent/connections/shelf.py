"""Models that were built already, so that their connections to the provider stay open."""

import asyncio
from typing import TYPE_CHECKING

from firstline.agent.connections.building import build
from firstline.agent.connections.queries import Connection
from firstline.kit.secrets import Keyring

if TYPE_CHECKING:
    from pydantic_ai.models import Model

MOST = 32


class Built:
    """Builds each connection once, as long as it does not change."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._models: dict[tuple[str, str, int], Model] = {}

    def model(self, connection: Connection) -> "Model":
        """The model of a connection; built anew after a change, and for another event loop: open sockets belong to one.

        :raises NotInstalled: if the provider's library is missing.
        """
        known = (connection.id, connection.changed_at.isoformat(), id(asyncio.get_running_loop()))
        if known not in self._models:
            if len(self._models) >= MOST:
                self._models.clear()
            self._models[known] = build(connection.settings, self._key(connection))
        return self._models[known]

    def without_key(self, connection: Connection, text: str) -> str:
        """A provider's message without the key, which some repeat."""
        key = self._key(connection)
        return text.replace(key, "•••") if key and len(key) > 3 else text

    def _key(self, connection: Connection) -> str | None:
        return self._keyring.open(connection.sealed).get("key")
