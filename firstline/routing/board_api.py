"""REST: who has how much to do, capacity, queues."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firstline.people.api import Caller, Store
from firstline.routing import board
from firstline.routing.capacity import capacity_of, set_capacity

router = APIRouter(prefix="/api/v1", tags=["Queues and capacity"])

_LIMIT = Field(default=None, description="How many open conversations at most; null: no limit.")


class Limits(BaseModel):
    calls: int | None = _LIMIT
    messaging: int | None = _LIMIT
    email: int | None = _LIMIT


@router.get("/workload")
async def list_workload(store: Store, by: Caller) -> dict[str, Any]:
    """Each teammate's open conversations and limits, separately for calls, messaging and email."""
    return {"items": [board.desk_as_json(desk) for desk in await store.tx(board.desks)], "next": None}


@router.get("/queues")
async def list_queues(store: Store, by: Caller) -> dict[str, Any]:
    """What waits in each team's queue and unassigned, the longest waiting first."""
    found = await store.tx(board.queues, by)
    return {"items": [board.queue_as_json(queue) for queue in found], "next": None}


@router.get("/teammates/{teammate_id}/capacity")
async def read_capacity(teammate_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """How many open conversations of each kind a teammate may be given."""
    return (await store.tx(capacity_of, teammate_id)).to_json()


@router.put("/teammates/{teammate_id}/capacity")
async def change_capacity(teammate_id: str, body: Limits, store: Store, by: Caller) -> dict[str, Any]:
    """Change the limits that are named; needs Availability management."""
    changes = body.model_dump(exclude_unset=True)
    return (await store.tx(lambda tx: set_capacity(tx, teammate_id, changes, by=by))).to_json()
