"""REST: the actions of an agent, their test, their calls, and approvals."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from firstline.agent import queries as agents
from firstline.agent.actions import calls, commands, settling
from firstline.agent.actions.calls import Call
from firstline.agent.actions.commands import Action
from firstline.agent.actions.definition import INPUTS, Definition, Mcp
from firstline.agent.actions.trying import Trying
from firstline.conversations import queries as conversations
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, Rejected
from firstline.kit.secrets import Keyring
from firstline.people.api import Caller, Store
from firstline.people.rules import Actor

router = APIRouter(prefix="/api/v1", tags=["Actions"])


class ActionBody(Definition):
    """An action; secrets are written, and never read again."""

    secrets: dict[str, str] = Field(
        default_factory=dict, max_length=20, description="Secrets by name; one with an empty text is removed."
    )

    def definition(self) -> dict[str, Any]:
        """Without the secrets."""
        return self.model_dump(mode="json", exclude={"secrets"})


class TestBody(BaseModel):
    arguments: dict[str, str | int | float | bool | list[Any] | dict[str, Any]] = Field(default_factory=dict, max_length=INPUTS)


class ToolServer(Mcp):
    """An MCP server to ask for its tools."""

    tool: str = ""
    secrets: dict[str, str] = Field(default_factory=dict, max_length=20, description="Secrets that its headers name.")


class Settled(BaseModel):
    done: bool = Field(strict=True, description="Whether the other system carried the call out.")
    note: str = Field(default="", max_length=300, description="What was found, for the teammates in the conversation.")


class Declined(BaseModel):
    reason: str = Field(default="", max_length=300)


async def _keyring(connection: HTTPConnection) -> Keyring:
    found = connection.app.state.keyring
    assert isinstance(found, Keyring)
    return found


async def _trying(connection: HTTPConnection) -> Trying:
    found = connection.app.state.action_trying
    assert isinstance(found, Trying)
    return found


Sealing = Annotated[Keyring, Depends(_keyring)]
Trial = Annotated[Trying, Depends(_trying)]


def as_json(one: Action) -> dict[str, Any]:
    """An action as REST shows it: which secrets it has, never what they are."""
    return {
        "id": one.id,
        "agent_id": one.agent_id,
        **one.definition.model_dump(mode="json"),
        "secrets": sorted(one.secrets),
        "missing_secrets": sorted(one.missing_secrets),
        "created_at": one.created_at,
        "changed_at": one.changed_at,
    }


def call_as_json(call: Call) -> dict[str, Any]:
    """A call as REST shows it."""
    return asdict(call) | {"arguments": dict(call.arguments), "facts": dict(call.facts)}


@router.get("/agents/{agent_id}/actions")
async def list_actions(agent_id: str, store: Store, by: Caller, keyring: Sealing) -> dict[str, Any]:
    """The actions of an agent."""

    def read(tx: Tx) -> list[dict[str, Any]]:
        agents.which(tx, agent_id)
        return [as_json(one) for one in commands.actions_of(tx, keyring, agent_id)]

    return {"items": await store.tx(read), "next": None}


@router.post("/agents/{agent_id}/actions", status_code=201)
async def create_action(agent_id: str, body: ActionBody, store: Store, by: Caller, keyring: Sealing) -> dict[str, Any]:
    """Create an action."""

    def create(tx: Tx) -> Action:
        made = commands.create(tx, keyring, agent_id, body.definition(), body.secrets, by=by)
        return commands.which(tx, keyring, made)

    return as_json(await store.tx(create))


@router.get("/actions/{action_id}")
async def read_action(action_id: str, store: Store, by: Caller, keyring: Sealing) -> dict[str, Any]:
    """One action."""
    return as_json(await store.tx(commands.which, keyring, action_id))


@router.put("/actions/{action_id}")
async def change_action(action_id: str, body: ActionBody, store: Store, by: Caller, keyring: Sealing) -> dict[str, Any]:
    """Replace an action; secrets that are not named stay, those named with an empty text are removed."""

    def change(tx: Tx) -> Action:
        commands.change(tx, keyring, action_id, body.definition(), body.secrets, by=by)
        return commands.which(tx, keyring, action_id)

    return as_json(await store.tx(change))


@router.delete("/actions/{action_id}", status_code=204)
async def remove_action(action_id: str, store: Store, by: Caller) -> None:
    """Remove an action; its calls stay in the log."""
    await store.tx(commands.remove, action_id, by=by)


@router.post("/actions/{action_id}/test")
async def test_action(action_id: str, body: TestBody, by: Caller, trying: Trial) -> dict[str, Any]:
    """Call the other system once with sample inputs. The call is real."""
    return asdict(await trying.run(action_id, body.arguments, by=by))


@router.post("/actions/tools")
async def list_tools(body: ToolServer, by: Caller, trying: Trial) -> dict[str, Any]:
    """The tools that an MCP server offers, each with the inputs that an action for it would have."""
    try:
        found = await trying.tools(body, body.secrets, by=by)
    except Rejected as no:
        raise Invalid(no.reason, field="url") from None
    items = [asdict(one) | {"inputs": [it.model_dump(mode="json") for it in one.inputs]} for one in found]
    return {"items": items, "next": None}


@router.get("/actions/{action_id}/calls")
async def list_calls(action_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """The last calls of an action in conversations that the caller may see, newest first."""

    def read(tx: Tx) -> list[dict[str, Any]]:
        return [call_as_json(one) for one in calls.calls_of(tx, action_id, by)]

    return {"items": await store.tx(read), "next": None}


@router.get("/action-calls")
async def list_waiting_calls(store: Store, by: Caller, state: Literal["approving", "unknown"] = "approving") -> dict[str, Any]:
    """The calls that wait for an approval, or those of which nobody knows whether they were done; oldest first."""

    def read(tx: Tx) -> list[dict[str, Any]]:
        return [call_as_json(one) for one in calls.waiting_for_people(tx, by, state)]

    return {"items": await store.tx(read), "next": None}


@router.post("/action-calls/{call_id}/approve")
async def approve_call(call_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """Approve this very call; it is made at once."""
    return await store.tx(_decided, call_id, by, None)


@router.post("/action-calls/{call_id}/decline")
async def decline_call(call_id: str, store: Store, by: Caller, body: Declined | None = None) -> dict[str, Any]:
    """Decline it; the conversation goes to people, who tell the customer."""
    return await store.tx(_decided, call_id, by, body or Declined())


@router.post("/action-calls/{call_id}/settle")
async def settle_call(call_id: str, body: Settled, store: Store, by: Caller) -> dict[str, Any]:
    """Say whether a call of unknown outcome was done. It is not made again either way."""

    def write(tx: Tx) -> dict[str, Any]:
        conversations.which(tx, calls.which(tx, call_id).conversation_id, by)
        settling.settle(tx, call_id, done=body.done, by=by, note=body.note)
        return call_as_json(calls.which(tx, call_id))

    return await store.tx(write)


def _decided(tx: Tx, call_id: str, by: Actor, declined: Declined | None) -> dict[str, Any]:
    conversations.which(tx, calls.which(tx, call_id).conversation_id, by)
    if declined is None:
        calls.approve(tx, call_id, by=by)
    else:
        calls.decline(tx, call_id, by=by, reason=declined.reason)
    return call_as_json(calls.which(tx, call_id))
