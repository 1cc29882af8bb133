"""Switching, granting, charging, refunding. The ledger is only ever added to; what stands for one thing is written once."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from firstline.credits import queries
from firstline.credits.rules import (
    MOST,
    EntryKind,
    LedgerEntry,
    Period,
    Settings,
    allowance_change,
    has_credits,
    next_period,
    unused,
)
from firstline.credits.tables import credit_period, ledger, usage_settings
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people import audit
from firstline.people.rules import Actor, Permission

CHARGEABLE_EVENTS = ("conversation",)
"""Per conversation: the first agent reply in it (SW2)."""

REASON_LIMIT = 300


@dataclass(frozen=True)
class Standing:
    """What routing asks: whether the agent is switched on and can pay for one more conversation."""

    on: bool
    credits_left: bool


def standing(tx: Tx) -> Standing:
    """The switch and the credits now; opens the period if it is due."""
    open_period(tx)
    chosen = queries.settings(tx)
    return Standing(chosen.on, has_credits(queries.balance(tx), chosen.price))


def open_period(tx: Tx) -> Period:
    """The running period. At a reset the unused rest of the old allowance expires and the new one is granted, once (SW2)."""
    last = queries.last_period(tx)
    if last is not None and tx.now < last.ends_at:
        return last
    chosen = _locked_settings(tx)
    last = queries.last_period(tx)
    due = next_period(last, tx.now, queries.zone(tx), chosen.reset_day)
    if due is None:
        assert last is not None
        return last
    if last is not None and (rest := unused(queries.allowance_in(tx, last.id), queries.used_in(tx, last.id))):
        _write(tx, EntryKind.EXPIRY, -rest, f"expiry:{last.id}", "Unused allowance, does not roll over", due.id, Actor.system())
    before = last.id if last else ""
    settled = queries.summed(tx, ledger.c.period < before)
    tx.execute(
        insert(credit_period).values(
            id=due.id, starts_at=due.starts_at, ends_at=due.ends_at, settled=settled, settled_before=before
        )
    )
    if chosen.allowance:
        _write(
            tx,
            EntryKind.GRANT,
            chosen.allowance,
            f"allowance:{due.id}",
            "Monthly allowance",
            due.id,
            Actor.system(),
            allowance=True,
        )
    emit(tx, "credits.period_opened", due.id)
    return due


def charge(tx: Tx, conversation_id: str) -> bool:
    """Charge a conversation for the agent's first reply in it; however often it is asked, once. Returns whether it was now."""
    period = open_period(tx)
    price = queries.settings(tx).price
    return _write(
        tx,
        EntryKind.CHARGE,
        -price,
        f"charge:{conversation_id}",
        "First agent reply",
        period.id,
        Actor.system(),
        conversation_id=conversation_id,
    )


def grant(tx: Tx, amount: int, reason: str, *, by: Actor, key: str | None = None) -> LedgerEntry:
    """Add credits by hand; they stay until they are used. The same ``key`` again adds nothing and returns the first entry.

    :raises Invalid: if the amount is not between 1 and :data:`MOST`, or the reason is missing or too long.
    """
    by.require(Permission.MANAGE_BILLING)
    if not 1 <= amount <= MOST:
        raise Invalid(f"{amount:,} credits cannot be granted; 1 to {MOST:,} can.", field="amount")
    return _by_hand(tx, EntryKind.GRANT, amount, f"grant:{key or new_id('key')}", _reason(reason), by)


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
    text = f"Disputed by {by.name or by.id}: {_reason(reason)}"
    return _by_hand(
        tx, EntryKind.REFUND, -disputed.amount, key, text, by, conversation_id=disputed.conversation_id, refers_to=entry_id
    )


def switch(tx: Tx, on: bool, *, by: Actor) -> Settings:
    """Switch the customer agent on or off for new conversations (SW1); those it holds are finished either way."""
    by.require(Permission.MANAGE_BILLING)
    before = _locked_settings(tx)
    if before.on == on:
        return before
    tx.execute(update(usage_settings).values(on=on, switched_at=tx.now, switched_by=by.id))
    audit.record(tx, by, "usage.switch", "account", before={"on": before.on}, after={"on": on})
    emit(tx, "usage.switched", "account", on=on)
    return queries.settings(tx)


