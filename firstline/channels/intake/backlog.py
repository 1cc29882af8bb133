"""Deliveries that were kept and answered, and are applied by a job: in order, in small transactions, each part once.

How far a delivery was applied is written in the transaction that applied it. A process that dies in the middle is followed by
another one that goes on from there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import accumulate, takewhile
from typing import Any

from sqlalchemy import Row, exists, func, select, update
from sqlalchemy.exc import DBAPIError

from firstline.channels import accounts
from firstline.channels.base import Account, RawRequest
from firstline.channels.happenings import Parsed, Problem
from firstline.channels.intake import applying, letters
from firstline.channels.intake.stored import request_of
from firstline.channels.intake.taking import Parse, applied, applied_together, keep, read
from firstline.channels.intake.waking import wake
from firstline.channels.tables import raw_delivery
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Retry
from firstline.kit.secrets import Keyring

CHUNK = 25
"""Happenings of one transaction, and deliveries that are read together."""
TOGETHER = 256_000
"""Bytes of deliveries that are read together; a larger one is read alone."""
GIVE_UP = 5
"""Failures of one happening in the database until it becomes a dead letter and the rest goes on."""
FORGOTTEN = timedelta(seconds=30)


@dataclass(frozen=True)
class Waiting:
    """A delivery that waits."""

    id: str
    request: RawRequest
    applied: int
    """How many of its happenings were applied already."""
    failures: int


@dataclass(frozen=True)
class Underway:
    """A delivery that was parsed, and how many of its happenings are applied."""

    id: str
    parsed: Parsed
    at: int

    @property
    def left(self) -> int:
        """Happenings that are not applied."""
        return len(self.parsed.happenings) - self.at

    def on(self, by: int) -> "Underway":
        """The same, some happenings later."""
        return replace(self, at=self.at + by)


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
            account, waiting = found
            work = await self.database.thread(_read, self.parser(account), account, waiting)
            most = 1 if waiting[0].failures else CHUNK
            while work:
                work, most = await self._step(account, work, most)

    async def _step(self, account: Account, work: list[Underway], most: int) -> tuple[list[Underway], int]:
        """Apply the next happenings; what is left then, and how many may go in one transaction."""
        try:
            return await self.database.tx(_some, account, work, most), most
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            if most > 1:  # the others shall not suffer for one: from here on each has a transaction of its own
                return work, 1
            left = await self.database.tx(_failed, account, work, str(error.orig))
            if left is None:
                raise Retry(0.2, f"A delivery could not be applied: {error.orig}") from None
            return left, most

    async def wake_all(self) -> None:
        """Whatever still waits gets its job again, also after one that was given up."""
        await self.database.tx(_wake_forgotten)


def _wake_forgotten(tx: Tx) -> None:
    r = raw_delivery.c
    for row in tx.rows(select(r.channel_account_id).where(r.waits, r.at < tx.now - FORGOTTEN).distinct()):
        wake(tx, row.channel_account_id)


def _oldest(tx: Tx, account_id: str, keyring: Keyring) -> tuple[Account, Sequence[Waiting]] | None:
    """The next deliveries of an account, with the account; None if nothing waits."""
    r = raw_delivery.c
    size = (func.octet_length(r.body) + func.coalesce(func.octet_length(r.brought), 0)).label("size")
    mine = (r.channel_account_id == account_id, r.waits)
    next_ = tx.rows(select(r.id, r.failures, size).where(*mine).order_by(r.at, r.id).limit(CHUNK))
    if not next_:
        return None
    try:
        account = accounts.which(tx, account_id, keyring)
    except NotFound:
        for one in tx.rows(select(r.id).where(*mine).with_for_update()):
            letters.write(tx, account_id, one.id, 0, Problem("The channel account was removed before this was applied."))
        tx.execute(update(raw_delivery).where(*mine).values(waits=False))
        return None
    rows = tx.rows(select(raw_delivery).where(r.id.in_(_together(next_))).order_by(r.at, r.id))
    return account, [Waiting(row.id, request_of(row), row.applied, row.failures) for row in rows]


def _together(rows: Sequence[Row[Any]]) -> list[str]:
    """Those of the next deliveries that are read together: while they are small, and none of them failed before."""
    sizes = accumulate(row.size for row in rows)
    small = takewhile(lambda one: one[1] <= TOGETHER and not one[0].failures, zip(rows, sizes, strict=True))
    return [row.id for row, _ in small] or [rows[0].id]


def _read(parse: Parse, account: Account, waiting: Sequence[Waiting]) -> list[Underway]:
    found = []
    for one in waiting:
        parsed = read(parse, account, one.request)
        found.append(Underway(one.id, replace(parsed, happenings=tuple(applying.in_order(parsed.happenings))), one.applied))
    return found


def _some(tx: Tx, account: Account, work: Sequence[Underway], most: int) -> list[Underway]:
    """Apply the next happenings, in order; what is left then. What another process was faster with is dropped."""
    there = _there(tx, work)
    chosen = []
    for one in there:
        chosen.append((one, min(one.left, most)))
        most -= chosen[-1][1]
        if most == 0:
            break
    for one, _ in chosen:
        if one.at == 0:
            _write(tx, account, one, 0, one.parsed.problems)
    steps = [(one, position) for one, count in chosen for position in range(one.at, one.at + count)]
    meant = [(one.parsed.happenings[position], one.parsed.settle) for one, position in steps]
    if len(meant) < 2 or not applied_together(tx, account, meant):
        for (one, position), (happening, settle) in zip(steps, meant, strict=True):
            _write(tx, account, one, len(one.parsed.problems) + position, applied(tx, account, [happening], settle))
    after = [one.on(count) for one, count in chosen]
    _advance(tx, after)
    return [*(one for one in after if one.left), *there[len(chosen) :]]


def _failed(tx: Tx, account: Account, work: Sequence[Underway], why: str) -> list[Underway] | None:
    """The database refused one that was applied alone; one that is refused again and again becomes a dead letter.

    What is left then; None if it is to be tried again after a pause.
    """
    if not _there(tx, work[:1]):
        return list(work[1:])
    one, r = work[0], raw_delivery.c
    counted = update(raw_delivery).where(r.id == one.id).values(failures=r.failures + 1).returning(r.failures)
    if int(tx.execute(counted).scalar_one()) < GIVE_UP:
        return None
    happenings = one.parsed.happenings
    shown = repr(happenings[one.at]).encode("utf-8", "backslashreplace") if one.left else b""
    problem = Problem(f"The database refused it {GIVE_UP} times: {why}"[:500], shown)
    _write(tx, account, one, len(one.parsed.problems) + one.at, [problem])
    after = one.on(1)
    _advance(tx, [after])
    return [*([after] if after.left > 0 else []), *work[1:]]


def _there(tx: Tx, work: Sequence[Underway]) -> list[Underway]:
    """Those that wait where they were left, locked."""
    r = raw_delivery.c
    found = select(r.id, r.applied).where(r.id.in_([one.id for one in work]), r.waits).order_by(r.at, r.id).with_for_update()
    at = {row.id: row.applied for row in tx.rows(found)}
    return [one for one in work if at.get(one.id) == one.at]


def _advance(tx: Tx, work: Sequence[Underway]) -> None:
    """Note how far deliveries are, in few statements: most of a burst have one happening each."""
    alike: dict[tuple[int, bool], list[str]] = {}
    for one in work:
        alike.setdefault((one.at, one.left > 0), []).append(one.id)
    for (at, more), ids in alike.items():
        tx.execute(update(raw_delivery).where(raw_delivery.c.id.in_(ids)).values(applied=at, failures=0, waits=more))


def _write(tx: Tx, account: Account, one: Underway, position: int, problems: Sequence[Problem]) -> None:
    for further, problem in enumerate(problems):
        letters.write(tx, account.id, one.id, position + further, problem)
