"""Keeping credits for a conversation when the agent gets it, and what becomes of them: a charge, or nothing (SW2, SW3).

Two workers that look at the last credit at the same moment would both see it. So it is not looked at but taken: under a lock,
in the transaction that makes the agent the owner (decision 0018).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from firstline.credits import outcomes, queries
from firstline.credits.commands import Standing
from firstline.credits.packs import grow_to
from firstline.credits.periods import SYSTEM, open_period
from firstline.credits.resolution import judge
from firstline.credits.room import Room, room_for_one
from firstline.credits.rules import ChargeableEvent, EntryKind, Settings
from firstline.credits.tables import credit_hold
from firstline.credits.warning import warn_if_due
from firstline.credits.writing import locked_settings, write
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict
from firstline.kit.ids import new_id
from firstline.kit.jobs import defer

_NO_ANSWER = "Went to people without an answer of the agent"
_NOT_RESOLVED = "Went to people before it was resolved"


def take(tx: Tx, conversation_id: str) -> Standing:
    """Take the credits for a new conversation that the agent is to get, if it is switched on and they are there.

    Whoever comes at the same moment waits until this transaction ends, and sees what is left then.
    """
    chosen = locked_settings(tx)
    if not chosen.on:
        return Standing(False, True)
    room = _room(tx, chosen, conversation_id)
    return Standing(True, room.there, room.why)


def keep(tx: Tx, conversation_id: str) -> None:
    """The agent got a conversation by hand, or has it again: its credits are kept unless it was charged before.

    :raises Conflict: if there are none left.
    """
    room = _room(tx, locked_settings(tx), conversation_id)
    if not room.there:
        raise Conflict(
            f"{room.why}, so the agent takes no new conversation until the reset. Add credits or buy a pack under Usage & limits."
        )


def keep_if_possible(tx: Tx, conversation_id: str) -> None:
    """The customer came back to a conversation that the agent has: it goes on with it, whether credits are left or not (SW3)."""
    _room(tx, locked_settings(tx), conversation_id)


def charge(tx: Tx, conversation_id: str) -> bool:
    """The agent gave its first answer: charge the conversation, unless resolutions are charged. However often it is asked,
    once; returns whether it was now."""
    open_period(tx)  # whoever needs both locks takes that of the settings first
    if queries.was_charged(tx, conversation_id):
        return False
    held = _held(tx, conversation_id)
    if held is None:  # nothing was kept for it: it comes one by one with those who take
        chosen = locked_settings(tx)
        if chosen.chargeable_event == ChargeableEvent.RESOLUTION:
            _hold(tx, conversation_id, chosen)
            return False
        return _charge(tx, conversation_id, chosen.price, "First agent reply")
    if held.event == ChargeableEvent.RESOLUTION:
        return False
    return _charge(tx, conversation_id, held.amount, "First agent reply")


def let_go(tx: Tx, conversation_id: str, *, closed: bool = False) -> None:
    """People have the conversation now, or it was closed: what was held for it is free again. One that was closed while
    resolutions are charged is still judged."""
    held = _held(tx, conversation_id)
    if held is None or (closed and held.event == ChargeableEvent.RESOLUTION):
        return
    if held.event == ChargeableEvent.RESOLUTION:
        why = _NOT_RESOLVED
    else:
        why = "Closed without an answer of the agent" if closed else _NO_ANSWER
    _free(tx, held, why)


def judge_resolution(tx: Tx, conversation_id: str) -> None:
    """Long enough after the last message: charge a conversation that the agent resolved, let go of one that it did not."""
    open_period(tx)
    held = _held(tx, conversation_id)
    if held is None or held.event != ChargeableEvent.RESOLUTION:
        return
    last, outcome = outcomes.of(tx, conversation_id)
    if last is None:
        _free(tx, held, "The conversation is gone")
        return
    due = last + timedelta(hours=queries.settings(tx).resolved_after_hours)
    if tx.now < due:
        _judge_at(tx, conversation_id, due)
        return
    judgement = judge(outcome)
    if judgement.resolved:
        _charge(tx, conversation_id, held.amount, judgement.why)
    else:
        _free(tx, held, judgement.why)


def _room(tx: Tx, chosen: Settings, conversation_id: str) -> Room:
    """Whether there is room, and if so with the credits kept and what is needed for it bought."""
    period = open_period(tx)
    if _held(tx, conversation_id) is not None or queries.was_charged(tx, conversation_id):
        return Room(True, "Paid for already")
    room = room_for_one(queries.books(tx, chosen))
    if not room.there:
        warn_if_due(tx, turned_away=True)
        return room
    if room.pack is not None:
        grow_to(tx, chosen, room.pack, SYSTEM, f"Upgraded from {chosen.pack:,} to {room.pack:,} credits a month: none were left")
        warn_if_due(tx, turned_away=True, bought=room.why)
    if room.overage:
        write(tx, EntryKind.OVERAGE, room.overage, f"overage:{new_id('key')}", "Overage", period.id, SYSTEM)
        warn_if_due(tx, turned_away=True, bought=room.why)
    _hold(tx, conversation_id, chosen)
    return room


def _hold(tx: Tx, conversation_id: str, chosen: Settings) -> None:
    values: Mapping[str, Any] = {
        "amount": chosen.price,
        "event": chosen.chargeable_event,
        "state": "held",
        "held_at": tx.now,
        "ended_at": None,
        "reason": "",
    }
    made = upsert(credit_hold).values(conversation_id=conversation_id, **values)
    tx.execute(made.on_conflict_do_update(index_elements=["conversation_id"], set_=values))
    if chosen.chargeable_event == ChargeableEvent.RESOLUTION:
        _judge_at(tx, conversation_id, tx.now + timedelta(hours=chosen.resolved_after_hours))


def _judge_at(tx: Tx, conversation_id: str, at: datetime) -> None:
    defer(tx, "credits.judge", key=conversation_id, at=at, conversation_id=conversation_id)


def _held(tx: Tx, conversation_id: str) -> Row[Any] | None:
    query = select(credit_hold).where(credit_hold.c.conversation_id == conversation_id, credit_hold.c.state == "held")
    return tx.row(query.with_for_update())


def _charge(tx: Tx, conversation_id: str, amount: int, reason: str) -> bool:
    period = open_period(tx)
    _end(tx, conversation_id, "charged", reason)
    key, more = f"charge:{conversation_id}", {"conversation_id": conversation_id}
    written = write(tx, EntryKind.CHARGE, -amount, key, reason, period.id, SYSTEM, **more)
    if written:
        warn_if_due(tx)
    return written


def _free(tx: Tx, held: Row[Any], why: str) -> None:
    """The credits are there again, and a line of the ledger says why nothing was taken."""
    _end(tx, held.conversation_id, "free", why)
    period = queries.last_period(tx)
    key = f"free:{held.conversation_id}:{held.held_at.isoformat()}"
    more = {"conversation_id": held.conversation_id}
    write(tx, EntryKind.FREE, 0, key, why, period.id if period else "", SYSTEM, **more)


def _end(tx: Tx, conversation_id: str, state: str, why: str) -> None:
    mine = (credit_hold.c.conversation_id == conversation_id, credit_hold.c.state == "held")
    tx.execute(update(credit_hold).where(*mine).values(state=state, ended_at=tx.now, reason=why))
