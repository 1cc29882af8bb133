"""Running the channels that have to keep looking: one process in the whole installation watches each account.

Who watches is a lease in the database, renewed while the process lives; when it dies, another takes over within seconds.
"""

import asyncio
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as pg_insert

from firstline.channels import accounts, attention
from firstline.channels.base import Account, Broken, Channel, Intake, Watching
from firstline.channels.tables import watch
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Rejected, Retry
from firstline.kit.secrets import Keyring

log = structlog.get_logger(__name__)

LOOK = 5.0
"""Seconds between looks for accounts to watch; leases are renewed at each."""
LEASE = 20.0
PAUSES = (5.0, 15.0, 60.0, 300.0)
"""Seconds before a watcher that broke is started again, growing with each time."""
HEALTHY = 15.0
"""Seconds a watcher has to run before its account counts as well again."""


@dataclass
class _Watcher:
    task: "asyncio.Task[None]"
    account: Account
    since: float


class Watchers:
    """The watchers of this process."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], keyring: Keyring, intake: Intake) -> None:
        self.database = database
        self.channels = channels
        self.keyring = keyring
        self.intake = intake
        self.me = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        self._running: dict[str, _Watcher] = {}
        self._broke: dict[str, int] = {}
        self._not_before: dict[str, float] = {}

    async def run(self) -> None:
        """Watch until cancelled."""
        try:
            while True:
                try:
                    await self.look()
                except Exception:
                    log.exception("watchers.look_failed")
                await asyncio.sleep(LOOK)
        finally:
            for watcher in self._running.values():
                watcher.task.cancel()
            await asyncio.gather(*(one.task for one in self._running.values()), return_exceptions=True)
            await self.database.tx(_let_go, self.me)

    async def look(self) -> None:
        """Start, restart and stop watchers so that exactly the accounts of this process are watched."""
        kinds = [kind for kind, channel in self.channels.items() if isinstance(channel, Watching)]
        mine = {one.id: one for one in await self.database.tx(_take, self.me, kinds, self.keyring)}
        now = asyncio.get_running_loop().time()
        for account_id, watcher in list(self._running.items()):
            if mine.get(account_id) is None or _changed(mine[account_id], watcher.account):
                watcher.task.cancel()
                await asyncio.gather(watcher.task, return_exceptions=True)
                del self._running[account_id]
                self._broke.pop(account_id, None)
                self._not_before.pop(account_id, None)
            elif watcher.task.done():
                del self._running[account_id]
                await self._ended(watcher, now)
            elif now - watcher.since > HEALTHY:
                self._broke.pop(account_id, None)
                if (mine[account_id].attention or {"broken": False}).get("broken", True):
                    await self.database.tx(attention.recovered, account_id)
        for account in mine.values():
            if account.id not in self._running and now >= self._not_before.get(account.id, 0.0):
                self._start(account, now)

    def _start(self, account: Account, now: float) -> None:
        channel: object = self.channels[account.kind]
        if isinstance(channel, Watching):
            task = asyncio.create_task(channel.run(account, self.intake), name=f"watch {account.id}")
            self._running[account.id] = _Watcher(task, account, now)

    async def _ended(self, watcher: _Watcher, now: float) -> None:
        account_id = watcher.account.id
        error = None if watcher.task.cancelled() else watcher.task.exception()
        number = self._broke.get(account_id, 0)
        self._broke[account_id] = number + 1
        pause = PAUSES[min(number, len(PAUSES) - 1)]
        if isinstance(error, Retry):
            pause = error.after
            if number >= 2:
                cure = "Check that the server can be reached; Firstline goes on trying."
                await self.database.tx(attention.raise_trouble, account_id, "unreachable", error.reason, cure)
        elif isinstance(error, Broken):
            await self.database.tx(attention.raise_trouble, account_id, error.code, error.reason, error.cure)
        elif isinstance(error, Rejected):
            cure = "Open the channel's settings, correct what the message names, and test the connection."
            await self.database.tx(attention.raise_trouble, account_id, "refused", error.reason, cure)
        elif error is not None:
            log.error("watcher.raised", account=account_id, error=repr(error), exc_info=error)
            cure = "Firstline starts it again; if it stays, send the log: it is a bug."
            await self.database.tx(attention.raise_trouble, account_id, "failed", f"{type(error).__name__}: {error}", cure)
        self._not_before[account_id] = now + pause


def _changed(now: Account, before: Account) -> bool:
    return (now.settings, now.secrets, now.workspace) != (before.settings, before.secrets, before.workspace)


def _take(tx: Tx, me: str, kinds: list[str], keyring: Keyring) -> list[Account]:
    """The accounts that are this process's to watch: those it holds, and those nobody holds any more."""
    held = []
    for kind in kinds:
        for account in accounts.connected(tx, kind):
            until = tx.now + timedelta(seconds=LEASE)
            mark = pg_insert(watch).values(channel_account_id=account.id, holder=me, until=until)
            mark = mark.on_conflict_do_update(
                index_elements=["channel_account_id"],
                set_={"holder": me, "until": until},
                where=(watch.c.holder == me) | (watch.c.until < tx.now),
            )
            if tx.row(mark.returning(watch.c.holder)) is not None:
                try:
                    held.append(accounts.which(tx, account.id, keyring))
                except NotFound:
                    continue
    return held


def _let_go(tx: Tx, me: str) -> None:
    tx.execute(delete(watch).where(watch.c.holder == me))
