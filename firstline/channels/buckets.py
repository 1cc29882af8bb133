"""Rate limits in the database, so that several workers keep them together: one bucket of tokens an account, one a customer."""

from sqlalchemy import text

from firstline.channels.base import Rate
from firstline.kit.database import Tx

_TAKE = text(
    "insert into bucket as b (key, tokens, at) values (:key, :burst - 1, :now)"
    " on conflict (key) do update set at = :now,"
    "  tokens = least(:burst, b.tokens + greatest(0, extract(epoch from cast(:now as timestamptz) - b.at)) / :every) - 1"
    " where least(:burst, b.tokens + greatest(0, extract(epoch from cast(:now as timestamptz) - b.at)) / :every) >= 1"
    " returning b.tokens"
)
_HOLD = text(
    "insert into bucket as b (key, tokens, at) values (:key, :tokens, :now)"
    " on conflict (key) do update set at = :now,"
    "  tokens = least(:tokens, b.tokens + greatest(0, extract(epoch from cast(:now as timestamptz) - b.at)) / :every)"
)
_LEFT = text(
    "select least(:burst, tokens + greatest(0, extract(epoch from cast(:now as timestamptz) - at)) / :every) from bucket"
    " where key = :key"
)


def take(tx: Tx, key: str, rate: Rate | None) -> float:
    """Take a token; returns 0, or the seconds to wait until there is one."""
    if rate is None:
        return 0.0
    values = {"key": key, "burst": float(rate.burst), "every": rate.every, "now": tx.now}
    if tx.execute(_TAKE, values).first() is not None:
        return 0.0
    left = float(tx.execute(_LEFT, values).scalar() or 0.0)
    return max(0.05, (1.0 - left) * rate.every)


def hold(tx: Tx, key: str, rate: Rate | None, seconds: float) -> None:
    """No token before so many seconds."""
    if rate is not None:
        tx.execute(_HOLD, {"key": key, "tokens": 1.0 - seconds / rate.every, "every": rate.every, "now": tx.now})


def sweep(tx: Tx) -> None:
    """Forget buckets that have been full for long."""
    tx.execute(text("delete from bucket where at < cast(:now as timestamptz) - interval '2 days'"), {"now": tx.now})
