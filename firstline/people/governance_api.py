"""REST: invitations, seats, coming back, the audit log, the product's own mail."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row
from starlette.requests import HTTPConnection

from firstline.kit.database import Tx
from firstline.kit.secrets import Keyring
from firstline.people import audit_log, commands, invitations, notices, queries
from firstline.people import seats as seating
from firstline.people.api import Caller, Limit, Store
from firstline.people.rules import Permission

router = APIRouter(prefix="/api/v1", tags=["People"])


async def _keyring(connection: HTTPConnection) -> Keyring:
    found = connection.app.state.keyring
    assert isinstance(found, Keyring)
    return found


Keys = Annotated[Keyring, Depends(_keyring)]


class NewInvitation(BaseModel):
    email: str
    name: str = ""
    role: str = "teammate"
    seat: bool = True
    team_id: str | None = Field(default=None, description="Their main team.")


class Return(BaseModel):
    seat: bool = False


class SeatLimit(BaseModel):
    limit: int | None = Field(description="How many seats may be assigned at once; null for no limit.")


def _invitation(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "email": row.email,
        "name": row.name,
        "role": row.role,
        "seat": row.seat,
        "team_id": row.team_id,
        "invited_by": row.invited_by,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
    }


@router.get("/invitations")
async def list_invitations(store: Store, by: Caller) -> dict[str, Any]:
    """Invitations that were neither accepted nor revoked, newest first."""
    by.require(Permission.MANAGE_TEAMMATES)
    return {"items": [_invitation(row) for row in await store.tx(invitations.open_invitations)], "next": None}


@router.post("/invitations", status_code=201)
async def invite(body: NewInvitation, request: Request, store: Store, keys: Keys, by: Caller) -> dict[str, Any]:
    """Invite somebody by mail; the link is told too, to hand over another way."""
    base = request.app.state.settings.base_url
    made = await store.tx(lambda tx: invitations.invite(tx, keys, base, **body.model_dump(), by=by))
    return {"id": made.id, "link": made.link}


@router.post("/invitations/{invitation_id}/send-again")
async def send_again(invitation_id: str, request: Request, store: Store, keys: Keys, by: Caller) -> dict[str, Any]:
    """A new link for another week; the one before stops working."""
    base = request.app.state.settings.base_url
    made = await store.tx(lambda tx: invitations.send_again(tx, keys, base, invitation_id, by=by))
    return {"id": made.id, "link": made.link}


@router.delete("/invitations/{invitation_id}", status_code=204)
async def revoke(invitation_id: str, store: Store, by: Caller) -> None:
    """Take an invitation back."""
    await store.tx(lambda tx: invitations.revoke(tx, invitation_id, by=by))


@router.post("/teammates/{teammate_id}/reactivate")
async def reactivate(teammate_id: str, body: Return, store: Store, by: Caller) -> dict[str, Any]:
    """Let a deactivated teammate in again, with their role of before."""

    def act(tx: Tx) -> dict[str, Any]:
        commands.reactivate_teammate(tx, teammate_id, seat=body.seat, by=by)
        return queries.as_json(queries.teammate_of(tx, teammate_id))

    return await store.tx(act)


@router.get("/seats")
async def read_seats(store: Store, by: Caller) -> dict[str, Any]:
    """How many seats are assigned, and the limit."""
    found = await store.tx(seating.seats)
    return {"used": found.used, "limit": found.limit, "left": found.left}


@router.put("/seats")
async def limit_seats(body: SeatLimit, store: Store, by: Caller) -> dict[str, Any]:
    """Limit the seats, or lift the limit; needs Billing."""

    def act(tx: Tx) -> seating.Seats:
        seating.set_seat_limit(tx, body.limit, by=by)
        return seating.seats(tx)

    found = await store.tx(act)
    return {"used": found.used, "limit": found.limit, "left": found.left}


@router.get("/notices")
async def list_notices(store: Store, by: Caller, limit: Limit = 50) -> dict[str, Any]:
    """The product's own mail to teammates, newest first, with what became of it."""
    by.require(Permission.MANAGE_TEAMMATES)
    columns = ("id", "address", "subject", "state", "problem", "attempts", "created_at", "sent_at")
    rows = await store.tx(notices.recent, limit)
    return {"items": [{name: getattr(row, name) for name in columns} for row in rows], "next": None}


async def _filter(
    who: str = "", area: str = "", query: str = "", since: datetime | None = None, until: datetime | None = None
) -> audit_log.Filter:
    return audit_log.Filter(who, area, query, since, until)


Chosen = Annotated[audit_log.Filter, Depends(_filter)]


@router.get("/audit-log")
async def read_audit_log(
    store: Store, by: Caller, chosen: Chosen, cursor: int | None = None, limit: Limit = 50
) -> dict[str, Any]:
    """Who changed what, newest first; by whom, in which area (such as teammate), about what, when."""
    by.require(Permission.READ_AUDIT)
    rows = await store.tx(lambda tx: audit_log.entries(tx, chosen, before=cursor, limit=limit))
    items = [
        {
            "id": row.id,
            "at": row.at,
            "by": {"kind": row.by_kind, "id": row.by_id, "name": row.by_name},
            "verb": row.verb,
            "target": row.target,
            "before": row.before,
            "after": row.after,
            "address": row.address,
        }
        for row in rows
    ]
    return {"items": items, "next": str(rows[-1].id) if len(rows) == limit else None}


@router.get("/audit-log.csv", response_class=Response)
async def export_audit_log(store: Store, by: Caller, chosen: Chosen) -> Response:
    """The same as CSV, oldest first."""
    by.require(Permission.READ_AUDIT)
    text = await store.tx(lambda tx: "".join(audit_log.csv_lines(audit_log.all_entries(tx, chosen))))
    return Response(text, media_type="text/csv", headers={"content-disposition": 'attachment; filename="audit-log.csv"'})
