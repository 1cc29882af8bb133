"""Is it alive, is it ready, and what does it do: for operators and their tools."""

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from firstline import __version__
from firstline.kit.database import Tx
from firstline.people.api import Store

router = APIRouter(tags=["Operations"], include_in_schema=False)

_FIGURES = text(
    """
    select 'conversations_open' as name, owner_kind as label, count(*)::float as value
      from conversation where status = 'open' group by owner_kind
    union all select 'jobs', status::text, count(*) from procrastinate_jobs group by status
    union all select 'oldest_job_seconds', 'todo',
      coalesce(extract(epoch from now() - min(coalesce(j.scheduled_at, e.at))), 0)
      from procrastinate_jobs j left join procrastinate_events e on e.job_id = j.id and e.type = 'deferred'
      where j.status = 'todo' and coalesce(j.scheduled_at, e.at) <= now()
    union all select 'messages_undelivered', delivery, count(*) from entry
      where delivery in ('pending', 'sending', 'unknown') group by delivery
    union all select 'turns_thinking', 'live', count(*) from turn where state = 'thinking'
    """
)
_HELP = {
    "conversations_open": "Open conversations by kind of owner",
    "jobs": "Jobs by state",
    "oldest_job_seconds": "Age of the oldest job that is due",
    "messages_undelivered": "Outgoing messages that have not been sent, by state",
    "turns_thinking": "Turns of the agent that are under way",
}


@router.get("/openapi.json")
async def contract(request: Request) -> dict[str, Any]:
    """The REST interface as OpenAPI, where tools look for it first; the same as below ``/api/v1``."""
    found: dict[str, Any] = request.app.openapi()
    return found


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok", "version": __version__}


def _ready(tx: Tx) -> str:
    return str(tx.scalar(text("select version_num from alembic_version")))


@router.get("/readyz")
async def ready(store: Store, response: Response) -> dict[str, str]:
    """The database answers and has a schema: requests can be served."""
    try:
        return {"status": "ready", "schema": await store.tx(_ready)}
    except SQLAlchemyError as error:
        response.status_code = 503
        return {"status": "not ready", "cause": type(error).__name__, "what_to_do": "Look whether the database runs."}


def _figures(tx: Tx) -> list[tuple[str, str, float]]:
    return [(row.name, row.label, float(row.value)) for row in tx.rows(_FIGURES)]


@router.get("/metrics")
async def metrics(store: Store) -> Response:
    """Figures for Prometheus."""
    registry = CollectorRegistry()
    gauges = {name: Gauge(f"firstline_{name}", text, ["state"], registry=registry) for name, text in _HELP.items()}
    for name, label, value in await store.tx(_figures):
        gauges[name].labels(label).set(value)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
