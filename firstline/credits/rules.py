"""Periods, what expires, what a change of the allowance grants, and the forecast: pure (SW2, SW3, SW5)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

ALLOWANCE = 10_000
"""Credits a month of a new installation."""

PACKS = (1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000)
"""Sizes of capacity packs of a new installation, in credits a month."""

MOST = 1_000_000_000
"""The largest allowance, grant and price."""

_ONE_DAY = timedelta(days=1)


class EntryKind(StrEnum):
    """What a line of the ledger is."""

    GRANT = "grant"
    PACK = "pack"
    CHARGE = "charge"
    REFUND = "refund"
    EXPIRY = "expiry"
    OVERAGE = "overage"
    FREE = "free"


class ChargeableEvent(StrEnum):
    """What a credit is taken for (SW2)."""

    CONVERSATION = "conversation"
    RESOLUTION = "resolution"


@dataclass(frozen=True)
class LedgerEntry:
    """One immutable line. ``amount`` is what it adds to the balance; ``balance`` the sum up to and including it."""

    id: str
    seq: int
    kind: EntryKind
    amount: int
    balance: int
    reason: str
    conversation_id: str | None
    refers_to: str | None
    at: datetime
    by_kind: str
    by_id: str

    def to_json(self) -> dict[str, Any]:
        """As REST shows it."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "amount": self.amount,
            "balance": self.balance,
            "reason": self.reason,
            "conversation_id": self.conversation_id,
            "refers_to": self.refers_to,
            "at": self.at,
            "by": {"kind": self.by_kind, "id": self.by_id},
        }


@dataclass(frozen=True)
class Settings:
    """The account's switch, prices and limits.

    ``warn_at`` are percentages of the credits of a period. ``pack`` are the credits a month on top of the allowance, 0 for no
    pack; ``pack_next`` and ``growth_next`` hold from the next reset on. ``cap`` is the most that is used in a period.
    """

    on: bool = True
    switched_at: datetime | None = None
    switched_by: str | None = None
    chargeable_event: str = "conversation"
    price: int = 1
    allowance: int = ALLOWANCE
    reset_day: int = 1
    warn_at: tuple[int, ...] = (75, 100)
    packs: tuple[int, ...] = PACKS
    pack: int = 0
    pack_next: int | None = None
    pack_since: datetime | None = None
    growth: str = "upgrade"
    growth_next: str | None = None
    cap: int | None = None
    resolved_after_hours: int = 72


@dataclass(frozen=True)
class Period:
    """From one reset to the next; ``id`` is the local date of its start."""

    id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Forecast:
    """Where the use of credits leads at the pace of the period so far."""

    a_day: float
    by_end: int
    runs_out_at: datetime | None


def last_reset(instant: datetime, zone: ZoneInfo, reset_day: int) -> datetime:
    """The latest reset at or before an instant: midnight of the reset day in the account's zone, in UTC.

    In a month without that day, the 31st say, it is the last day of the month. Where clocks skip midnight, it is the first
    moment of the day.
    """
    local = instant.astimezone(zone)
    reset = _midnight(local.year, local.month, reset_day, zone)
    return reset if reset <= instant else _midnight(*_month(local.year, local.month - 1), reset_day, zone)


def next_reset(instant: datetime, zone: ZoneInfo, reset_day: int) -> datetime:
    """The first reset after an instant, in UTC."""
    local = instant.astimezone(zone)
    reset = _midnight(local.year, local.month, reset_day, zone)
    return reset if reset > instant else _midnight(*_month(local.year, local.month + 1), reset_day, zone)


def next_period(last: Period | None, now: datetime, zone: ZoneInfo, reset_day: int) -> Period | None:
    """The period that has to be opened now; None while the last one runs.

    A changed reset day counts from the end of the running period. Periods in which the product did not run are left out.
    """
    if last is not None and now < last.ends_at:
        return None
    starts = last_reset(now, zone, reset_day)
    if last is not None:
        starts = max(starts, last.ends_at)
    return Period(starts.astimezone(zone).date().isoformat(), starts, next_reset(now, zone, reset_day))


def unused(granted: int, used: int) -> int:
    """What is left of a period's allowance: it is used first and does not roll over (SW2)."""
    return min(max(granted - used, 0), max(granted, 0))


def allowance_change(before: int, after: int, left: int) -> int:
    """What to grant when the allowance is changed in the middle of a period: the difference, but never what was used already."""
    return max(after - before, -left)


def forecast(used: int, balance: int, period: Period, now: datetime) -> Forecast:
    """At the pace so far (at least one day is counted): a day, by the end of the period, and when nothing is left."""
    days = max((now - period.starts_at) / _ONE_DAY, 1.0)
    a_day = used / days
    by_end = round(used + a_day * max((period.ends_at - now) / _ONE_DAY, 0.0))
    if balance <= 0:
        return Forecast(a_day, by_end, now)
    out = now + balance / a_day * _ONE_DAY if a_day > 0 and balance / a_day < 366 else None
    return Forecast(a_day, by_end, out if out is not None and out < period.ends_at else None)


def days_of(period: Period, zone: ZoneInfo) -> list[date]:
    """The local dates of a period."""
    first, last = period.starts_at.astimezone(zone).date(), (period.ends_at - timedelta(seconds=1)).astimezone(zone).date()
    return [first + n * _ONE_DAY for n in range((last - first).days + 1)]


def _midnight(year: int, month: int, day: int, zone: ZoneInfo) -> datetime:
    return datetime(year, month, min(day, monthrange(year, month)[1]), tzinfo=zone).astimezone(UTC)


def _month(year: int, month: int) -> tuple[int, int]:
    return year + (month - 1) // 12, (month - 1) % 12 + 1
