"""REST: the switch, usage, the ledger."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, StrictBool

from firstline.credits import commands, queries
from firstline.credits.export import csv_lines
from firstline.credits.rules import MOST, EntryKind, has_credits
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.people.api import Caller, Limit, Store
from firstline.people.rules import Permission

router = APIRouter(prefix="/api/v1", tags=["Usage"])


class Switch(BaseModel):
    on: StrictBool


class UsageChange(BaseModel):
    chargeable_event: str | None = Field(default=None, description="What is charged: “conversation”, its first agent reply.")
    price: int | None = Field(default=None, description="Credits a chargeable event costs.")
    allowance: int | None = Field(default=None, description="Credits a month. A change counts at once.")
    reset_day: int | None = Field(default=None, description="Day of the month, 1 to 28, from the next reset on.")
    warn_at: list[int] | None = Field(default=None, description="Percentages of the credits at which people are warned.")


class NewGrant(BaseModel):
    amount: int = Field(ge=1, le=MOST)
    reason: str


class Dispute(BaseModel):
    reason: str


def as_json(usage: queries.Usage) -> dict[str, Any]:
    """Usage as REST shows it."""
    chosen, period, ahead = usage.settings, usage.period, usage.forecast
    return {
        "on": chosen.on,
        "switched_at": chosen.switched_at,
        "switched_by": chosen.switched_by,
        "balance": usage.balance,
        "credits_left": has_credits(usage.balance, chosen.price),
        "used": usage.used,
        "credits": usage.credits,
        "percent": usage.percent,
        "chargeable_event": chosen.chargeable_event,
        "price": chosen.price,
        "allowance": chosen.allowance,
        "reset_day": chosen.reset_day,
        "warn_at": list(chosen.warn_at),
        "period": {"starts_at": period.starts_at, "ends_at": period.ends_at} if period else None,
        "forecast": {"a_day": round(ahead.a_day, 2), "by_end": ahead.by_end, "runs_out_at": ahead.runs_out_at} if ahead else None,
    }


def current(tx: Tx) -> dict[str, Any]:
    """Usage now, with the period opened if it was due."""
    commands.open_period(tx)
    return as_json(queries.usage(tx))


@router.get("/usage")
async def read_usage(store: Store, by: Caller) -> dict[str, Any]:
    """The switch, the credits of this period, the forecast."""
    return await store.tx(current)


@router.put("/usage/switch")
async def switch(body: Switch, store: Store, by: Caller) -> dict[str, Any]:
    """Switch the customer agent on or off for new conversations; those it holds are finished."""

    def act(tx: Tx) -> dict[str, Any]:
        commands.switch(tx, body.on, by=by)
        return current(tx)

    return await store.tx(act)


@router.put("/usage/settings")
async def change_settings(body: UsageChange, store: Store, by: Caller) -> dict[str, Any]:
    """Change allowance, price, reset day or warnings; what is not named stays."""

    def act(tx: Tx) -> dict[str, Any]:
        commands.change_settings(tx, body.model_dump(exclude_none=True), by=by)
        return current(tx)

    return await store.tx(act)


@router.get("/credits/ledger")
async def read_ledger(
    store: Store,
    by: Caller,
    kind: EntryKind | None = None,
    conversation_id: str | None = None,
    cursor: str | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Every grant, charge and refund, newest first, with the balance after it."""
    before = _seq(cursor) if cursor else None
    found = await store.tx(queries.entries, kind=kind, conversation_id=conversation_id, before=before, limit=limit)
    return {"items": [entry.to_json() for entry in found], "next": str(found[-1].seq) if len(found) == limit else None}


def _seq(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 18):
        raise Invalid(f"“{cursor[:40]}” is no cursor; take “next” of the page before.", field="cursor")
    return int(cursor)


@router.get("/credits/ledger.csv", response_class=Response)
async def export_ledger(store: Store, by: Caller) -> Response:
    """The whole ledger as CSV, oldest first."""
    by.require(Permission.MANAGE_BILLING)
    text = await store.tx(lambda tx: "".join(csv_lines(queries.all_entries(tx))))
    return Response(text, media_type="text/csv", headers={"content-disposition": 'attachment; filename="ledger.csv"'})


@router.post("/credits/ledger", status_code=201)
async def grant(body: NewGrant, store: Store, by: Caller) -> dict[str, Any]:
    """Add credits by hand."""
    return (await store.tx(commands.grant, body.amount, body.reason, by=by)).to_json()


@router.post("/credits/ledger/{entry_id}/refund", status_code=201)
async def refund(entry_id: str, body: Dispute, store: Store, by: Caller) -> dict[str, Any]:
    """Dispute a charge and give its credits back."""
    return (await store.tx(commands.refund, entry_id, body.reason, by=by)).to_json()
