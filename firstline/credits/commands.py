"""Switching, granting, refunding, choosing prices and limits. The ledger is only ever added to."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select, update

from firstline.credits import queries
from firstline.credits.choices import checked
from firstline.credits.periods import open_period
from firstline.credits.room import room_for_one
from firstline.credits.rules import MOST, EntryKind, LedgerEntry, Settings, allowance_change, unused
from firstline.credits.tables import ledger, usage_settings
from firstline.credits.writing import checked_reason, locked_settings, write
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people import audit
from firstline.people.rules import Actor, Permission

__all__ = ["Standing", "change_settings", "grant", "open_period", "refund", "standing", "switch"]


@dataclass(frozen=True)
class Standing:
    """What routing asks: whether the agent is switched on and can pay for one more conversation; and why not."""

    on: bool
    credits_left: bool
    why: str = ""


def standing(tx: Tx) -> Standing:
    """The switch and the credits now; opens the period if it is due. Nothing is kept: for that, see ``holding.take``."""
    open_period(tx)
    chosen = queries.settings(tx)
    room = room_for_one(queries.books(tx, chosen))
    return Standing(chosen.on, room.there, room.why)


def grant(tx: Tx, amount: int, reason: str, *, by: Actor, key: str | None = None) -> LedgerEntry:
    """Add credits by hand; they stay until they are used. The same ``key`` again adds nothing and returns the first entry.

    :raises Invalid: if the amount is not between 1 and :data:`MOST`, or the reason is missing or too long.
    """
    by.require(Permission.MANAGE_BILLING)
    if not 1 <= amount <= MOST:
        raise Invalid(f"{amount:,} credits cannot be granted; 1 to {MOST:,} can.", field="amount")
    return _by_hand(tx, EntryKind.GRANT, amount, f"grant:{key or new_id('key')}", checked_reason(reason), by)


def refund(tx: Tx, entry_id: str, reason: str, *, by: Actor) -> LedgerEntry:
    """Give back what one charge took (SW6); the charge stays, an entry of its own says who disputed it and why.

    :raises NotFound: if there is no such charge. :raises Conflict: if it was refunded before.
    """
    by.require(Permission.MANAGE_BILLING)
    disputed = queries.one_entry(tx, entry_id)
    if disputed is None or disputed.kind is not EntryKind.CHARGE:
        raise NotFound(f"There is no charge {entry_id} in the ledger.")
    key = f"refund:{entry_id}"
    if tx.scalar(select(ledger.c.id).where(ledger.c.key == key)):
        raise Conflict("This charge was refunded already.")
    text = f"Disputed by {by.name or by.id}: {checked_reason(reason)}"
    more = {"conversation_id": disputed.conversation_id, "refers_to": entry_id}
    return _by_hand(tx, EntryKind.REFUND, -disputed.amount, key, text, by, **more)


def switch(tx: Tx, on: bool, *, by: Actor) -> Settings:
    """Switch the customer agent on or off for new conversations (SW1); those it holds are finished either way."""
    by.require(Permission.MANAGE_BILLING)
    before = locked_settings(tx)
    if before.on == on:
        return before
    tx.execute(update(usage_settings).values(on=on, switched_at=tx.now, switched_by=by.id))
    audit.record(tx, by, "usage.switch", "account", before={"on": before.on}, after={"on": on})
    emit(tx, "usage.switched", "account", on=on)
    return queries.settings(tx)


def change_settings(tx: Tx, changes: dict[str, Any], *, by: Actor) -> Settings:
    """Change price, allowance, reset day, chargeable event, packs, warnings, and what happens when the credits run out.

    A changed allowance counts at once: the difference is granted, or taken back as far as it is unused. A changed reset
    day counts from the next reset; so does the choice between upgrade and overage (``growth``), unless nothing was used in
    this period yet (SW4). A changed price or event counts for conversations that the agent gets from now on.
    """
    by.require(Permission.MANAGE_BILLING)
    changes = checked(changes)
    period = open_period(tx)
    before = locked_settings(tx)
    if difference := changes.get("allowance", before.allowance) - before.allowance:
        left = unused(queries.granted_in(tx, period.id), queries.used_in(tx, period.id))
        if amount := allowance_change(before.allowance, before.allowance + difference, left):
            text = f"Allowance changed from {before.allowance:,} to {changes['allowance']:,}"
            write(tx, EntryKind.GRANT, amount, f"allowance_change:{new_id('key')}", text, period.id, by, allowance=True)
    if "growth" in changes:
        changes |= _growth(tx, before, str(changes.pop("growth")), period.id)
    if changes:
        tx.execute(update(usage_settings).values(**changes))
        old = {key: value for key, value in asdict(before).items() if key in changes}
        audit.record(tx, by, "usage.change", "account", before={**old, **_listed(old)}, after=changes)
        emit(tx, "usage.changed", "account")
    return queries.settings(tx)


def _growth(tx: Tx, before: Settings, growth: str, period_id: str) -> dict[str, Any]:
    """When a changed choice between upgrade and overage holds."""
    if growth == before.growth:
        return {"growth_next": None}
    if queries.was_used(tx, period_id):
        return {"growth_next": growth}
    return {"growth": growth, "growth_next": None}


def _by_hand(tx: Tx, kind: EntryKind, amount: int, key: str, reason: str, by: Actor, **more: Any) -> LedgerEntry:
    if write(tx, kind, amount, key, reason, open_period(tx).id, by, **more):
        audit.record(tx, by, f"credits.{kind.value}", key, after={"amount": amount, "reason": reason})
    written = queries.entry_with(tx, key)
    assert written is not None
    return written


def _listed(values: dict[str, Any]) -> dict[str, Any]:
    return {key: list(value) for key, value in values.items() if isinstance(value, tuple)}
