"""Dead letters: what could not be understood is kept, shown, and can be tried again with the present parser."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from firstline.channels.base import Account, RawRequest
from firstline.channels.happenings import Problem
from firstline.channels.intake.stored import request_of
from firstline.channels.tables import dead_letter, raw_delivery
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people import audit
from firstline.people.rules import Actor, Permission

PART = 20_000
"""Bytes of a part that are kept beside the whole delivery."""


@dataclass(frozen=True)
class Letter:
    """A delivery, or a part of one, that could not be understood or applied."""

    id: str
    account_id: str
    raw_id: str
    detail: str
    part: bytes
    state: str
    attempts: int
    at: datetime


def write(tx: Tx, account_id: str, raw_id: str, position: int, problem: Problem) -> None:
    """Keep what could not be understood."""
    written = new_id("ltr")
    tx.execute(
        insert(dead_letter).values(
            id=written,
            channel_account_id=account_id,
            raw_delivery_id=raw_id,
            position=position,
            detail=problem.detail.replace("\x00", "")[:500],
            part=problem.raw[:PART],
            at=tx.now,
        )
    )
    emit(tx, "dead_letter.written", account_id, letter=written)


def waiting(tx: Tx, by: Actor, *, account_id: str | None = None, before: str | None = None, limit: int = 50) -> Sequence[Letter]:
    """The letters nobody has dealt with, newest first."""
    by.require(Permission.MANAGE_CHANNELS)
    query = select(dead_letter).where(dead_letter.c.state == "waiting").order_by(dead_letter.c.id.desc()).limit(limit)
    if account_id is not None:
        query = query.where(dead_letter.c.channel_account_id == account_id)
    if before is not None:
        query = query.where(dead_letter.c.id < before)
    return [_letter(row) for row in tx.rows(query)]


def counts(tx: Tx) -> dict[str, int]:
    """How many letters wait, by account."""
    query = (
        select(dead_letter.c.channel_account_id, func.count().label("n"))
        .where(dead_letter.c.state == "waiting")
        .group_by(dead_letter.c.channel_account_id)
    )
    return {row.channel_account_id: int(row.n) for row in tx.rows(query)}


def one(tx: Tx, letter_id: str, by: Actor) -> tuple[Letter, RawRequest]:
    """A letter with the delivery it came in.

    :raises NotFound: if there is none.
    """
    by.require(Permission.MANAGE_CHANNELS)
    row = tx.row(select(dead_letter).where(dead_letter.c.id == letter_id))
    if row is None:
        raise NotFound(f"There is no dead letter {letter_id}.")
    return _letter(row), _request(tx, row.raw_delivery_id)


def replay(
    tx: Tx, letter_id: str, account: Account, process: Callable[[Tx, Account, RawRequest], list[Problem]], by: Actor
) -> list[str]:
    """Put the delivery through the present parser again; what was applied before stays as it is.

    All letters of the delivery are settled together. Returns what is still wrong, empty if nothing is.

    :raises Conflict: if somebody dealt with it already.
    """
    by.require(Permission.MANAGE_CHANNELS)
    row = _open(tx, letter_id)
    problems = process(tx, account, _request(tx, row.raw_delivery_id))
    c = dead_letter.c
    siblings = (c.raw_delivery_id == row.raw_delivery_id, c.state == "waiting")
    if problems:
        values: dict[str, Any] = {"attempts": c.attempts + 1, "detail": problems[0].detail.replace("\x00", "")[:500]}
        tx.execute(update(dead_letter).where(c.id == letter_id).values(**values))
    else:
        settled = {"state": "replayed", "attempts": c.attempts + 1, "settled_at": tx.now, "settled_by": by.id}
        tx.execute(update(dead_letter).where(*siblings).values(**settled))
    audit.record(tx, by, "dead_letter.replay", letter_id, after={"still_wrong": len(problems)})
    emit(tx, "dead_letter.replayed", account.id, letter=letter_id, still_wrong=len(problems))
    return [problem.detail for problem in problems]


def discard(tx: Tx, letter_id: str, by: Actor) -> None:
    """Nothing will be done about it; the delivery stays until it is old."""
    by.require(Permission.MANAGE_CHANNELS)
    row = _open(tx, letter_id)
    settled = {"state": "discarded", "settled_at": tx.now, "settled_by": by.id}
    tx.execute(update(dead_letter).where(dead_letter.c.id == letter_id).values(**settled))
    audit.record(tx, by, "dead_letter.discard", letter_id)
    emit(tx, "dead_letter.discarded", row.channel_account_id, letter=letter_id)


def restore(tx: Tx, letter_id: str, by: Actor) -> None:
    """Undo a discard."""
    by.require(Permission.MANAGE_CHANNELS)
    back = {"state": "waiting", "settled_at": None, "settled_by": None}
    changed = tx.execute(
        update(dead_letter).where(dead_letter.c.id == letter_id, dead_letter.c.state == "discarded").values(**back)
    )
    if not changed.rowcount:
        raise Conflict("Only a discarded delivery can be brought back.")
    audit.record(tx, by, "dead_letter.restore", letter_id)


def _open(tx: Tx, letter_id: str) -> Row[Any]:
    row = tx.row(select(dead_letter).where(dead_letter.c.id == letter_id).with_for_update())
    if row is None:
        raise NotFound(f"There is no dead letter {letter_id}.")
    if row.state != "waiting":
        raise Conflict(f"This delivery was {row.state} already.")
    return row


def _request(tx: Tx, raw_id: str) -> RawRequest:
    row = tx.row(select(raw_delivery).where(raw_delivery.c.id == raw_id))
    if row is None:
        raise NotFound("The delivery itself is older than 30 days and was removed.")
    return request_of(row)


def _letter(row: Row[Any]) -> Letter:
    return Letter(
        row.id,
        row.channel_account_id,
        row.raw_delivery_id,
        row.detail,
        bytes(row.part),
        row.state,
        row.attempts,
        row.at,
    )