def change_settings(tx: Tx, changes: dict[str, Any], *, by: Actor) -> Settings:
    """Change price, allowance, reset day, chargeable event or warnings.

    A changed allowance counts at once: the difference is granted, or taken back as far as it is unused. A changed reset
    day counts from the next reset.
    """
    by.require(Permission.MANAGE_BILLING)
    changes = _checked(changes)
    period = open_period(tx)
    before = _locked_settings(tx)
    if difference := changes.get("allowance", before.allowance) - before.allowance:
        left = unused(queries.allowance_in(tx, period.id), queries.used_in(tx, period.id))
        if amount := allowance_change(before.allowance, before.allowance + difference, left):
            text = f"Allowance changed from {before.allowance:,} to {changes['allowance']:,}"
            _write(tx, EntryKind.GRANT, amount, f"allowance_change:{new_id('key')}", text, period.id, by, allowance=True)
    if changes:
        tx.execute(update(usage_settings).values(**changes))
        old = {key: value for key, value in asdict(before).items() if key in changes}
        audit.record(tx, by, "usage.change", "account", before={**old, **_listed(old)}, after=changes)
        emit(tx, "usage.changed", "account")
    return queries.settings(tx)


def _by_hand(tx: Tx, kind: EntryKind, amount: int, key: str, reason: str, by: Actor, **more: Any) -> LedgerEntry:
    if _write(tx, kind, amount, key, reason, open_period(tx).id, by, **more):
        audit.record(tx, by, f"credits.{kind.value}", key, after={"amount": amount, "reason": reason})
    written = queries.one_entry(tx, str(tx.scalar(select(ledger.c.id).where(ledger.c.key == key))))
    assert written is not None
    return written


def _write(tx: Tx, kind: EntryKind, amount: int, key: str, reason: str, period_id: str, by: Actor, **more: Any) -> bool:
    """Add one entry unless its key is there; returns whether it was added."""
    values = {"kind": kind.value, "amount": amount, "key": key, "reason": reason, "period": period_id, **more}
    added = tx.scalar(
        upsert(ledger)
        .values(id=new_id("led"), at=tx.now, by_kind=by.kind.value, by_id=by.id, **values)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(ledger.c.id)
    )
    if added is None:
        return False
    emit(tx, "credits.entered", str(added), kind=kind.value, amount=amount, conversation=more.get("conversation_id"))
    return True


def _locked_settings(tx: Tx) -> Settings:
    """The settings, their row locked: changes of the period, the switch and the prices come one after another."""
    new = Settings()
    values = {**asdict(new), "warn_at": list(new.warn_at)}
    tx.execute(upsert(usage_settings).values(id="usage", **values).on_conflict_do_nothing())
    tx.execute(select(usage_settings.c.id).with_for_update())
    return queries.settings(tx)


def _listed(values: dict[str, Any]) -> dict[str, Any]:
    return {key: list(value) for key, value in values.items() if isinstance(value, tuple)}


def _reason(reason: str) -> str:
    reason = " ".join(reason.replace("\x00", "").split())
    if not 0 < len(reason) <= REASON_LIMIT:
        raise Invalid(f"Give a reason of 1 to {REASON_LIMIT} characters.", field="reason")
    return reason


def _checked(changes: dict[str, Any]) -> dict[str, Any]:
    """:raises Invalid: naming the field and its limits."""
    limits = {"price": (1, MOST), "allowance": (0, MOST), "reset_day": (1, 28)}
    for field, value in changes.items():
        if field in limits:
            low, high = limits[field]
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise Invalid(
                    f"{field} is {str(value)[:40]!r}; a whole number from {low:,} to {high:,} is possible.", field=field
                )
        elif field == "chargeable_event":
            if value not in CHARGEABLE_EVENTS:
                raise Invalid(f"{field} is {str(value)[:40]!r}; possible is {', '.join(CHARGEABLE_EVENTS)}.", field=field)
        elif field == "warn_at":
            if not isinstance(value, list) or len(value) > 5 or any(type(one) is not int or not 1 <= one <= 100 for one in value):
                raise Invalid("warn_at is a list of up to five whole percentages from 1 to 100.", field=field)
            changes[field] = sorted(set(value))
        else:
            raise Invalid(f"There is no usage setting {field!r}.", field=field)
    return changes
