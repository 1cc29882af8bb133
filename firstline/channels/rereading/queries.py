"""What is known of an account's reading."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select

from firstline.channels.rereading.rules import LEAST_SILENCE, MARK, READ, Silence
from firstline.channels.rereading.tables import rereading
from firstline.channels.tables import dead_letter, raw_delivery
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Reading:
    """The reading of an account that is going on, or was the last."""

    complete_until: datetime | None
    looked_at: datetime | None
    subscribed_at: datetime | None
    mended_at: datetime | None
    begun_at: datetime | None
    since: datetime | None
    upto: datetime | None
    finished_at: datetime | None
    wanted: str
    why: str
    held_up: str
    conversations: int
    server: int
    known: int
    cut: int

    @property
    def is_going(self) -> bool:
        """Whether it has begun and not come to its end."""
        return self.begun_at is not None and self.finished_at is None


@dataclass(frozen=True)
class Outcome:
    """What became of the messages that were read back."""

    back: int
    waiting: bool
    """Some of what was read is still to be taken in."""
    letters: int
    """Parts that could not be understood."""


def reading_of(tx: Tx, account_id: str) -> Reading | None:
    """The reading of an account; None if nobody has looked yet."""
    row = tx.row(select(rereading).where(rereading.c.channel_account_id == account_id))
    if row is None:
        return None
    return Reading(**{name: getattr(row, name) for name in Reading.__dataclass_fields__})


def outcome(tx: Tx, account_id: str, begun_at: datetime) -> Outcome:
    """What became of what a reading found."""
    e, r = entry.c, raw_delivery.c
    back = (
        select(func.count())
        .select_from(entry)
        .join(conversation, conversation.c.id == e.conversation_id)
        .where(conversation.c.channel_account_id == account_id, conversation.c.updated_at >= begun_at)
        .where(e.at >= begun_at, e.data[MARK].as_boolean())
    )
    read = (r.channel_account_id == account_id, r.method == READ, r.at >= begun_at)
    letters = (
        select(func.count())
        .select_from(dead_letter)
        .join(raw_delivery, r.id == dead_letter.c.raw_delivery_id)
        .where(*read, dead_letter.c.state == "waiting")
    )
    # Asked first: what is applied between two statements is counted by the later ones, and never missing while nothing waits.
    waits = bool(tx.scalar(select(exists().where(*read, r.waits))))
    return Outcome(int(tx.scalar(back) or 0), waits, int(tx.scalar(letters) or 0))


def deliveries_wait(tx: Tx, account_id: str) -> bool:
    """Whether something that the provider delivered waits to be applied."""
    return bool(tx.scalar(select(exists().where(*_delivered(account_id), raw_delivery.c.waits))))


def last_delivery(tx: Tx, account_id: str) -> datetime | None:
    """When the provider last delivered something."""
    found: datetime | None = tx.scalar(select(func.max(raw_delivery.c.at)).where(*_delivered(account_id)))
    return found


def silence(tx: Tx, account_id: str) -> Silence | None:
    """How silent an account is, compared with its last week; None while deliveries come."""
    r = raw_delivery.c
    if tx.scalar(select(exists().where(*_delivered(account_id), r.at > tx.now - LEAST_SILENCE))):
        return None
    gaps = (
        select(r.at, (r.at - func.lag(r.at).over(order_by=r.at)).label("gap"))
        .where(*_delivered(account_id), r.at > tx.now - WEEK)
        .subquery()
    )
    row = tx.row(select(func.count().label("n"), func.max(gaps.c.at).label("last"), func.max(gaps.c.gap).label("longest")))
    if row is None or row.last is None:
        return None
    return Silence(tx.now - row.last, row.longest or timedelta(0), int(row.n))


def _delivered(account_id: str) -> tuple[ColumnElement[bool], ...]:
    return (raw_delivery.c.channel_account_id == account_id, raw_delivery.c.method != READ)
