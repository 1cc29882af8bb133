"""Seats: how many there are, how many are assigned."""

from dataclasses import dataclass

from sqlalchemy import func, select, update

from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid
from firstline.people import audit
from firstline.people.rules import Actor, Permission
from firstline.people.tables import account, teammate

MOST = 100_000


@dataclass(frozen=True)
class Seats:
    """Assigned seats and the limit, if there is one."""

    used: int
    limit: int | None

    @property
    def left(self) -> int | None:
        """Free seats; None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.used)


def seats(tx: Tx) -> Seats:
    """How many seats are assigned, of how many."""
    used = int(tx.scalar(select(func.count()).where(teammate.c.seat, teammate.c.disabled_at.is_(None))) or 0)
    return Seats(used, tx.scalar(select(account.c.seat_limit)))


def require_seat(tx: Tx) -> None:
    """Whether one more can be assigned; others who ask at the same time wait for this transaction.

    :raises Conflict: if all are assigned.
    """
    limit = tx.scalar(select(account.c.seat_limit).with_for_update())
    found = seats(tx)
    if limit is not None and found.used >= limit:
        raise Conflict(f"All {limit} seats are assigned. Take one from somebody, or raise the limit.", field="seat")


def set_seat_limit(tx: Tx, limit: int | None, *, by: Actor) -> None:
    """Limit the seats, or lift the limit with None.

    :raises Conflict: if more are assigned.
    """
    by.require(Permission.MANAGE_BILLING)
    if limit is not None and not 1 <= limit <= MOST:
        raise Invalid(f"The limit is a number from 1 to {MOST:,}, or empty for none.", field="limit")
    before = tx.scalar(select(account.c.seat_limit).with_for_update())
    used = seats(tx).used
    if limit is not None and used > limit:
        raise Conflict(f"{used} seats are assigned. Take some away before the limit is {limit}.", field="limit")
    if before != limit:
        tx.execute(update(account).values(seat_limit=limit))
        audit.record(tx, by, "seats.limit", "account", before={"limit": before}, after={"limit": limit})
