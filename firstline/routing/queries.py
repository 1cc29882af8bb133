"""Questions about deployments, decisions and the queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from firstline.conversations.tables import conversation
from firstline.hours.document import from_json
from firstline.hours.rules import Schedule
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.routing.situation import Destination, DestinationKind, Mode
from firstline.routing.tables import account_routing, deployment, routing_decision, waiting


@dataclass(frozen=True)
class Deployment:
    """The agent on a channel account (PRODUCT.md §2)."""

    id: str
    agent_id: str
    channel_account_id: str
    hours: Schedule
    fallback: Destination | None
    coverage: int
    mode: Mode
    created_at: datetime
    created_by: str
    removed_at: datetime | None


def _deployment(row: Row[Any]) -> Deployment:
    return Deployment(
        id=row.id,
        agent_id=row.agent_id,
        channel_account_id=row.channel_account_id,
        hours=from_json(row.hours),
        fallback=Destination.from_json(row.fallback) if row.fallback else None,
        coverage=row.coverage,
        mode=Mode(row.mode),
        created_at=row.created_at,
        created_by=row.created_by,
        removed_at=row.removed_at,
    )


def deployments(tx: Tx, *, agent_id: str | None = None) -> Sequence[Deployment]:
    """Deployments that were not removed, oldest first."""
    query = select(deployment).where(deployment.c.removed_at.is_(None)).order_by(deployment.c.id)
    if agent_id is not None:
        query = query.where(deployment.c.agent_id == agent_id)
    return [_deployment(row) for row in tx.rows(query)]


def which(tx: Tx, deployment_id: str) -> Deployment:
    """One deployment.

    :raises NotFound: if there is none, or it was removed.
    """
    row = tx.row(select(deployment).where(deployment.c.id == deployment_id, deployment.c.removed_at.is_(None)))
    if row is None:
        raise NotFound(f"There is no deployment {deployment_id}.")
    return _deployment(row)


def deployed_on(tx: Tx, channel_account_id: str) -> Deployment | None:
    """The deployment on a channel account, None if the agent is not deployed there."""
    query = select(deployment).where(deployment.c.channel_account_id == channel_account_id, deployment.c.removed_at.is_(None))
    row = tx.row(query)
    return _deployment(row) if row else None


def routing_of(tx: Tx, channel_account_id: str) -> Destination | None:
    """Where a channel account's conversations go when no deployment says."""
    found = tx.scalar(select(account_routing.c.destination).where(account_routing.c.channel_account_id == channel_account_id))
    return Destination.from_json(found) if found else None


def decisions_of(tx: Tx, conversation_id: str) -> Sequence[Mapping[str, Any]]:
    """What was decided about a conversation, oldest first, with all that was looked at."""
    query = select(routing_decision).where(routing_decision.c.conversation_id == conversation_id).order_by(routing_decision.c.id)
    return [dict(row) for row in tx.execute(query).mappings()]


def queue(tx: Tx) -> Sequence[tuple[str, str]]:
    """The conversations that wait for somebody, the longest waiting first, each with what it waits for: those that wait for
    the same people have the same key. What is put off waits for its time first."""
    rows = tx.rows(
        select(waiting.c.conversation_id, waiting.c.destination, conversation.c.workspace, conversation.c.channel_account_id)
        .join(conversation, conversation.c.id == waiting.c.conversation_id)
        .where(conversation.c.snoozed_until.is_(None))
        .order_by(waiting.c.since, waiting.c.conversation_id)
    )
    return [(row.conversation_id, _key(row)) for row in rows]


def _key(row: Row[Any]) -> str:
    kind, ids = row.destination["kind"], row.destination["ids"]
    own = row.conversation_id if kind == DestinationKind.CONTACT_OWNER else ""
    return " ".join((kind, row.workspace, row.channel_account_id, own, *sorted(ids)))
