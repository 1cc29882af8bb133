"""REST: the switch, usage, the ledger."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, StrictBool

from firstline.credits import commands, packs, queries
from firstline.credits.export import csv_lines
from firstline.credits.naming import shown_to
from firstline.credits.room import Growth, next_pack
from firstline.credits.rules import MOST, ChargeableEvent, EntryKind, LedgerEntry
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.people.api import Caller, Limit, Store
from firstline.people.rules import Permission

router = APIRouter(prefix="/api/v1", tags=["Usage"])


class Switch(BaseModel):
    on: StrictBool


class UsageChange(BaseModel):
    """What is not named stays. ``cap`` may be null: no cap."""

    chargeable_event: ChargeableEvent | None = Field(
        default=None,
        description="“conversation”: its first agent reply. “resolution”: a conversation that the agent resolved by itself.",
    )
    price: int | None = Field(default=None, description="Credits a chargeable event costs.")
    allowance: int | None = Field(default=None, description="Credits a month. A change counts at once.")
    reset_day: int | None = Field(
        default=None, description="Day of the month, 1 to 31, from the next reset on; the last day where a month is shorter."
    )
    warn_at: list[int] | None = Field(default=None, description="Percentages of the credits at which people are warned.")
    packs: list[int] | None = Field(default=None, description="Sizes of the packs that can be bought, in credits a month.")
    growth: Growth | None = Field(
        default=None,
        description="When the credits run out and a pack is bought: “upgrade” to the next pack, or “overage”, one by one. Holds"
        " at once if nothing was used in this period, else from the next.",
    )
    cap: int | None = Field(default=None, description="The most credits that are used in a period; null for no cap.")
    resolved_after_hours: int | None = Field(default=None, description="Hours of silence after which a resolution is judged.")


class NewGrant(BaseModel):
    amount: int = Field(ge=1, le=MOST)
    reason: str


class Pack(BaseModel):
    credits: int = Field(description="Credits a month, one of the sizes there are.")


class NextPack(BaseModel):
    credits: int = Field(ge=0, description="Credits a month from the next reset on; 0 for no pack.")


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
        "held": usage.held,
        "credits_left": usage.room.there,
        "why": usage.room.why,
        "used": usage.used,
        "credits": usage.credits,
        "percent": usage.percent,
        "chargeable_event": chosen.chargeable_event,
        "price": chosen.price,
        "allowance": chosen.allowance,
        "reset_day": chosen.reset_day,
        "warn_at": list(chosen.warn_at),
        "cap": chosen.cap,
        "resolved_after_hours": chosen.resolved_after_hours,
        "pack": _pack(usage),
        "period": {"starts_at": period.starts_at, "ends_at": period.ends_at} if period else None,
        "forecast": {"a_day": round(ahead.a_day, 2), "by_end": ahead.by_end, "runs_out_at": ahead.runs_out_at} if ahead else None,
    }


def _pack(usage: queries.Usage) -> dict[str, Any]:
    chosen = usage.settings
    return {
        "credits": chosen.pack,
        "since": chosen.pack_since,
        "from_next_period": chosen.pack_next,
        "sizes": list(chosen.packs),
        "upgrade_to": next_pack(chosen.pack, chosen.packs),
        "growth": chosen.growth,
        "growth_from_next_period": chosen.growth_next,
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
        commands.change_settings(tx, _named(body), by=by)
        return current(tx)

    return await store.tx(act)


def _named(body: UsageChange) -> dict[str, Any]:
    """What the request names; null counts as not named, except for the cap, which null takes away."""
    given = body.model_dump(mode="json", exclude_unset=True)
    return {name: value for name, value in given.items() if value is not None or name == "cap"}


@router.get("/credits/packs")
async def read_packs(store: Store, by: Caller) -> dict[str, Any]:
    """The pack in use, the sizes there are, what happens when the credits run out."""

    def read(tx: Tx) -> dict[str, Any]:
        commands.open_period(tx)
        return _pack(queries.usage(tx))

    return await store.tx(read)


@router.post("/credits/packs", status_code=201)
async def buy_pack(body: Pack, store: Store, by: Caller) -> dict[str, Any]:
    """Buy a pack, or a larger one in place of the present; its credits are there at once, and again at each reset."""

    def buy(tx: Tx) -> dict[str, Any]:
        packs.buy(tx, body.credits, by=by)
        return current(tx)

    return await store.tx(buy)


@router.put("/credits/packs/next")
async def choose_next_pack(body: NextPack, store: Store, by: Caller) -> dict[str, Any]:
    """Have a pack of another size from the next reset on, or none."""

    def choose(tx: Tx) -> dict[str, Any]:
        packs.choose_for_next_period(tx, body.credits, by=by)
        return current(tx)

    return await store.tx(choose)


@router.get("/credits/ledger")
async def read_ledger(
    store: Store,
    by: Caller,
    kind: EntryKind | None = None,
    conversation_id: str | None = None,
    period: Annotated[str | None, Query(max_length=10, description="The local date on which a period began.")] = None,
    cursor: str | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Every grant, charge and refund, newest first, with the balance after it; a conversation is named to whoever may see it."""
    before = _seq(cursor) if cursor else None

    def read(tx: Tx) -> list[LedgerEntry]:
        found = queries.entries(tx, kind=kind, conversation_id=conversation_id, period=period, before=before, limit=limit)
        shown = shown_to(tx, by, found)
        return [entry for entry in shown if entry.conversation_id] if conversation_id is not None else shown

    items = await store.tx(read)
    return {"items": [entry.to_json() for entry in items], "next": str(items[-1].seq) if len(items) == limit else None}


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
