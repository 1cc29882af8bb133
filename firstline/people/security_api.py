"""REST: how people sign in. What a teammate alone may do, such as setting a second factor up, is done in the console."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firstline.kit.database import Tx
from firstline.people import queries, second_factor, sign_on, signin
from firstline.people.api import Caller, Store
from firstline.people.governance_api import Keys
from firstline.people.rules import Actor, Permission

router = APIRouter(prefix="/api/v1", tags=["People"])


class Demand(BaseModel):
    required: bool = Field(description="Whether everybody who signs in with a password needs a second factor.")


class SingleSignOn(BaseModel):
    """An OpenID Connect provider."""

    label: str = Field(description="What the button on the sign-in page calls it.")
    issuer: str = Field(description="Its address, as in its discovery document.")
    client_id: str
    client_secret: str = Field(default="", description="Left out, the one that is there stays.")
    domains: list[str] = Field(default=[], description="Email domains whose holders may join without an invitation.")
    default_role: str | None = Field(default=None, description="The role they get; null: nobody joins by themselves.")
    enabled: bool = True


def _security(tx: Tx, by: Actor, keyring: Keys) -> dict[str, Any]:
    by.require(Permission.MANAGE_SECURITY)
    found, have = sign_on.provider(tx, keyring), queries.with_second_factor(tx)
    return {
        "second_factor_required": queries.the_account(tx).second_factor_required,
        "without_second_factor": [mate.id for mate in queries.teammates(tx) if mate.id not in have],
        "single_sign_on": None
        if found is None
        else {
            "label": found.label,
            "issuer": found.issuer,
            "client_id": found.client_id,
            "has_secret": bool(found.client_secret),
            "domains": list(found.domains),
            "default_role": found.default_role,
            "enabled": found.enabled,
        },
    }


@router.get("/security")
async def read_security(store: Store, by: Caller, keyring: Keys) -> dict[str, Any]:
    """Whether a second factor is demanded, who has none, and the single sign-on; needs Roles and security."""
    return await store.tx(_security, by, keyring)


@router.put("/security/second-factor")
async def demand_second_factor(body: Demand, store: Store, by: Caller, keyring: Keys) -> dict[str, Any]:
    """Demand it or not; whoever demands it needs one of their own first."""

    def change(tx: Tx) -> dict[str, Any]:
        second_factor.demand(tx, body.required, by=by)
        return _security(tx, by, keyring)

    return await store.tx(change)


@router.put("/security/single-sign-on")
async def set_single_sign_on(body: SingleSignOn, store: Store, by: Caller, keyring: Keys) -> dict[str, Any]:
    """Set the provider. Whether it answers shows at the first sign-in."""

    def change(tx: Tx) -> dict[str, Any]:
        sign_on.configure(tx, keyring, **body.model_dump(), by=by)
        return _security(tx, by, keyring)

    return await store.tx(change)


@router.delete("/security/single-sign-on", status_code=204)
async def remove_single_sign_on(store: Store, by: Caller, keyring: Keys) -> None:
    """Take the provider away; whoever has no password needs a link for one."""
    await store.tx(lambda tx: sign_on.remove(tx, keyring, by=by))


@router.delete("/teammates/{teammate_id}/second-factor", status_code=204)
async def take_second_factor_away(teammate_id: str, store: Store, by: Caller) -> None:
    """For somebody who lost phone and recovery codes; needs Users and teams. Every browser of theirs is signed out."""
    await store.tx(lambda tx: second_factor.turn_off(tx, teammate_id, by=by))


@router.get("/teammates/{teammate_id}/sessions")
async def list_sessions(teammate_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """The browsers in which a teammate is signed in: one's own, or anybody's with Users and teams."""

    def read(tx: Tx) -> dict[str, Any]:
        if by.id != teammate_id:
            by.require(Permission.MANAGE_TEAMMATES)
        queries.teammate_of(tx, teammate_id)
        fields = ("id", "created_at", "seen_at", "expires_at", "method", "second_factor", "address", "browser")
        rows = signin.sessions_of(tx, teammate_id)
        return {"items": [{name: getattr(row, name) for name in fields} for row in rows], "next": None}

    return await store.tx(read)


@router.delete("/teammates/{teammate_id}/sessions")
async def end_sessions(teammate_id: str, store: Store, by: Caller) -> dict[str, int]:
    """Sign a teammate out everywhere; returns of how many browsers."""
    return {"ended": await store.tx(lambda tx: signin.sign_out_everywhere(tx, teammate_id, by=by))}
