"""Messages that a delivery only points to: fetched after it was stored and answered, each by a job of its own.

One that cannot be had now holds up no other. Fetched, it waits with the others of its account (:mod:`.backlog`). One that cannot
be had at all becomes a dead letter, and replaying that fetches again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from firstline.channels import accounts, attention
from firstline.channels.abilities import NotThere, Referring
from firstline.channels.base import Account, Broken, Channel, RawRequest
from firstline.channels.happenings import Problem
from firstline.channels.intake import letters
from firstline.channels.intake.stored import request_of
from firstline.channels.intake.taking import keep
from firstline.channels.intake.waking import wake
from firstline.channels.tables import raw_delivery
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Rejected, Retry
from firstline.kit.jobs import defer
from firstline.kit.secrets import Keyring

TROUBLE = "bring"
"""Under this code an account needs attention whose messages cannot be fetched."""
MISSES = 6
"""Failures until a message that is not where it should be is given up: eleven minutes."""
FAILURES = 28
"""Failures until any other message is given up: most of a day."""
FORGOTTEN = timedelta(seconds=30)
LONGEST = 3_600.0


@dataclass(frozen=True)
class Pointing:
    """A delivery whose message is to be fetched now."""

    id: str
    account: Account
    request: RawRequest
    failures: int


def pause_before(failures: int) -> float:
    """Seconds after so many failures: 2, 8, 32 … up to an hour."""
    return min(LONGEST, 2.0 * 4.0 ** (failures - 1))


def keep_to_bring(tx: Tx, account: Account, requests: Sequence[RawRequest], channel: object) -> list[str]:
    """Store deliveries whose messages are fetched by jobs, which are asked for; returns their ids."""
    kept = keep(tx, account, requests, channel, bring=True)
    for one in kept:
        _ask(tx, one)
    return kept


class Bringing:
    """The job ``channels.bring``, for one delivery each."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], keyring: Keyring) -> None:
        self.database = database
        self.channels = channels
        self.keyring = keyring

    async def bring(self, raw_id: str) -> None:
        """Fetch a delivery's message, or note why it could not be fetched."""
        found = await self.database.tx(_pointing, raw_id, self.keyring)
        if found is None:
            return
        try:
            content = await fetched(self.channels, found.account, found.request)
        except Retry as wait:
            await self.database.tx(_again, found, wait)
        except Rejected as no:
            await self.database.tx(_given_up, found, no)
        else:
            await self.database.tx(_brought, found.account.id, found.id, content)

    async def wake_all(self) -> None:
        """Whatever is still to be fetched gets its job again, also after one that was given up."""
        await self.database.tx(_wake_forgotten)


async def fetched(channels: Mapping[str, Channel], account: Account, request: RawRequest) -> bytes:
    """The message that a delivery points to.

    :raises Retry: :raises Rejected: as of :meth:`~firstline.channels.abilities.Referring.bring`.
    """
    channel: object = channels.get(account.kind)
    if not isinstance(channel, Referring):
        raise Rejected(f"This installation has no channel of kind {account.kind} whose messages lie elsewhere.")
    return await channel.bring(account, request)


def store(tx: Tx, account_id: str, raw_id: str, content: bytes) -> None:
    """The message is here: from now on the delivery is read with it."""
    tx.execute(update(raw_delivery).where(raw_delivery.c.id == raw_id).values(brought=content, bring_at=None))
    attention.settled(tx, account_id, TROUBLE)


def _ask(tx: Tx, raw_id: str, after: float = 0.0) -> None:
    defer(tx, "channels.bring", key=raw_id, at=tx.now + timedelta(seconds=after) if after else None, raw_id=raw_id)


def _pointing(tx: Tx, raw_id: str, keyring: Keyring) -> Pointing | None:
    r = raw_delivery.c
    row = tx.row(select(raw_delivery).where(r.id == raw_id, r.bring_at.is_not(None)))
    if row is None:
        return None
    try:
        account = accounts.which(tx, row.channel_account_id, keyring)
    except NotFound:
        _to_dead_letter(tx, row.channel_account_id, raw_id, "The channel account was removed before this was fetched.", b"")
        return None
    return Pointing(row.id, account, request_of(row), row.bring_failures)


def _brought(tx: Tx, account_id: str, raw_id: str, content: bytes) -> None:
    store(tx, account_id, raw_id, content)
    tx.execute(update(raw_delivery).where(raw_delivery.c.id == raw_id).values(waits=True))
    wake(tx, account_id)


def _again(tx: Tx, found: Pointing, wait: Retry) -> None:
    failures = found.failures + 1
    if failures >= (MISSES if isinstance(wait, NotThere) else FAILURES):
        reason = f"{wait.reason} It was tried {failures} times."
        _to_dead_letter(tx, found.account.id, found.id, reason, found.request.body)
        return
    after = pause_before(failures)
    values = {"bring_failures": failures, "bring_at": tx.now + timedelta(seconds=after)}
    tx.execute(update(raw_delivery).where(raw_delivery.c.id == found.id).values(**values))
    _ask(tx, found.id, after)


def _given_up(tx: Tx, found: Pointing, no: Rejected) -> None:
    cure = f" {no.cure}" if isinstance(no, Broken) else ""
    _to_dead_letter(tx, found.account.id, found.id, no.reason + cure, found.request.body)
    if isinstance(no, Broken):
        attention.raise_trouble(tx, found.account.id, TROUBLE, no.reason, no.cure)


def _to_dead_letter(tx: Tx, account_id: str, raw_id: str, reason: str, body: bytes) -> None:
    gone = update(raw_delivery).where(raw_delivery.c.id == raw_id, raw_delivery.c.bring_at.is_not(None))
    if tx.execute(gone.values(bring_at=None)).rowcount:
        letters.write(tx, account_id, raw_id, 0, Problem(reason, body))


def _wake_forgotten(tx: Tx) -> None:
    r = raw_delivery.c
    for row in tx.rows(select(r.id).where(r.bring_at < tx.now - FORGOTTEN)):
        _ask(tx, row.id)
