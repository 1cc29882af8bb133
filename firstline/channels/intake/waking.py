"""Asking for the job of an account after the commit: in a burst once for many deliveries.

Asking locks the waiting job until its transaction ends. If every delivery of a burst asked in its own transaction, each would
wait for the commit of the one before it, and no worker could take the job meanwhile.
"""

import asyncio

import structlog
from sqlalchemy.exc import DBAPIError

from firstline.kit.database import Database, Tx
from firstline.kit.jobs import defer

log = structlog.get_logger(__name__)

PAUSE = 0.05
"""Seconds between two askings, in which workers find the job unlocked."""


def wake(tx: Tx, account_id: str) -> None:
    """Ask for the job that applies what waits for an account."""
    defer(tx, "channels.take_in", key=account_id, account_id=account_id)


class Waker:
    """One for each process. What it forgets when the process dies, the visit of each minute finds."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.asking: dict[str, asyncio.Task[None]] = {}
        self.again: set[str] = set()

    def ask(self, account_id: str) -> None:
        """Ask soon; who asks while somebody is asking is asked for together with the others."""
        self.again.add(account_id)
        running = self.asking.get(account_id)
        if running is None or running.done():
            self.asking[account_id] = asyncio.get_running_loop().create_task(self._ask(account_id))

    async def _ask(self, account_id: str) -> None:
        while account_id in self.again:
            self.again.discard(account_id)
            try:
                await self.database.tx(wake, account_id)
            except DBAPIError as error:
                log.warning("hooks.not_woken", account=account_id, error=str(error.orig))
            await asyncio.sleep(PAUSE)
