"""REST: deployments, who answers, where a channel account's other conversations go."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from firstline.hours import preview
from firstline.hours.document import to_json
from firstline.hours.rows import clock_text
from firstline.hours.rules import is_open, next_change
from firstline.hours.wording import describe
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.people.api import Caller, Store
from firstline.routing import commands, queries
from firstline.routing.explaining import explain
from firstline.routing.queries import Deployment
from firstline.routing.surroundings import Surroundings

router = APIRouter(prefix="/api/v1", tags=["Deployments"])


async def _surroundings(connection: HTTPConnection) -> Surroundings:
    found = connection.app.state.surroundings
    assert isinstance(found, Surroundings)
    return found


Around = Annotated[Surroundings, Depends(_surroundings)]


class NewDeployment(BaseModel):
    agent_id: str
    channel_account_id: str
    hours: dict[str, Any] = Field(default={"mode": "all"}, description="{mode, timezone, rows, holidays}")
    fallback: dict[str, Any] | None = Field(
        default=None, description="{kind, ids} of who gets what the agent does not take; null: the channel account's routing."
    )
    coverage: int = Field(default=100, description="Per cent of new conversations that the agent takes.")
    mode: str = Field(default="live", description="“live” or “shadow”.")


class DeploymentChange(BaseModel):
    agent_id: str | None = None
    hours: dict[str, Any] | None = None
    fallback: dict[str, Any] | None = None
    coverage: int | None = None
    mode: str | None = None


class Routing(BaseModel):
    routing: dict[str, Any] | None = Field(description="{kind, ids}; null: conversations stay unassigned.")


def as_json(found: Deployment, now: datetime) -> dict[str, Any]:
    """A deployment as REST shows it."""
    return {
        "id": found.id,
        "agent_id": found.agent_id,
        "channel_account_id": found.channel_account_id,
        "hours": to_json(found.hours),
        "hours_text": describe(found.hours),
        "within_hours": is_open(found.hours, now),
        "next_change": next_change(found.hours, now),
        "fallback": found.fallback.to_json() if found.fallback else None,
        "coverage": found.coverage,
        "mode": found.mode.value,
        "created_at": found.created_at,
        "created_by": found.created_by,
    }


@router.get("/deployments")
async def list_deployments(store: Store, by: Caller, agent_id: str | None = None) -> dict[str, Any]:
    """Where agents are deployed."""

    def read(tx: Tx) -> list[dict[str, Any]]:
        return [as_json(found, tx.now) for found in queries.deployments(tx, agent_id=agent_id)]

    return {"items": await store.tx(read), "next": None}


@router.post("/deployments", status_code=201)
async def deploy(body: NewDeployment, store: Store, by: Caller, around: Around) -> dict[str, Any]:
    """Deploy an agent on a channel account: it takes every new conversation there."""

    def act(tx: Tx) -> dict[str, Any]:
        created = commands.deploy(tx, around, **body.model_dump(), by=by)
        return as_json(queries.which(tx, created), tx.now)

    return await store.tx(act)


@router.get("/deployments/{deployment_id}")
async def read_deployment(deployment_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """One deployment."""
    return await store.tx(lambda tx: as_json(queries.which(tx, deployment_id), tx.now))


@router.patch("/deployments/{deployment_id}")
async def change_deployment(
    deployment_id: str, body: DeploymentChange, store: Store, by: Caller, around: Around
) -> dict[str, Any]:
    """Change a deployment, for conversations routed from now on; what is not named stays."""
    changes = {key: value for key, value in body.model_dump(exclude_unset=True).items() if value is not None or key == "fallback"}

    def act(tx: Tx) -> dict[str, Any]:
        return as_json(commands.change(tx, around, deployment_id, changes, by=by), tx.now)

    return await store.tx(act)


@router.delete("/deployments/{deployment_id}", status_code=204)
async def remove_deployment(deployment_id: str, store: Store, by: Caller) -> None:
    """End a deployment; conversations the agent holds run on to their end."""
    await store.tx(commands.remove, deployment_id, by=by)


@router.get("/deployments/{deployment_id}/explain")
async def explain_deployment(
    deployment_id: str, store: Store, by: Caller, around: Around, at: str | None = None, conversation_id: str | None = None
) -> dict[str, Any]:
    """Who would get a new conversation there at a time, why, and when the hours change it."""
    instant = read_time(at)

    def read(tx: Tx) -> dict[str, Any]:
        found = queries.which(tx, deployment_id)
        return explain(tx, around, found.channel_account_id, instant, conversation_id).to_json()

    return await store.tx(read)


@router.get("/deployments/{deployment_id}/days")
async def coming_days(
    deployment_id: str, store: Store, by: Caller, days: Annotated[int, Query(ge=1, le=62)] = 14
) -> dict[str, Any]:
    """The coming days by the clocks of the working hours' zone: when the agent answers, what clock changes skip and repeat."""

    def read(tx: Tx) -> dict[str, Any]:
        hours = queries.which(tx, deployment_id).hours
        coming = preview.week(hours, tx.now, days)
        items = [_day(day) for day in coming.days]
        return {"timezone": hours.zone, "answers_now": coming.answers, "next_change": coming.next_change, "items": items}

    return await store.tx(read)


def _day(day: preview.Day) -> dict[str, Any]:
    """Spans as wall-clock times, in which the agent answers or the clocks do something odd."""
    return {
        "date": day.date.isoformat(),
        "answers": [[clock_text(span.start), clock_text(span.end)] for span in day.spans if span.answers],
        "skipped": [[clock_text(start), clock_text(end)] for start, end in day.skipped],
        "repeated": [[clock_text(start), clock_text(end)] for start, end in day.repeated],
    }


@router.get("/channel-accounts/{account_id}/routing")
async def read_routing(account_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """Where its conversations go when no deployment says."""
    found = await store.tx(queries.routing_of, account_id)
    return {"routing": found.to_json() if found else None}


@router.put("/channel-accounts/{account_id}/routing")
async def route_account(account_id: str, body: Routing, store: Store, by: Caller, around: Around) -> dict[str, Any]:
    """Say where its conversations go when no deployment says."""
    found = await store.tx(commands.route_account, around, account_id, body.routing, by=by)
    return {"routing": found.to_json() if found else None}


def read_time(text: str | None) -> datetime | None:
    """An RFC 3339 time; without an offset it is wall-clock time where the hours are. A plus that a URL turned into a space
    is a plus.

    :raises Invalid: if it is neither.
    """
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
    except ValueError:
        raise Invalid(f"“{text[:60]}” is no time. Write it as 2026-11-23T09:00:00+01:00.", field="at") from None
