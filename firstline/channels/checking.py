"""Trying connections again: a broken account recovers by itself, a silent break is found (CH7)."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, or_, select

from firstline.channels import accounts, attention, buckets
from firstline.channels.abilities import Examined, Health, Rereading
from firstline.channels.base import Account, Broken, Channel, capabilities_of
from firstline.channels.forgetting import Forgetting
from firstline.channels.rereading import commands as rereading
from firstline.channels.tables import channel_account, dead_letter, delivery_report, raw_delivery
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Rejected, Retry, Unknown
from firstline.kit.secrets import Keyring

AGAIN = timedelta(minutes=5)
"""After so long an account that needs attention is tried again."""
ROUTINE = timedelta(hours=6)
KEPT = timedelta(days=30)
"""How long deliveries are kept as they came."""
HELD = timedelta(days=8)
"""How long a report about an unknown message waits: providers repeat for seven days."""
AT_ONCE = 20


class Checks:
    """Looks after accounts."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], keyring: Keyring) -> None:
        self.database = database
        self.channels = channels
        self.keyring = keyring

    async def due(self) -> None:
        """Check every account whose turn it is."""
        for account_id in await self.database.tx(_due):
            try:
                account = await self.database.tx(accounts.which, account_id, self.keyring)
            except NotFound:
                continue
            await self.check(account)

    async def check(self, account: Account) -> tuple[bool, str]:
        """Try a connection and note the outcome: whether it works, and a sentence for people."""
        channel = self.channels.get(account.kind)
        if channel is None:
            return False, f"This installation has no channel of kind {account.kind}."
        if capabilities_of(channel, account).shows:
            await self.database.tx(attention.recovered, account.id)
            return True, await channel.check(account)
        try:
            message = await channel.check(account)
            mended = await _mended(channel, account)
        except Broken as trouble:
            await self.database.tx(attention.raise_trouble, account.id, trouble.code, trouble.reason, trouble.cure)
            return False, f"{trouble.reason} {trouble.cure}".strip()
        except Rejected as no:
            cure = "Open the channel's settings, correct what the message names, and test again."
            await self.database.tx(attention.raise_trouble, account.id, "check", no.reason, cure)
            return False, no.reason
        except (Retry, Unknown) as wait:
            cure = "Firstline tries again every few minutes; check that the other side can be reached."
            await self.database.tx(attention.raise_trouble, account.id, "unreachable", wait.reason, cure)
            return False, wait.reason
        await self.database.tx(attention.recovered, account.id)
        if mended is not None:
            await self.database.tx(rereading.subscribed, account.id, mended)
        await self._examine(channel, account)
        return True, f"{message} {mended or ''}".strip()

    async def _examine(self, channel: object, account: Account) -> None:
        """What will be a trouble is noted, what was renewed is kept."""
        if not isinstance(channel, Examined):
            return
        health = await channel.examine(account, self.database.clock.now())
        await self.database.tx(_noted, self.keyring, account, health)

    async def sweep(self) -> None:
        """Forget what is too old to be of use."""
        await self.database.tx(_sweep)
        for channel in self.channels.values():
            if isinstance(channel, Forgetting):
                await self.database.tx(channel.forget)


async def _mended(channel: object, account: Account) -> str | None:
    """What had kept the provider from delivering; None where a channel knows nothing of the kind."""
    return await channel.repair(account) if isinstance(channel, Rereading) else None


def _noted(tx: Tx, keyring: Keyring, account: Account, health: Health) -> None:
    for notice in health.notices:
        if notice.over:
            attention.settled(tx, account.id, notice.code)
        else:
            attention.note(tx, account.id, notice.code, notice.text, notice.cure)
    if health.secrets:
        accounts.renew_secrets(tx, keyring, account.id, health.secrets)


def _due(tx: Tx) -> list[str]:
    c = channel_account.c
    query = (
        select(c.id)
        .where(
            c.removed_at.is_(None),
            or_(
                c.attention.is_not(None)
                & (func.coalesce(c.attention["broken"].astext, "true") != "false")
                & or_(c.checked_at.is_(None), c.checked_at < tx.now - AGAIN),
                c.checked_at < tx.now - ROUTINE,
            ),
        )
        .order_by(c.checked_at.nulls_first())
        .limit(AT_ONCE)
    )
    found = [row.id for row in tx.rows(query)]
    if found:
        tx.execute(channel_account.update().where(c.id.in_(found)).values(checked_at=tx.now))
    return found


def _sweep(tx: Tx) -> None:
    r = raw_delivery.c
    waiting = select(dead_letter.c.raw_delivery_id).where(dead_letter.c.state == "waiting")
    tx.execute(raw_delivery.delete().where(r.at < tx.now - KEPT, ~r.waits, r.bring_at.is_(None), r.id.not_in(waiting)))
    d = delivery_report.c
    tx.execute(delivery_report.delete().where(d.entry_id.is_(None), d.at < tx.now - HELD))
    buckets.sweep(tx)
    attention.sweep(tx)
