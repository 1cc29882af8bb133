"""Reading back what a provider did not deliver: looked for again and again, done by one job at a time for each account."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from firstline.channels import accounts
from firstline.channels.abilities import Rereading, Thread
from firstline.channels.base import Account, Broken, Channel, RawRequest
from firstline.channels.intake.backlog import keep_for_later
from firstline.channels.rereading import commands
from firstline.channels.rereading.queries import Reading, deliveries_wait
from firstline.channels.rereading.recognising import unknown
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Rejected, Retry, Unknown
from firstline.kit.jobs import defer
from firstline.kit.secrets import Keyring

log = structlog.get_logger(__name__)

LOOK = 300.0
"""Seconds between two looks for accounts whose reading is due."""
SLICE = 100
"""Conversations of one job; the next job goes on, so that a worker that stops loses little."""
LATER = 60.0
"""Seconds until a reading goes on that the provider holds up, if it does not say how long."""
PATIENCE = timedelta(hours=6)
"""So long a reading that is held up is tried again; after it the next day's begins with the same span."""
CURE = "Look at the reason. Reading needs rights of its own; the account's guide names them. Firstline tries again every day."


class Rereader:
    """The job ``channels.reread``, and the look for what is due."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], keyring: Keyring) -> None:
        self.database = database
        self.channels = channels
        self.keyring = keyring

    async def look(self) -> None:
        """Ask for the readings that are due."""
        for account in await self.database.tx(accounts.connected):
            channel: object = self.channels.get(account.kind)
            if isinstance(channel, Rereading):
                await self.database.tx(commands.look, account.id)

    async def reread(self, account_id: str) -> None:
        """Compare the next conversations of an account with what is here, and have what is missing taken in.

        :raises Retry: while deliveries wait, in which a message may be that is looked for.
        """
        try:
            account = await self.database.tx(accounts.which, account_id, self.keyring)
        except NotFound:
            return
        channel: object = self.channels.get(account.kind)
        if not isinstance(channel, Rereading):
            return
        reading = await self.database.tx(commands.begin, account_id)
        try:
            if reading.upto is None:
                await self.database.tx(commands.subscribed, account_id, await channel.repair(account), reads=False)
            await self._slice(channel, account, reading)
        except (Retry, Unknown) as wait:
            after = wait.after if isinstance(wait, Retry) else LATER
            await self.database.tx(_held_up, account_id, reading, wait.reason, after)
        except Rejected as no:
            cure = no.cure if isinstance(no, Broken) else CURE
            await self.database.tx(commands.give_up, account_id, no.reason, cure)

    async def _slice(self, channel: Rereading, account: Account, reading: Reading) -> None:
        assert reading.since is not None
        left = [one for one in await channel.went_on(account, reading.since) if reading.upto is None or one[1] > reading.upto]
        for name, updated in left[:SLICE]:
            thread = await channel.thread(account, name, reading.since)
            lost = await self.database.tx(unknown, account.id, thread.who, thread.heard)
            request = await channel.to_take_in(account, thread) if lost else None
            await self.database.tx(_compared, account, channel, thread, updated, request)
        if len(left) > SLICE:
            await self.database.tx(_go_on, account.id)
        else:
            await self.database.tx(commands.finish, account.id)


def _compared(tx: Tx, account: Account, channel: object, thread: Thread, updated: datetime, request: RawRequest | None) -> None:
    """What of a conversation is not here goes the way of every delivery.

    :raises Retry: while others wait, in which it may be.
    """
    if deliveries_wait(tx, account.id):
        raise Retry(5.0, "Deliveries of the account wait to be applied.")
    lost = unknown(tx, account.id, thread.who, thread.heard)
    there = len(thread.heard)
    commands.compared(tx, account.id, updated, server=there, known=there - len(lost), cut=thread.cut)
    if lost and request is not None:
        log.info("channels.read_back", account=account.id, messages=len(lost))
        keep_for_later(tx, account, [request], channel)


def _held_up(tx: Tx, account_id: str, reading: Reading, reason: str, after: float) -> None:
    commands.hold_up(tx, account_id, reason)
    if reading.begun_at is not None and tx.now - reading.begun_at < PATIENCE:
        defer(tx, "channels.reread", key=account_id, at=tx.now + timedelta(seconds=after), account_id=account_id)
    else:
        commands.give_up(tx, account_id, reason, CURE)


def _go_on(tx: Tx, account_id: str) -> None:
    defer(tx, "channels.reread", key=account_id, account_id=account_id)
