"""Opening a period: the unused rest expires, what was chosen for the next period counts, allowance and pack are granted."""

from sqlalchemy import insert, update

from firstline.credits import queries
from firstline.credits.rules import EntryKind, Period, Settings, next_period, unused
from firstline.credits.tables import credit_period, ledger, usage_settings
from firstline.credits.writing import locked_settings, write
from firstline.kit.database import Tx
from firstline.kit.events import emit
from firstline.people.rules import Actor

SYSTEM = Actor.system()


def open_period(tx: Tx) -> Period:
    """The running period. At a reset the unused rest of allowance and pack expires and both are granted anew, once (SW2)."""
    last = queries.last_period(tx)
    if last is not None and tx.now < last.ends_at:
        return last
    chosen = locked_settings(tx)
    last = queries.last_period(tx)
    due = next_period(last, tx.now, queries.zone(tx), chosen.reset_day)
    if due is None:
        assert last is not None
        return last
    if last is not None and (rest := unused(queries.granted_in(tx, last.id), queries.used_in(tx, last.id))):
        write(tx, EntryKind.EXPIRY, -rest, f"expiry:{last.id}", "Unused, does not roll over", due.id, SYSTEM)
    before = last.id if last else ""
    settled = queries.summed(tx, ledger.c.period < before)
    tx.execute(
        insert(credit_period).values(
            id=due.id, starts_at=due.starts_at, ends_at=due.ends_at, settled=settled, settled_before=before
        )
    )
    _grant(tx, due, _as_chosen(tx, chosen))
    emit(tx, "credits.period_opened", due.id)
    return due


def _grant(tx: Tx, due: Period, chosen: Settings) -> None:
    if chosen.allowance:
        write(
            tx,
            EntryKind.GRANT,
            chosen.allowance,
            f"allowance:{due.id}",
            "Monthly allowance",
            due.id,
            SYSTEM,
            allowance=True,
        )
    if chosen.pack:
        text = f"Capacity pack of {chosen.pack:,} credits a month"
        write(tx, EntryKind.PACK, chosen.pack, f"pack:{due.id}", text, due.id, SYSTEM, allowance=True)


def _as_chosen(tx: Tx, chosen: Settings) -> Settings:
    """What was chosen for the next period holds from now on."""
    if chosen.pack_next is None and chosen.growth_next is None:
        return chosen
    pack = chosen.pack if chosen.pack_next is None else chosen.pack_next
    tx.execute(
        update(usage_settings).values(
            pack=pack,
            pack_since=tx.now if pack and pack != chosen.pack else chosen.pack_since if pack else None,
            pack_next=None,
            growth=chosen.growth_next or chosen.growth,
            growth_next=None,
        )
    )
    return queries.settings(tx)
