"""REST: who calls, teammates, teams, API keys, the audit log."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from firstline.kit.database import Database, Tx
from firstline.kit.errors import Unauthenticated
from firstline.people import commands, keys, queries, roles
from firstline.people.rules import Actor, Permission


async def database(connection: HTTPConnection) -> Database:
    """The application's database."""
    found = connection.app.state.database
    assert isinstance(found, Database)
    return found


Store = Annotated[Database, Depends(database)]


async def caller(request: Request, store: Store) -> Actor:
    """The actor that the bearer key stands for.

    :raises Unauthenticated: without a key, or with an unknown or revoked one.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Unauthenticated("Send an API key as “Authorization: Bearer fl_…”.")
    return await store.tx(keys.who_by_key, key.strip(), request.method, request.url.path)


Caller = Annotated[Actor, Depends(caller)]
Limit = Annotated[int, Query(ge=1, le=200)]

router = APIRouter(prefix="/api/v1", tags=["People"])


class NewTeammate(BaseModel):
    name: str
    email: str
    password: str | None = Field(
        default=None,
        description="First password; without one the teammate cannot sign in yet.",
    )
    role: str = "teammate"
    seat: bool = True
    title: str = ""


class TeammateChange(BaseModel):
    name: str | None = None
    title: str | None = None
    role: str | None = None
    seat: bool | None = None
    password: str | None = None
    available: bool | None = None


class NewTeam(BaseModel):
    name: str
    members: list[str] = []


class NewKey(BaseModel):
    name: str
    scopes: list[str] = ["*"]
    expires_at: datetime | None = Field(default=None, description="When the key ends; without one, it does not.")


@router.get("/teammates")
async def list_teammates(store: Store, by: Caller) -> dict[str, Any]:
    """All teammates."""
    found = await store.tx(queries.teammates)
    return {"items": [queries.as_json(mate) for mate in found], "next": None}


@router.post("/teammates", status_code=201)
async def add_teammate(body: NewTeammate, store: Store, by: Caller) -> dict[str, Any]:
    """Add a teammate."""

    def add(tx: Tx) -> dict[str, Any]:
        added = commands.add_teammate(tx, **body.model_dump(), by=by)
        return queries.as_json(queries.teammate_of(tx, added))

    return await store.tx(add)


@router.patch("/teammates/{teammate_id}")
async def change_teammate(teammate_id: str, body: TeammateChange, store: Store, by: Caller) -> dict[str, Any]:
    """Change a teammate, or switch availability."""

    def change(tx: Tx) -> dict[str, Any]:
        changes = body.model_dump(exclude_unset=True)
        available = changes.pop("available", None)
        if changes:
            commands.change_teammate(tx, teammate_id, by=by, **changes)
        if available is not None:
            commands.set_available(tx, teammate_id, available, by=by)
        return queries.as_json(queries.teammate_of(tx, teammate_id))

    return await store.tx(change)


@router.delete("/teammates/{teammate_id}", status_code=204)
async def remove_teammate(teammate_id: str, store: Store, by: Caller) -> None:
    """Remove a teammate; what they wrote stays."""
    await store.tx(commands.disable_teammate, teammate_id, by=by)


@router.get("/teams")
async def list_teams(store: Store, by: Caller) -> dict[str, Any]:
    """All teams with their members."""
    found = await store.tx(queries.teams)
    return {"items": [queries.team_as_json(team) for team in found], "next": None}


@router.post("/teams", status_code=201)
async def add_team(body: NewTeam, store: Store, by: Caller) -> dict[str, Any]:
    """Create a team."""

    def add(tx: Tx) -> dict[str, Any]:
        added = commands.add_team(tx, body.name, body.members, by=by)
        return queries.team_as_json(next(team for team in queries.teams(tx) if team.id == added))

    return await store.tx(add)


@router.put("/teams/{team_id}/members/{teammate_id}", status_code=204)
async def join_team(team_id: str, teammate_id: str, store: Store, by: Caller, main: bool = True) -> None:
    """Make a teammate a member, by default with this as their main team."""
    await store.tx(commands.join_team, team_id, teammate_id, main=main, by=by)


@router.delete("/teams/{team_id}/members/{teammate_id}", status_code=204)
async def leave_team(team_id: str, teammate_id: str, store: Store, by: Caller) -> None:
    """End a membership."""
    await store.tx(commands.leave_team, team_id, teammate_id, by=by)


class NewRole(BaseModel):
    name: str
    permissions: list[str] = Field(description="Ids of permissions, such as inbox.use.")


class RoleChange(BaseModel):
    name: str | None = None
    permissions: list[str] | None = None


@router.get("/roles")
async def list_roles(store: Store, by: Caller) -> dict[str, Any]:
    """The roles and what each allows."""
    return {"items": [queries.role_as_json(role) for role in await store.tx(roles.all_roles)], "next": None}


@router.post("/roles", status_code=201)
async def create_role(body: NewRole, store: Store, by: Caller) -> dict[str, Any]:
    """Make a role of your own."""

    def create(tx: Tx) -> dict[str, Any]:
        made = roles.create_role(tx, body.name, body.permissions, by=by)
        return queries.role_as_json(roles.role_of(tx, made))

    return await store.tx(create)


@router.patch("/roles/{role_id}")
async def change_role(role_id: str, body: RoleChange, store: Store, by: Caller) -> dict[str, Any]:
    """Change a role of your own; it holds from its holders' next request."""

    def change(tx: Tx) -> dict[str, Any]:
        roles.change_role(tx, role_id, name=body.name, permissions=body.permissions, by=by)
        return queries.role_as_json(roles.role_of(tx, role_id))

    return await store.tx(change)


@router.delete("/roles/{role_id}", status_code=204)
async def delete_role(role_id: str, store: Store, by: Caller) -> None:
    """Delete a role of your own that nobody has."""
    await store.tx(roles.delete_role, role_id, by=by)


@router.get("/api-keys")
async def list_keys(store: Store, by: Caller) -> dict[str, Any]:
    """Keys that work: one's own, or all with the permission for users and teams."""
    found = await store.tx(queries.api_keys)
    manages = by.may(Permission.MANAGE_TEAMMATES)
    return {"items": [queries.key_as_json(row) for row in found if manages or row.teammate_id == by.id], "next": None}


@router.post("/api-keys", status_code=201)
async def create_key(body: NewKey, store: Store, by: Caller) -> dict[str, Any]:
    """Create an API key that acts for the caller; the key is shown once."""
    created, key = await store.tx(keys.create_api_key, body.name, body.scopes, expires_at=body.expires_at, by=by)
    return {"id": created, "name": body.name, "scopes": body.scopes, "expires_at": body.expires_at, "key": key}


@router.delete("/api-keys/{key_id}", status_code=204)
async def revoke_key(key_id: str, store: Store, by: Caller) -> None:
    """End a key at once."""
    await store.tx(keys.revoke_api_key, key_id, by=by)
