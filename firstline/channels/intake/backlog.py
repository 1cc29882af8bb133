"""Deliveries that were kept and answered, and are applied by a job: in order, in small transactions, each part once.

How far a delivery was applied is written in the transaction that applied it. A process that dies in the middle is followed by
another one that goes on from there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.exc import DBAPIError

from firstline.channels import accounts
from firstline.channels.base import Account, RawRequest
from firstline.channels.happenings import Happening, Parsed, Problem
from firstline.channels.intake import applying, letters
from firstline.channels.intake.taking import Parse, applied, keep, read
from firstline.channels.intake.waking import wake
from firstline.channels.tables import raw_delivery
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Retry
from firstline.kit.secrets import Keyring

CHUNK = 25
"""Happenings of one transaction."""
GIVE_UP = 5
"""Failures of one happening in the database until it becomes a dead letter and the rest goes on."""
FORGOTTEN = timedelta(seconds=30)


@dataclass(frozen=True)
class Waiting:
    """A delivery that waits, with its account."""

    id: str
    account: Account
    request: RawRequest
    applied: int
    """How many of its happenings were applied already."""
    failures: int


def any_waits(tx: Tx, account_id: str) -> bool:
    """Whether deliveries of an account wait to be applied."""
    r = raw_delivery.c
    return bool(tx.scalar(select(exists().where(r.channel_account_id == account_id, r.waits))))


def keep_for_later(
    tx: Tx, account: Account, requests: Sequence[RawRequest], channel: object = None, *, wakes: bool = True
) -> list[str]:
    """Store deliveries that the job applies; returns their ids.

    :param channel: of the account; it may know which of them stop the agent (:mod:`firstline.channels.interrupting`).
    :param wakes: ask for the job in this transaction. Where others wait already, :mod:`firstline.channels.intake.waking` asks.
    """
    kept = keep(tx, account, requests, channel, waits=True)
    if wakes:
        wake(tx, account.id)
    return kept


class Backlog:
    """The job ``channels.take_in``, one at a time for each account."""

    def __init__(self, database: Database, parser: Callable[[Account], Parse], keyring: Keyring) -> None:
        self.database = database
        self.parser = parser
        self.keyring = keyring

    async def take_in(self, account_id: str) -> None:
        """Apply what waits for an account, the oldest first."""
        while (found := await self.database.tx(_oldest, account_id, self.keyring)) is not None:
            parsed = await self.database.thread(read, self.parser(found.account), found.account, found.request)
            await self._through(found, replace(parsed, happenings=tuple(applying.in_order(parsed.happenings))))

    async def _through(self, found: Waiting, parsed: Parsed) -> None:
        at: int | None = found.applied
        size = 1 if found.failures else CHUNK
        while at is not None:
            at = await self._step(found, parsed, at, size)

    async def _step(self, found: Waiting, parsed: Parsed, at: int, size: int) -> int | None:
        try:
            return await self.database.tx(_some, found, parsed, at, size)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            on = await self.database.tx(_failed, found, parsed, at, alone=size == 1, why=str(error.orig))
            if on is None:
                raise Retry(0.2, f"A delivery could not be applied: {error.orig}") from None
            return on

    async def wake_all(self) -> None:
        """Whatever still waits gets its job again, also after one that was given up."""
        await self.database.tx(_wake_forgotten)


def _wake_forgotten(tx: Tx) -> None:
    r = raw_delivery.c
    for row in tx.rows(select(r.channel_account_id).where(r.waits, r.at < tx.now - FORGOTTEN).distinct()):
        wake(tx, row.channel_account_id)


def _oldest(tx: Tx, account_id: str, keyring: Keyring) -> Waiting | None:
    r = raw_delivery.c
    row = tx.row(select(raw_delivery).where(r.channel_account_id == account_id, r.waits).order_by(r.at, r.id).limit(1))
    if row is None:
        return None
    try:
        account = accounts.which(tx, account_id, keyring)
    except NotFound:
        waiting = tx.rows(select(r.id).where(r.channel_account_id == account_id, r.waits).with_for_update())
        for one in waiting:
            letters.write(tx, account_id, one.id, 0, Problem("The channel account was removed before this was applied."))
        tx.execute(update(raw_delivery).where(r.channel_account_id == account_id, r.waits).values(waits=False))
        return None
    request = RawRequest(row.method, row.rest, row.query, row.headers, bytes(row.body), row.at, row.url)
    return Waiting(row.id, account, request, row.applied, row.failures)


def _some(tx: Tx, found: Waiting, parsed: Parsed, at: int, size: int) -> int | None:
    """Apply the next happenings; how far it is then, None at the end or if another process was faster."""
    if not _is_there(tx, found.id, at):
        return None
    if at == 0:
        _write(tx, found, 0, parsed.problems)
    end = min(at + size, len(parsed.happenings))
    for position in range(at, end):
        wrong = applied(tx, found.account, parsed.happenings[position : position + 1], parsed.settle)
        _write(tx, found, len(parsed.problems) + position, wrong)
    return _advance(tx, found.id, end, parsed.happenings)


def _failed(tx: Tx, found: Waiting, parsed: Parsed, at: int, *, alone: bool, why: str) -> int | None:
    """The database refused: from now on one by one; one that is refused again and again becomes a dead letter.

    How far the delivery is then; None if it is to be tried again after a pause.
    """
    if not _is_there(tx, found.id, at):
        return None
    r = raw_delivery.c
    counted = update(raw_delivery).where(r.id == found.id).values(failures=r.failures + 1).returning(r.failures)
    if int(tx.execute(counted).scalar_one()) < GIVE_UP or not alone:
        return None
    shown = repr(parsed.happenings[at]).encode("utf-8", "backslashreplace") if at < len(parsed.happenings) else b""
    problem = Problem(f"The database refused it {GIVE_UP} times: {why}"[:500], shown)
    _write(tx, found, len(parsed.problems) + at, [problem])
    return _advance(tx, found.id, at + 1, parsed.happenings)


def _is_there(tx: Tx, raw_id: str, at: int) -> bool:
    row = tx.row(select(raw_delivery.c.waits, raw_delivery.c.applied).where(raw_delivery.c.id == raw_id).with_for_update())
    return row is not None and row.waits and row.applied == at


def _advance(tx: Tx, raw_id: str, to: int, happenings: Sequence[Happening]) -> int | None:
    more = to < len(happenings)
    tx.execute(update(raw_delivery).where(raw_delivery.c.id == raw_id).values(applied=to, failures=0, waits=more))
    return to if more else None


def _write(tx: Tx, found: Waiting, position: int, problems: Sequence[Problem]) -> None:
    for further, problem in enumerate(problems):
        letters.write(tx, found.account.id, found.id, position + further, problem)
