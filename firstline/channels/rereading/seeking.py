"""A message of which nobody knows whether it arrived is looked for at the provider, before people are told.

It is there or it is not, and the message under its words is found by what reading back knows of our own (recognising).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from firstline.channels import accounts
from firstline.channels.abilities import Rereading
from firstline.channels.base import Account, Channel
from firstline.channels.claiming import recipient
from firstline.channels.intake.backlog import keep_for_later
from firstline.channels.rereading.recognising import unknown
from firstline.channels.unsettled import Unsettled
from firstline.contacts.rules import Identity
from firstline.conversations.rules import Delivery
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Rejected, Retry, Unknown
from firstline.kit.jobs import defer
from firstline.kit.secrets import Keyring

log = structlog.get_logger(__name__)

BEFORE = timedelta(minutes=2)
"""Clocks differ: from so long before the message was written the conversation is read."""
APPLIED = timedelta(seconds=15)
"""Until what was read is surely applied."""


@dataclass(frozen=True)
class Doubtful:
    """A message to be looked for."""

    account: Account
    to: Identity
    since: datetime


class Seeker:
    """The job ``channels.settle_unknown``."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], keyring: Keyring) -> None:
        self.database = database
        self.channels = channels
        self.keyring = keyring
        self.unsettled = Unsettled(database)

    async def settle(self, entry_id: str, looked: str = "") -> None:
        """Look for a message that is still unknown; what is found is applied, then people are told of what is not.

        :param looked: not empty once it was looked for.
        """
        if not looked and await self._found_something(entry_id):
            await self.database.tx(_later, entry_id)
            return
        await self.unsettled.settle(entry_id)

    async def _found_something(self, entry_id: str) -> bool:
        """Whether the provider has something of the conversation that is not here; it is being taken in then."""
        doubtful = await self.database.tx(_doubtful, entry_id, self.keyring)
        channel: object = self.channels.get(doubtful.account.kind) if doubtful else None
        if doubtful is None or not isinstance(channel, Rereading):
            return False
        try:
            thread = await channel.thread_with(doubtful.account, doubtful.to, doubtful.since)
            if thread is None or not await self.database.tx(unknown, doubtful.account.id, doubtful.to, thread.heard):
                return False
            request = await channel.to_take_in(doubtful.account, thread)
        except (Retry, Rejected, Unknown) as no:
            log.info("channels.not_looked_for", account=doubtful.account.id, entry=entry_id, reason=no.reason)
            return False
        await self.database.tx(keep_for_later, doubtful.account, [request], channel)
        return True


def _doubtful(tx: Tx, entry_id: str, keyring: Keyring) -> Doubtful | None:
    row = tx.row(
        select(entry.c.delivery, entry.c.at, entry.c.conversation_id, entry.c.channel_account_id, conversation.c.contact_id)
        .join(conversation, conversation.c.id == entry.c.conversation_id)
        .where(entry.c.id == entry_id)
    )
    if row is None or row.delivery != Delivery.UNKNOWN.value:
        return None
    try:
        account = accounts.which(tx, row.channel_account_id, keyring)
    except NotFound:
        return None
    to = recipient(tx, row.conversation_id, row.contact_id, account.id)
    return Doubtful(account, to, row.at - BEFORE) if to is not None else None


def _later(tx: Tx, entry_id: str) -> None:
    defer(tx, "channels.settle_unknown", key=entry_id, at=tx.now + APPLIED, entry_id=entry_id, looked="yes")
