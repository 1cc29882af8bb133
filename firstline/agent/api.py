"""REST: agents, their handoff settings, why a turn decided as it did."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection

from firstline.agent import commands, queries, turns
from firstline.agent.access import Permissions
from firstline.agent.channel_settings import ChannelSettings
from firstline.agent.handoff import HandoffSettings
from firstline.agent.preview import Line, Preview
from firstline.agent.queries import Agent
from firstline.agent.rules import Profile
from firstline.conversations import queries as conversations
from firstline.conversations.api import as_json as conversation_as_json
from firstline.kit.database import Tx
from firstline.people.api import Caller, Store

router = APIRouter(prefix="/api/v1", tags=["Agent"])


class Identity(BaseModel):
    """Fields of the agent's identity; every one but the name may be left out."""

    model_config = ConfigDict(
        extra="allow", json_schema_extra=lambda schema: schema.update(properties=Profile.model_json_schema()["properties"])
    )

    name: str | None = None


class HandOffNow(BaseModel):
    reason: str = Field(default="A teammate asked for it", max_length=300)


class PreviewMessage(BaseModel):
    role: Literal["customer", "agent"]
    text: str = Field(max_length=20_000)


class PreviewQuestion(BaseModel):
    """A conversation so far, to see what the agent would do now."""

    messages: list[PreviewMessage]
    channel: str = "live_chat"
    at: datetime | None = None
    contact: str | None = Field(default=None, description="Id of the contact to preview as.")
    draft: bool = Field(default=True, description="Whether the identity being edited is used instead of the published one.")


async def _preview(connection: HTTPConnection) -> Preview:
    found = connection.app.state.preview
    assert isinstance(found, Preview)
    return found


Previewing = Annotated[Preview, Depends(_preview)]


def as_json(agent: Agent) -> dict[str, Any]:
    """An agent as REST shows it: the draft's fields, and what is published."""
    return {
        "id": agent.id,
        **agent.draft.model_dump(),
        "published": agent.published.model_dump(),
        "version": agent.version,
        "published_at": agent.published_at,
        "has_unpublished_changes": agent.changed,
        "created_at": agent.created_at,
    }


@router.get("/agents")
async def list_agents(store: Store, by: Caller) -> dict[str, Any]:
    """All agents."""
    return {"items": [as_json(agent) for agent in await store.tx(queries.agents)], "next": None}


@router.post("/agents", status_code=201)
async def create_agent(body: Identity, store: Store, by: Caller) -> dict[str, Any]:
    """Create an agent; its first identity is published at once."""

    def create(tx: Tx) -> Agent:
        return queries.which(tx, commands.create(tx, body.model_dump(exclude_unset=True), by=by))

    return as_json(await store.tx(create))


@router.get("/agents/{agent_id}")
async def read_agent(agent_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """One agent."""
    return as_json(await store.tx(queries.which, agent_id))


@router.patch("/agents/{agent_id}")
async def change_agent(agent_id: str, body: Identity, store: Store, by: Caller) -> dict[str, Any]:
    """Change the draft of an agent's identity."""

    def change(tx: Tx) -> Agent:
        commands.change(tx, agent_id, body.model_dump(exclude_unset=True), by=by)
        return queries.which(tx, agent_id)

    return as_json(await store.tx(change))


@router.delete("/agents/{agent_id}", status_code=204)
async def remove_agent(agent_id: str, store: Store, by: Caller) -> None:
    """Remove an agent and its deployments."""
    await store.tx(commands.remove, agent_id, by=by)


@router.post("/agents/{agent_id}/publish")
async def publish_agent(agent_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """Make the draft what customers meet."""

    def publish(tx: Tx) -> Agent:
        commands.publish(tx, agent_id, by=by)
        return queries.which(tx, agent_id)

    return as_json(await store.tx(publish))


@router.post("/agents/{agent_id}/preview")
async def preview_agent(agent_id: str, body: PreviewQuestion, by: Caller, preview: Previewing) -> dict[str, Any]:
    """What the agent would do now. Nothing is sent, nothing is charged."""
    lines = [Line(message.role, message.text) for message in body.messages]
    return await preview.ask(agent_id, lines, channel=body.channel, at=body.at, contact_id=body.contact, draft=body.draft)


@router.get("/agents/{agent_id}/handoff")
async def read_handoff(agent_id: str, store: Store, by: Caller) -> HandoffSettings:
    """Who takes over, and what the customer is told."""
    return (await store.tx(queries.which, agent_id)).handoff


@router.put("/agents/{agent_id}/handoff")
async def set_handoff(agent_id: str, body: HandoffSettings, store: Store, by: Caller) -> HandoffSettings:
    """Replace the handoff settings."""
    return await store.tx(commands.set_handoff, agent_id, body.model_dump(), by=by)


@router.get("/agents/{agent_id}/channels")
async def read_channels(agent_id: str, store: Store, by: Caller) -> ChannelSettings:
    """What differs by channel: mail that people answer, when a chat asks for an email address."""
    return (await store.tx(queries.which, agent_id)).channels


@router.put("/agents/{agent_id}/channels")
async def set_channels(agent_id: str, body: ChannelSettings, store: Store, by: Caller) -> ChannelSettings:
    """Replace what differs by channel."""
    return await store.tx(commands.set_channels, agent_id, body.model_dump(), by=by)


@router.get("/agents/{agent_id}/permissions")
async def read_permissions(agent_id: str, store: Store, by: Caller) -> Permissions:
    """What the agent may read of a contact, and change."""
    return (await store.tx(queries.which, agent_id)).access


@router.put("/agents/{agent_id}/permissions")
async def set_permissions(agent_id: str, body: Permissions, store: Store, by: Caller) -> Permissions:
    """Replace what the agent may read of a contact, and change."""
    return await store.tx(commands.set_permissions, agent_id, body.model_dump(mode="json"), by=by)


@router.get("/conversations/{conversation_id}/turns")
async def list_turns(conversation_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """Why the agent did what it did in a conversation: its turns, newest first."""

    def read(tx: Tx) -> list[dict[str, Any]]:
        conversations.which(tx, conversation_id, by)
        return [queries.turn_of(tx, turn_id) for turn_id in queries.turns_of(tx, conversation_id)]

    return {"items": await store.tx(read), "next": None}


@router.post("/conversations/{conversation_id}/handoff")
async def hand_off(conversation_id: str, store: Store, by: Caller, body: HandOffNow | None = None) -> dict[str, Any]:
    """Make the agent give a conversation to people now."""

    def act(tx: Tx) -> dict[str, Any]:
        conversations.which(tx, conversation_id, by)
        turns.let_go(tx, conversation_id, by, (body or HandOffNow()).reason)
        return conversation_as_json(conversations.which(tx, conversation_id))

    return await store.tx(act)
