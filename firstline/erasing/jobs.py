"""Carrying an erasure out: from the step it is at to the end, also after a process died in the middle."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Row, select

from firstline.channels import accounts
from firstline.channels.base import Account
from firstline.channels.intake.stored import request_of
from firstline.channels.intake.taking import Parse, read
from firstline.erasing import commands, removing, searching
from firstline.erasing.rules import COPIES, Person, State, Step, mentions
from firstline.erasing.tables import erasure
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound
from firstline.kit.secrets import Keyring

BATCH = 50
"""Stored deliveries that are read at once."""
AT_ONCE = 1_000
"""Copies that are deleted in one transaction."""


class TakesIn(Protocol):
    """Applies what waits for an account."""

    async def take_in(self, account_id: str) -> None:
        """All of it, the oldest first."""
        ...


class Eraser:
    """The job ``erasing.erase``."""

    def __init__(self, database: Database, parser: Callable[[Account], Parse], backlog: TakesIn, keyring: Keyring) -> None:
        self.database = database
        self.parser = parser
        self.backlog = backlog
        self.keyring = keyring

    async def erase(self, erasure_id: str) -> None:
        """Go on until it is done."""
        while (step := await self.database.tx(_step, erasure_id)) is not None:
            await self.one(step, erasure_id)

    async def one(self, step: Step, erasure_id: str) -> None:
        """One step; what it did is written with it."""
        tx = self.database.tx
        match step:
            case Step.TAKE_IN:
                for account_id in await tx(removing.begin, erasure_id):
                    await self.backlog.take_in(account_id)
                await tx(removing.cut_off, erasure_id)
            case Step.CUT_OFF:
                await tx(removing.cut_off, erasure_id)
            case Step.REMOVE:
                await tx(removing.remove_some, erasure_id)
            case Step.COPIES:
                await self._copies(erasure_id)
            case Step.DELIVERIES:
                await self._deliveries(erasure_id)
            case Step.SEARCH | Step.DONE:
                await self._search(erasure_id)

    async def wake_all(self) -> None:
        """Whatever is not done goes on."""
        await self.database.tx(commands.wake)

    async def _copies(self, erasure_id: str) -> None:
        """Each table is looked through without holding anybody up; what is found goes in short transactions."""
        tx = self.database.tx
        for name in COPIES:
            keys = await tx(removing.copies_of, erasure_id, name)
            for start in range(0, len(keys), AT_ONCE):
                await tx(removing.drop_copies, erasure_id, name, keys[start : start + AT_ONCE])
        await tx(removing.copies_done, erasure_id)

    async def _deliveries(self, erasure_id: str) -> None:
        """Some deliveries hide what they say, in base 64 for instance: they are read as their channel reads them."""
        some = await self.database.tx(removing.deliveries_after, erasure_id, BATCH)
        if some is None:
            return
        found, rows = some
        known = await self.database.tx(_accounts, {row.channel_account_id for row in rows}, self.keyring)
        ids = await self.database.thread(self._speaking, found, rows, known)
        await self.database.tx(removing.drop_deliveries, erasure_id, ids, rows[-1].id)

    def _speaking(self, found: Person, rows: Sequence[Row[Any]], known: Mapping[str, Account]) -> list[str]:
        return [row.id for row in rows if self._speaks(found, row, known.get(row.channel_account_id))]

    def _speaks(self, found: Person, row: Row[Any], account: Account | None) -> bool:
        if account is None:  # nobody can read it any more: it is of no use to anybody
            return True
        parsed = read(self.parser(account), account, request_of(row))
        return mentions(repr(parsed.happenings), found.words)

    async def _search(self, erasure_id: str) -> None:
        kept = await self.database.tx(_person, erasure_id)
        if kept is None:
            return
        found = [
            one for name in searching.tables() if (one := await self.database.tx(searching.named_rows, name, kept)) is not None
        ]
        await self.database.tx(removing.finish, erasure_id, found)


def _step(tx: Tx, erasure_id: str) -> Step | None:
    found = tx.scalar(select(erasure.c.step).where(erasure.c.id == erasure_id, erasure.c.state != State.DONE))
    return Step(found) if found else None


def _person(tx: Tx, erasure_id: str) -> Person | None:
    row = removing.current(tx, erasure_id)
    return Person.read(row.person) if row is not None else None


def _accounts(tx: Tx, ids: set[str], keyring: Keyring) -> dict[str, Account]:
    known = {}
    for one in ids:
        try:
            known[one] = accounts.which(tx, one, keyring)
        except NotFound:
            continue
    return known
