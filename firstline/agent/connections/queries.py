"""Questions about model connections and what they cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from firstline.agent.connections.rules import Choice, ConnectionSettings, Limit, Spent, Standing, month_of
from firstline.agent.connections.tables import model_connection, model_limit, model_month, model_use
from firstline.agent.tables import agent
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.people.queries import the_account

ACCOUNT = "account"


@dataclass(frozen=True)
class Connection:
    """One connected model; ``sealed`` is its key, encrypted."""

    id: str
    settings: ConnectionSettings
    sealed: bytes | None
    checked: Mapping[str, Any] | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Thinking:
    """What an agent thinks with now: its choice, the connections in order, and the limits with what was spent."""

    choice: Choice
    connections: tuple[Connection, ...]
    standings: tuple[Standing, ...]


@dataclass(frozen=True)
class Month:
    """What was spent in a month, on how many calls."""

    spent: Spent
    calls: int


def which(tx: Tx, connection_id: str) -> Connection:
    """One connection.

    :raises NotFound: if there is none.
    """
    row = tx.row(_connected().where(model_connection.c.id == connection_id))
    if row is None:
        raise NotFound(f"There is no model connection {connection_id}.")
    return _connection(row)


def connections(tx: Tx) -> Sequence[Connection]:
    """All connected models, oldest first."""
    return [_connection(row) for row in tx.rows(_connected().order_by(model_connection.c.id))]


def choice_of(tx: Tx, agent_id: str) -> Choice:
    """What an agent was set to think with.

    :raises NotFound: if there is no such agent.
    """
    row = tx.row(select(agent.c.thinking).where(agent.c.id == agent_id, agent.c.removed_at.is_(None)))
    if row is None:
        raise NotFound(f"There is no agent {agent_id}.")
    return Choice.model_validate(row.thinking)


def thinking_of(tx: Tx, agent_id: str) -> Thinking:
    """What an agent thinks with now; no connections where it uses the built-in answerer, or has none any more."""
    choice = choice_of(tx, agent_id)
    wanted = [one for one in (choice.primary, choice.fallback) if one]
    if not wanted:
        return Thinking(choice, (), ())
    found = {row.id: _connection(row) for row in tx.rows(_connected().where(model_connection.c.id.in_(wanted)))}
    return Thinking(choice, tuple(found[one] for one in wanted if one in found), standings(tx, (ACCOUNT, agent_id)))


def used_by(tx: Tx, connection_id: str) -> Sequence[str]:
    """Ids of the agents that were set to a connection."""
    rows = tx.rows(select(agent.c.id, agent.c.thinking).where(agent.c.removed_at.is_(None)))
    return [row.id for row in rows if connection_id in (row.thinking.get("primary"), row.thinking.get("fallback"))]


def limit_of(tx: Tx, scope: str) -> Limit:
    """The limit of the account or of an agent."""
    found = tx.scalar(select(model_limit.c.settings).where(model_limit.c.scope == scope))
    return Limit.model_validate(found or {})


def standings(tx: Tx, scopes: Sequence[str]) -> tuple[Standing, ...]:
    """Limits of this month with what was spent under them."""
    limits = {row.scope: Limit.model_validate(row.settings) for row in tx.rows(select(model_limit))}
    return tuple(Standing(scope, limits.get(scope, Limit()), month(tx, scope).spent) for scope in scopes)


def this_month(tx: Tx) -> str:
    """The month it is where the account is."""
    return month_of(tx.now, ZoneInfo(the_account(tx).timezone))


def month(tx: Tx, scope: str = ACCOUNT) -> Month:
    """What was spent this month."""
    row = tx.row(select(model_month).where(model_month.c.scope == scope, model_month.c.month == this_month(tx)))
    if row is None:
        return Month(Spent(), 0)
    return Month(Spent(row.input_tokens, row.output_tokens, row.micros), row.calls)


def uses(tx: Tx, *, limit: int = 50) -> Sequence[Row[Any]]:
    """The latest calls, newest first."""
    return tx.rows(select(model_use).order_by(model_use.c.at.desc(), model_use.c.key).limit(limit))


def _connected() -> Any:
    return select(model_connection).where(model_connection.c.removed_at.is_(None))


def _connection(row: Row[Any]) -> Connection:
    return Connection(
        row.id, ConnectionSettings.model_validate(row.settings), row.secrets, row.checked, row.created_at, row.changed_at
    )
