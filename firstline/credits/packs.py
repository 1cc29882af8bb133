"""Capacity packs: credits a month on top of the allowance. A larger one counts at once, a smaller one from the next reset."""

from sqlalchemy import update

from firstline.credits import queries
from firstline.credits.periods import open_period
from firstline.credits.rules import MOST, EntryKind, Settings
from firstline.credits.tables import usage_settings
from firstline.credits.writing import locked_settings, write
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people import audit
from firstline.people.rules import Actor, Permission


def buy(tx: Tx, size: int, *, by: Actor) -> Settings:
    """Buy a pack, or a larger one in place of the present: its credits, or the difference, are there at once (SW4).

    :raises Invalid: if no pack has that size. :raises Conflict: if the present pack is as large or larger.
    """
    by.require(Permission.MANAGE_BILLING)
    open_period(tx)
    before = locked_settings(tx)
    if type(size) is not int or size not in before.packs:
        sizes = ", ".join(f"{one:,}" for one in before.packs)
        raise Invalid(f"There is no pack of {str(size)[:20]} credits. There are packs of {sizes}.", field="credits")
    if size <= before.pack:
        raise Conflict(
            f"The pack of {before.pack:,} credits is in use. A larger one can be bought now; a smaller one, or none, can be"
            " chosen from the next reset on."
        )
    grow_to(tx, before, size, by, f"Capacity pack of {size:,} credits a month, bought by {by.name or by.id}")
    audit.record(tx, by, "credits.pack", "account", before={"pack": before.pack}, after={"pack": size})
    return queries.settings(tx)


def choose_for_next_period(tx: Tx, size: int, *, by: Actor) -> Settings:
    """From the next reset on, have a pack of another size, or none (0). The present pack stays until then.

    :raises Invalid: if no pack has that size. :raises Conflict: if there is no pack to change.
    """
    by.require(Permission.MANAGE_BILLING)
    open_period(tx)
    before = locked_settings(tx)
    if not before.pack:
        raise Conflict("There is no pack yet. Buy one first.")
    if type(size) is not int or not 0 <= size <= MOST or size not in (0, before.pack, *before.packs):
        raise Invalid(f"There is no pack of {str(size)[:20]} credits.", field="credits")
    chosen = None if size == before.pack else size
    if chosen != before.pack_next:
        tx.execute(update(usage_settings).values(pack_next=chosen))
        audit.record(tx, by, "credits.pack_next", "account", before={"pack_next": before.pack_next}, after={"pack_next": chosen})
        emit(tx, "usage.changed", "account")
    return queries.settings(tx)


def grow_to(tx: Tx, before: Settings, size: int, by: Actor, reason: str) -> None:
    """Have a larger pack from now on; the settings' row is locked by the caller."""
    period = open_period(tx)
    tx.execute(update(usage_settings).values(pack=size, pack_since=tx.now, pack_next=None))
    write(tx, EntryKind.PACK, size - before.pack, f"pack_bought:{new_id('key')}", reason, period.id, by, allowance=True)
    emit(tx, "usage.changed", "account")
