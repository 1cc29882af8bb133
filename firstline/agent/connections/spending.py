"""Counting what models cost: each call once, in the transaction that keeps what it said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as pg_insert

from firstline.agent.connections import queries, warning
from firstline.agent.connections.rules import Spent
from firstline.agent.connections.tables import model_month, model_use
from firstline.kit.database import Tx


@dataclass(frozen=True)
class Use:
    """One call: ``key`` stands for it, ``outcome`` is ``ok`` or why it failed."""

    key: str
    connection_id: str
    agent_id: str
    turn_id: str | None
    purpose: str
    spent: Spent
    ms: int
    outcome: str = "ok"

    @classmethod
    def of(cls, use: Mapping[str, Any], *, key: str, purpose: str, turn_id: str | None = None) -> "Use":
        """The use that a thinker noted beside a step."""
        spent = Spent(use["input_tokens"], use["output_tokens"], use["micros"])
        return cls(key, use["connection_id"], use["agent_id"], turn_id, purpose, spent, use["ms"], use["outcome"])


def record(tx: Tx, use: Use) -> bool:
    """Count a call; False if it was counted already."""
    month = queries.this_month(tx)
    values = {
        "key": use.key,
        "connection_id": use.connection_id,
        "agent_id": use.agent_id,
        "turn_id": use.turn_id,
        "purpose": use.purpose,
        "month": month,
        "input_tokens": use.spent.input_tokens,
        "output_tokens": use.spent.output_tokens,
        "micros": use.spent.micros,
        "ms": use.ms,
        "outcome": use.outcome,
        "at": tx.now,
    }
    new = tx.execute(pg_insert(model_use).values(**values).on_conflict_do_nothing().returning(model_use.c.key)).first()
    if new is None:
        return False
    for scope in dict.fromkeys((queries.ACCOUNT, use.agent_id)):
        _add(tx, scope, month, use.spent)
    return True


def _add(tx: Tx, scope: str, month: str, spent: Spent) -> None:
    """Add to a month's sums, and say once when a warning level is crossed."""
    first = pg_insert(model_month).values(
        scope=scope, month=month, input_tokens=spent.input_tokens, output_tokens=spent.output_tokens, micros=spent.micros, calls=1
    )
    tx.execute(
        first.on_conflict_do_update(
            index_elements=[model_month.c.scope, model_month.c.month],
            set_={
                "input_tokens": model_month.c.input_tokens + spent.input_tokens,
                "output_tokens": model_month.c.output_tokens + spent.output_tokens,
                "micros": model_month.c.micros + spent.micros,
                "calls": model_month.c.calls + 1,
            },
        )
    )
    warning.warn_if_due(tx, scope)


def of_turn(tx: Tx, turn_id: str) -> Spent:
    """What a turn cost."""
    rows = tx.rows(select(model_use).where(model_use.c.turn_id == turn_id))
    return sum((Spent(row.input_tokens, row.output_tokens, row.micros) for row in rows), Spent())
