"""The chain over the audit log: who changes, removes or slips in an entry breaks it.

Each entry that is committed gets a seal: a keyed hash (HMAC-SHA256) of the entry and of the seal before it. The key comes from
the installation's secret key, which is not in the database: whoever can write there cannot make a seal. Entries are sealed in
batches by one process at a time, a few seconds after they were written, so that no transaction waits for another.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Row, Select, func, insert, select, text

from firstline.kit.database import Database, Tx
from firstline.kit.secrets import Keyring
from firstline.people.tables import audit_entry, audit_seal

log = structlog.get_logger(__name__)

PURPOSE = "audit"
BATCH = 1_000
LATE = 10_000
"""How far back, in ids, an entry may lie that was committed after newer ones; older ones are found by the thorough look."""
UNSEALED = timedelta(minutes=5)
"""An entry that is older than this is sealed, or something is wrong."""
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(7205310)")
_START = b"firstline audit log"


@dataclass(frozen=True)
class Verdict:
    """What verifying found. ``problems`` is empty if the log is whole; ``head`` is the newest seal, to be compared later."""

    entries: int
    head: str
    problems: tuple[str, ...] = ()


def canonical(row: Row[Any]) -> bytes:
    """An entry as the seal sees it: every column, in one way of writing."""
    told = [
        row.id,
        row.at.timestamp(),
        row.by_kind,
        row.by_id,
        row.by_name,
        row.verb,
        row.target,
        row.before,
        row.after,
        row.address,
    ]
    return json.dumps(told, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()


def seal_of(keyring: Keyring, previous: bytes, number: int, row: Row[Any]) -> bytes:
    """The seal of one entry."""
    return keyring.mac(PURPOSE, previous + number.to_bytes(8, "big") + canonical(row))


def seal_new(tx: Tx, keyring: Keyring, *, thorough: bool = False) -> int:
    """Seal what is committed and has no seal yet; returns how many entries. One process at a time."""
    tx.execute(_ONE_AT_A_TIME)
    newest = tx.row(select(audit_seal.c.number, audit_seal.c.seal).order_by(audit_seal.c.number.desc()).limit(1))
    number, previous = (newest.number, bytes(newest.seal)) if newest else (0, _START)
    query = (
        select(audit_entry)
        .outerjoin(audit_seal, audit_seal.c.entry_id == audit_entry.c.id)
        .where(audit_seal.c.number.is_(None))
        .order_by(audit_entry.c.id)
        .limit(BATCH)
    )
    if not thorough:
        highest = tx.scalar(select(func.max(audit_seal.c.entry_id))) or 0
        query = query.where(audit_entry.c.id > highest - LATE)
    made = []
    for row in tx.rows(query):
        number += 1
        previous = seal_of(keyring, previous, number, row)
        made.append({"number": number, "entry_id": row.id, "seal": previous, "key_hint": keyring.hint(PURPOSE)})
    if made:
        tx.execute(insert(audit_seal), made)
        log.info("audit.sealed", entries=number, head=previous.hex())
    return len(made)


class Sealer:
    """Seals in the background."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self.database = database
        self.keyring = keyring

    async def seal(self) -> None:
        """Seal what is new."""
        while await self.database.tx(seal_new, self.keyring) == BATCH:
            pass

    async def seal_thoroughly(self) -> None:
        """Look through the whole log for entries without a seal."""
        while await self.database.tx(seal_new, self.keyring, thorough=True) == BATCH:
            pass


def verify(tx: Tx, keyring: Keyring, most: int = 20) -> Verdict:
    """Walk the whole chain; lists the first problems."""
    problems: list[str] = []
    number, previous = 0, _START
    for row in _sealed(tx):
        number += 1
        if row.number != number:
            problems.append(f"Seals {number} to {row.number - 1} are missing.")
            number, previous = row.number, b""
        if row.id is None:
            problems.append(f"The entry of seal {row.number} is missing.")
        elif row.key_hint != keyring.hint(PURPOSE):
            problems.append(f"Seal {row.number} was made with another secret key, and cannot be verified.")
        elif previous and bytes(row.seal) != seal_of(keyring, previous, row.number, row):
            problems.append(f"Entry {row.id} of {row.at:%Y-%m-%d %H:%M} ({row.verb}) is not what was sealed.")
        previous = bytes(row.seal)
        if len(problems) >= most:
            break
    unsealed = select(func.count(), func.min(audit_entry.c.id).label("first"))
    unsealed = unsealed.select_from(audit_entry.outerjoin(audit_seal, audit_seal.c.entry_id == audit_entry.c.id))
    left = tx.row(unsealed.where(audit_seal.c.number.is_(None), audit_entry.c.at < tx.now - UNSEALED))
    if left is not None and left[0]:
        problems.append(f"{left[0]} entries are not sealed, the first is {left.first}.")
    return Verdict(number, previous.hex()[:16] if number else "", tuple(problems))


def _sealed(tx: Tx) -> Iterator[Row[Any]]:
    """Every seal with its entry, in the order of the chain, some at a time."""
    after = 0
    query: Select[Any] = (
        select(audit_seal, audit_entry)
        .outerjoin(audit_entry, audit_entry.c.id == audit_seal.c.entry_id)
        .order_by(audit_seal.c.number)
        .limit(BATCH)
    )
    while rows := tx.rows(query.where(audit_seal.c.number > after)):
        yield from rows
        after = rows[-1].number
