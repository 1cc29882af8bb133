"""Questions about the switch, the credits and the ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Row, and_, cast, func, select, text

from firstline.credits.room import Books, Growth, Room, room_for_one
from firstline.credits.rules import EntryKind, Forecast, LedgerEntry, Period, Settings, days_of, forecast
from firstline.credits.tables import credit_period, ledger, usage_settings
from firstline.kit.database import Tx
from firstline.people.queries import the_account

_USE = (EntryKind.CHARGE.value, EntryKind.REFUND.value)


@dataclass(frozen=True)
class Usage:
    """What *Account › Usage & limits* shows. ``credits`` is what the period had: what is left and what was used."""

    settings: Settings
    period: Period | None
    balance: int
    used: int
    forecast: Forecast | None

    held: int = 0

    @property
    def credits(self) -> int:
        """The whole of the period."""
        return max(self.balance, 0) + self.used

    @property
    def limit(self) -> int:
        """What can be used in the period: its credits, or the cap where that is less."""
        return self.credits if self.settings.cap is None else min(self.credits, self.settings.cap)

    @property
    def percent(self) -> int:
        """How much of the limit is used, in whole per cent."""
        return min(100, 100 * self.used // self.limit) if self.limit else 100

    @property
    def room(self) -> Room:
        """Whether the agent can take one more conversation."""
        return room_for_one(_books(self.settings, self.balance, self.used, self.held))


def settings(tx: Tx) -> Settings:
    """The switch and the prices; those of a new installation until somebody changes them."""
    row = tx.row(select(usage_settings))
    if row is None:
        return Settings()
    values = {column: getattr(row, column) for column in row._fields if column not in ("id", "warn_at", "packs")}
    return Settings(**values, warn_at=tuple(row.warn_at), packs=tuple(row.packs))


def is_on(tx: Tx) -> bool:
    """Whether the customer agent is switched on (SW1)."""
    return settings(tx).on


def zone(tx: Tx) -> ZoneInfo:
    """The account's time zone, in which periods begin."""
    return ZoneInfo(the_account(tx).timezone)


def balance(tx: Tx) -> int:
    """The sum of all entries (SW6); only those of the last two periods are added up, what was before is settled."""
    return _sums(tx)[0]


def held(tx: Tx) -> int:
    """Credits kept for conversations that the agent has and that are not charged yet."""
    return _sums(tx)[2]


def books(tx: Tx, chosen: Settings) -> Books:
    """What :func:`~firstline.credits.room.room_for_one` looks at. Open the period first."""
    return _books(chosen, *_sums(tx))


def _books(chosen: Settings, left: int, used: int, kept: int) -> Books:
    return Books(
        price=chosen.price,
        free=left - kept,
        spoken_for=used + kept,
        pack=chosen.pack,
        packs=chosen.packs,
        growth=Growth(chosen.growth),
        cap=chosen.cap,
    )


# One statement, so one moment: a charge takes from the held and from the balance at once, and is seen in both or in neither.
_SUMS = text(
    "with last as (select id, settled, settled_before from credit_period order by ends_at desc limit 1)"
    " select coalesce((select settled from last), 0) + coalesce((select sum(amount) from ledger"
    "  where period >= coalesce((select settled_before from last), '')), 0) as balance,"
    " -coalesce((select sum(amount) from ledger"
    "  where period = (select id from last) and kind in ('charge', 'refund')), 0) as used,"
    " coalesce((select sum(amount) from credit_hold where state = 'held'), 0) as held"
)


def _sums(tx: Tx) -> tuple[int, int, int]:
    """Balance, what the last period used, what is held: at one moment."""
    row = tx.execute(_SUMS).one()
    return int(row.balance), max(int(row.used), 0), int(row.held)


def summed(tx: Tx, which: ColumnElement[bool]) -> int:
    """The sum of some entries."""
    return int(tx.scalar(select(func.coalesce(func.sum(ledger.c.amount), 0)).where(which)))


def last_period(tx: Tx) -> Period | None:
    """The period opened last."""
    row = tx.row(select(credit_period).order_by(credit_period.c.ends_at.desc()).limit(1))
    return Period(row.id, row.starts_at, row.ends_at) if row else None


def used_in(tx: Tx, period_id: str) -> int:
    """Credits charged in a period, less what was refunded in it; never below 0."""
    return max(-summed(tx, and_(ledger.c.period == period_id, ledger.c.kind.in_(_USE))), 0)


def granted_in(tx: Tx, period_id: str) -> int:
    """What a period's allowance and packs granted, with their changes: what does not roll over."""
    return summed(tx, and_(ledger.c.period == period_id, ledger.c.allowance))


