"""REST: how long waits last, and the clock of a conversation."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firstline.clocks import queries
from firstline.clocks.commands import set_policy
from firstline.conversations.queries import which
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.people.api import Caller, Store

router = APIRouter(prefix="/api/v1", tags=["Clocks"])


class PolicyChange(BaseModel):
    """Minutes; null means never, where that is possible."""

    agent: int | None = Field(default=None, description="Until people get what the agent has not answered.")
    tell: int | None = Field(default=None, description="Until a customer who waits for people is told so.")
    reassign: int | None = Field(default=None, description="Until somebody else gets what a teammate has not answered.")
    alert: int | None = Field(default=None, description="Until a conversation that waits for people is overdue.")
    alert_again: int | None = Field(default=None, description="Until that is said again.")
    remind: int | None = Field(default=None, description="Until a customer who is silent with the agent is reminded.")
    close: int | None = Field(default=None, description="Until a conversation with the agent is closed for inactivity.")
    follow_up: int | None = Field(default=None, description="Until a teammate is told that the customer is silent.")
    close_people: int | None = Field(default=None, description="Until a conversation with people is closed for inactivity.")
    business_hours: bool | None = Field(default=None, description="Whether waiting for people counts in business hours only.")
    mail: bool | None = Field(default=None, description="Whether managers are told by mail when a conversation becomes overdue.")


@router.get("/clock-policies")
async def list_policies(store: Store, by: Caller) -> dict[str, Any]:
    """After how many minutes what happens, for each channel family."""
    found = await store.tx(queries.policies)
    return {"items": [{"family": family, **policy.model_dump()} for family, policy in found.items()], "next": None}


@router.patch("/clock-policies/{family}")
async def change_policy(family: str, body: PolicyChange, store: Store, by: Caller) -> dict[str, Any]:
    """Change the minutes that are named; needs Channel management."""
    changes = body.model_dump(exclude_unset=True)
    policy = await store.tx(lambda tx: set_policy(tx, family, changes, by=by))
    return {"family": family, **policy.model_dump()}


@router.get("/conversations/{conversation_id}/clock")
async def read_clock(conversation_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """For whom an open conversation waits since when, and what happens next."""

    def read(tx: Tx) -> dict[str, Any]:
        which(tx, conversation_id, by)
        found = queries.clock_of(tx, conversation_id)
        if found is None:
            raise Invalid("The conversation is closed: it waits for nobody.")
        return queries.as_json(found)

    return await store.tx(read)
