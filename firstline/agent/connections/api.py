"""REST: model connections, what an agent thinks with, what models cost and may cost."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection

from firstline.agent.connections import commands, queries
from firstline.agent.connections.building import installed
from firstline.agent.connections.known import PROVIDERS
from firstline.agent.connections.prices import listed
from firstline.agent.connections.queries import Connection
from firstline.agent.connections.rules import MICROS, Choice, ConnectionSettings, Limit, may_spend, percent
from firstline.agent.connections.trying import Trial
from firstline.kit.database import Tx
from firstline.kit.secrets import Keyring
from firstline.people.api import Caller, Store

router = APIRouter(prefix="/api/v1", tags=["Models"])


class ConnectionBody(BaseModel):
    """A model's settings; the key is written, and never read again."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra=lambda schema: schema.update(
            properties=ConnectionSettings.model_json_schema()["properties"] | {"key": {"type": "string", "writeOnly": True}}
        ),
    )

    key: str | None = Field(default=None, max_length=5_000)

    def settings(self) -> dict[str, Any]:
        """Without the key."""
        return {name: value for name, value in self.model_dump(exclude_unset=True).items() if name != "key"}


async def _keyring(connection: HTTPConnection) -> Keyring:
    found = connection.app.state.keyring
    assert isinstance(found, Keyring)
    return found


async def _trial(connection: HTTPConnection) -> Trial:
    found = connection.app.state.model_trial
    assert isinstance(found, Trial)
    return found


Sealing = Annotated[Keyring, Depends(_keyring)]
Trying = Annotated[Trial, Depends(_trial)]


def as_json(one: Connection) -> dict[str, Any]:
    """A connection as REST shows it: that there is a key, never the key."""
    return {
        "id": one.id,
        **one.settings.model_dump(),
        "label": one.settings.label,
        "has_key": one.sealed is not None,
        "checked": one.checked,
        "created_at": one.created_at,
        "changed_at": one.changed_at,
    }


@router.get("/model-providers")
async def list_providers(by: Caller) -> dict[str, Any]:
    """The providers there are, and whether what they need is installed."""
    items = [
        {
            "key": one.key,
            "name": one.name,
            "example": one.example,
            "needs_key": one.needs_key,
            "needs_url": one.needs_url,
            "installed": installed(one.key),
            "extra": one.extra or None,
        }
        for one in PROVIDERS.values()
    ]
    return {"items": items, "next": None}


@router.get("/model-connections")
async def list_connections(store: Store, by: Caller) -> dict[str, Any]:
    """The connected models."""
    return {"items": [as_json(one) for one in await store.tx(queries.connections)], "next": None}


@router.post("/model-connections", status_code=201)
async def connect_model(body: ConnectionBody, store: Store, by: Caller, keyring: Sealing) -> dict[str, Any]:
    """Connect a model; without prices it gets those of the list that is known."""
    settings = body.settings()
    if "input_price" not in settings and "output_price" not in settings:
        price = listed(str(settings.get("provider")), str(settings.get("model")))
        settings |= {"input_price": price[0], "output_price": price[1]} if price else {}

    def connect(tx: Tx) -> Connection:
        return queries.which(tx, commands.connect(tx, keyring, settings, key=body.key, by=by))

    return as_json(await store.tx(connect))


@router.get("/model-connections/{connection_id}")
async def read_connection(connection_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """One connection."""
    return as_json(await store.tx(queries.which, connection_id))


@router.patch("/model-connections/{connection_id}")
async def change_connection(
    connection_id: str, body: ConnectionBody, store: Store, by: Caller, keyring: Sealing
) -> dict[str, Any]:
    """Change a connection; what is left out stays, the key too."""

    def change(tx: Tx) -> Connection:
        commands.change(tx, keyring, connection_id, body.settings(), key=body.key, by=by)
        return queries.which(tx, connection_id)

    return as_json(await store.tx(change))


@router.delete("/model-connections/{connection_id}", status_code=204)
async def remove_connection(connection_id: str, store: Store, by: Caller) -> None:
    """Disconnect a model that no agent thinks with; its key is forgotten."""
    await store.tx(commands.remove, connection_id, by=by)


@router.post("/model-connections/{connection_id}/check")
async def check_connection(connection_id: str, by: Caller, trial: Trying) -> dict[str, Any]:
    """Ask the model one question now: does it answer, how fast, does it stream, does it keep to the form."""
    return await trial.run(connection_id, by=by)


@router.get("/agents/{agent_id}/model")
async def read_choice(agent_id: str, store: Store, by: Caller) -> Choice:
    """What an agent thinks with."""
    return await store.tx(queries.choice_of, agent_id)


@router.put("/agents/{agent_id}/model")
async def choose_model(agent_id: str, body: Choice, store: Store, by: Caller) -> Choice:
    """Set what an agent thinks with, from its next turn on."""
    return await store.tx(commands.choose, agent_id, body.model_dump(), by=by)


def _usage(tx: Tx, scope: str) -> dict[str, Any]:
    standing = queries.standings(tx, (scope,))[0]
    month = queries.month(tx, scope)
    return {
        "scope": scope,
        "month": queries.this_month(tx),
        "calls": month.calls,
        "input_tokens": month.spent.input_tokens,
        "output_tokens": month.spent.output_tokens,
        "money": month.spent.micros / MICROS,
        "limit": standing.limit.model_dump(),
        "percent": percent(standing),
        "models_allowed": may_spend([standing]).allowed,
    }


@router.get("/model-usage")
async def read_usage(store: Store, by: Caller, agent_id: str | None = None) -> dict[str, Any]:
    """What models cost this month, of the account or one agent, and how much they may cost."""
    return await store.tx(_usage, agent_id or queries.ACCOUNT)


@router.put("/model-usage/limit")
async def set_limit(body: Limit, store: Store, by: Caller, agent_id: str | None = None) -> dict[str, Any]:
    """Set how much may be spent on models in a month. At the limit the agent answers without a model."""

    def change(tx: Tx) -> dict[str, Any]:
        commands.set_limit(tx, agent_id or queries.ACCOUNT, body.model_dump(), by=by)
        return _usage(tx, agent_id or queries.ACCOUNT)

    return await store.tx(change)
