"""REST: availability, working hours, out of office, business hours, public holidays."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firstline.hours.document import to_json
from firstline.hours.public import countries, public_holidays
from firstline.kit.database import Tx
from firstline.people.api import Caller, Store
from firstline.people.availability import commands, queries
from firstline.people.commands import set_available

router = APIRouter(prefix="/api/v1", tags=["Availability"])


class Hours(BaseModel):
    hours: dict[str, Any] | None = Field(description="{mode, timezone, rows, holidays}; null: none.")


class Switched(BaseModel):
    available: bool


class Away(BaseModel):
    start: datetime | None = Field(default=None, alias="from", description="Now, if left out.")
    end: datetime = Field(alias="until")
    note: str = Field(default="", description="Colleagues see it.")


def _shown(tx: Tx, teammate_id: str) -> dict[str, Any]:
    return queries.as_json(queries.presence_of(tx, teammate_id))


@router.get("/availability")
async def list_availability(store: Store, by: Caller) -> dict[str, Any]:
    """Who is available, since when, why, and until when."""
    found = await store.tx(queries.presences)
    return {"items": [queries.as_json(one) for one in found], "next": None}


@router.get("/teammates/{teammate_id}/availability")
async def read_availability(teammate_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """One teammate's availability, working hours and absence."""
    return await store.tx(_shown, teammate_id)


@router.put("/teammates/{teammate_id}/availability")
async def switch(teammate_id: str, body: Switched, store: Store, by: Caller) -> dict[str, Any]:
    """Switch between available and away; another teammate's needs the permission."""

    def act(tx: Tx) -> dict[str, Any]:
        queries.presence_of(tx, teammate_id)
        set_available(tx, teammate_id, body.available, by=by)
        return _shown(tx, teammate_id)

    return await store.tx(act)


@router.put("/teammates/{teammate_id}/working-hours")
async def set_working_hours(teammate_id: str, body: Hours, store: Store, by: Caller) -> dict[str, Any]:
    """Set the hours at whose ends a teammate is switched."""

    def act(tx: Tx) -> dict[str, Any]:
        commands.set_working_hours(tx, teammate_id, body.hours, by=by)
        return _shown(tx, teammate_id)

    return await store.tx(act)


@router.put("/teammates/{teammate_id}/out-of-office")
async def leave(teammate_id: str, body: Away, store: Store, by: Caller) -> dict[str, Any]:
    """Be away from–until."""

    def act(tx: Tx) -> dict[str, Any]:
        commands.leave(tx, teammate_id, body.start, body.end, body.note, by=by)
        return _shown(tx, teammate_id)

    return await store.tx(act)


@router.delete("/teammates/{teammate_id}/out-of-office")
async def come_back(teammate_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """End an absence, or call off one that lies ahead."""

    def act(tx: Tx) -> dict[str, Any]:
        commands.come_back(tx, teammate_id, by=by)
        return _shown(tx, teammate_id)

    return await store.tx(act)


@router.get("/business-hours")
async def read_business_hours(store: Store, by: Caller) -> dict[str, Any]:
    """When the company is there."""
    return {"hours": to_json(await store.tx(queries.the_business_hours))}


@router.put("/business-hours")
async def set_business_hours(body: Hours, store: Store, by: Caller) -> dict[str, Any]:
    """Say when the company is there."""
    hours = body.hours or {"mode": "all"}
    return {"hours": to_json(await store.tx(lambda tx: commands.set_business_hours(tx, hours, by=by)))}


@router.get("/public-holidays")
async def list_holidays(by: Caller, country: str, year: int, region: str = "") -> dict[str, Any]:
    """The public holidays of a country in a year, for the holidays of a schedule."""
    return {
        "items": [{"date": day.isoformat(), "name": name} for day, name in public_holidays(country, year, region)],
        "next": None,
    }


@router.get("/public-holidays/countries")
async def list_countries(by: Caller) -> dict[str, Any]:
    """The countries whose public holidays are known, with their regions."""
    return {"items": [{"code": one.code, "name": one.name, "regions": list(one.regions)} for one in countries()], "next": None}