def was_used(tx: Tx, period_id: str) -> bool:
    """Whether anything was charged in a period, or is kept to be."""
    charges = select(ledger.c.id).where(ledger.c.period == period_id, ledger.c.kind == EntryKind.CHARGE.value)
    return tx.scalar(charges.limit(1)) is not None or held(tx) > 0


def was_charged(tx: Tx, conversation_id: str) -> bool:
    """Whether a conversation was charged before, refunded or not: it is never charged again."""
    return tx.scalar(select(ledger.c.id).where(ledger.c.key == f"charge:{conversation_id}")) is not None


def usage(tx: Tx) -> Usage:
    """Switch, balance, use in this period, forecast. Open the period first (:func:`firstline.credits.commands.open_period`)."""
    period, (left, used, kept) = last_period(tx), _sums(tx)
    ahead = forecast(used, left, period, tx.now) if period else None
    return Usage(settings(tx), period, left, used if period else 0, ahead, kept)


def used_by_day(tx: Tx, period: Period) -> Sequence[tuple[date, int]]:
    """Credits used on each local date of a period up to today."""
    here = zone(tx)
    day = cast(func.timezone(here.key, ledger.c.at), Date)
    query = (
        select(day.label("day"), (-func.sum(ledger.c.amount)).label("used"))
        .where(ledger.c.period == period.id, ledger.c.kind.in_(_USE))
        .group_by(day)
    )
    found = {row.day: int(row.used) for row in tx.rows(query)}
    today = tx.now.astimezone(here).date()
    return [(day, found.get(day, 0)) for day in days_of(period, here) if day <= today]


def entries(
    tx: Tx,
    *,
    kind: EntryKind | None = None,
    conversation_id: str | None = None,
    period: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[LedgerEntry]:
    """Lines of the ledger, newest first, each with the balance after it; ``before`` (a ``seq``) continues a list."""
    query = select(ledger).order_by(ledger.c.seq.desc()).limit(limit)
    if kind is not None:
        query = query.where(ledger.c.kind == kind.value)
    if conversation_id is not None:
        query = query.where(ledger.c.conversation_id == conversation_id)
    if period is not None:
        query = query.where(ledger.c.period == period)
    if before is not None:
        query = query.where(ledger.c.seq < before)
    rows = tx.rows(query)
    return [_entry(row, balances[row.seq]) for row in rows] if (balances := _balances(tx, rows)) else []


def all_entries(tx: Tx) -> Iterator[LedgerEntry]:
    """The whole ledger, oldest first."""
    rows = tx.rows(select(ledger).order_by(ledger.c.seq))
    return (_entry(row, total) for row, total in zip(rows, accumulate(row.amount for row in rows), strict=True))


def one_entry(tx: Tx, entry_id: str) -> LedgerEntry | None:
    """One line."""
    row = tx.row(select(ledger).where(ledger.c.id == entry_id))
    return _entry(row, _balances(tx, [row])[row.seq]) if row else None


def entry_with(tx: Tx, key: str) -> LedgerEntry | None:
    """The line that stands for one thing."""
    row = tx.row(select(ledger).where(ledger.c.key == key))
    return _entry(row, _balances(tx, [row])[row.seq]) if row else None


def periods(tx: Tx) -> Sequence[Period]:
    """All periods, newest first."""
    rows = tx.rows(select(credit_period).order_by(credit_period.c.ends_at.desc()))
    return [Period(row.id, row.starts_at, row.ends_at) for row in rows]


def count(tx: Tx) -> int:
    """How many lines the ledger has."""
    return int(tx.scalar(select(func.count()).select_from(ledger)))


def charged(tx: Tx, conversation_id: str) -> int:
    """What a conversation cost, less refunds."""
    return -summed(tx, and_(ledger.c.conversation_id == conversation_id, ledger.c.kind.in_(_USE)))


def _balances(tx: Tx, rows: Sequence[Row[Any]]) -> dict[int, int]:
    """The balance after each of the given lines, counted back from the balance now: most questions are about the newest."""
    if not rows:
        return {}
    first, last = min(row.seq for row in rows), max(row.seq for row in rows)
    total = balance(tx) - summed(tx, ledger.c.seq > last)
    between = select(ledger.c.seq, ledger.c.amount).where(ledger.c.seq.between(first, last)).order_by(ledger.c.seq.desc())
    found = {}
    for row in tx.rows(between):
        found[row.seq] = total
        total -= row.amount
    return found


def _entry(row: Row[Any], total: int) -> LedgerEntry:
    return LedgerEntry(
        id=row.id,
        seq=row.seq,
        kind=EntryKind(row.kind),
        amount=row.amount,
        balance=total,
        reason=row.reason,
        conversation_id=row.conversation_id,
        refers_to=row.refers_to,
        at=row.at,
        by_kind=row.by_kind,
        by_id=row.by_id,
    )
