"""Readings begin, go on and end; what was wrong is said where the account's owner sees it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from firstline.channels import attention
from firstline.channels.rereading.queries import Reading, last_delivery, outcome, reading_of, silence
from firstline.channels.rereading.rules import AGAIN, Situation, due, span_from
from firstline.channels.rereading.tables import rereading
from firstline.channels.tables import channel_account
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict
from firstline.kit.events import emit
from firstline.kit.jobs import defer
from firstline.people import audit
from firstline.people.rules import Actor, Permission

MENDED, FOUND, HELD_UP = "rereading:mended", "rereading:found", "rereading:held_up"
ASKED = "Somebody asked for it."
RECOVERED = "The account came back from a trouble."
NOTHING = "Nothing has to be done."


def look(tx: Tx, account_id: str) -> None:
    """Ask for a reading if it is time for one."""
    known = reading_of(tx, account_id)
    begun = known.begun_at if known else None
    lately = begun is not None and tx.now - begun < AGAIN
    seen = Situation(tx.now, known.looked_at if known else None, begun, None if lately else silence(tx, account_id))
    _keep(tx, account_id, looked_at=tx.now)
    if why := due(seen):
        want(tx, account_id, why)


def want(tx: Tx, account_id: str, why: str) -> None:
    """Ask for the job. A reading that is going on is left to go on."""
    _keep(tx, account_id, wanted=why)
    defer(tx, "channels.reread", key=account_id, account_id=account_id)


def ask(tx: Tx, account_id: str, by: Actor) -> None:
    """A person asks for a reading now.

    :raises Conflict: while one is going on.
    """
    by.require(Permission.MANAGE_CHANNELS)
    known = reading_of(tx, account_id)
    if known is not None and known.is_going and not known.held_up:
        raise Conflict("The messages are being compared already.")
    want(tx, account_id, ASKED)
    _keep(tx, account_id, begun_at=tx.now, finished_at=None, why=ASKED, held_up="", since=None, upto=None, **_NONE)
    audit.record(tx, by, "channel_account.reread", account_id)
    emit(tx, "channel_account.changed", account_id)


_NONE: dict[str, Any] = {"conversations": 0, "server": 0, "known": 0, "cut": 0}


def begin(tx: Tx, account_id: str) -> Reading:
    """A reading begins, or goes on where it was broken off."""
    known = reading_of(tx, account_id)
    if known is not None and known.is_going and known.since is not None:
        _keep(tx, account_id, held_up="")
        return replace(known, held_up="")
    connected = tx.scalar(select(channel_account.c.created_at).where(channel_account.c.id == account_id)) or tx.now
    since = span_from(known.complete_until if known else None, last_delivery(tx, account_id), connected, tx.now)
    fresh = {"begun_at": tx.now, "since": since, "upto": None, "finished_at": None, "held_up": "", "wanted": ""}
    _keep(tx, account_id, why=(known.wanted if known else "") or RECOVERED, **fresh, **_NONE)
    emit(tx, "channel_account.changed", account_id)
    begun = reading_of(tx, account_id)
    assert begun is not None
    return begun


def subscribed(tx: Tx, account_id: str, mended: str, *, reads: bool = True) -> None:
    """The provider delivers to us. An account that was never seen working is being set up: nothing was missed.

    :param mended: what was wrong. :param reads: ask for a reading, where it was.
    """
    known = reading_of(tx, account_id)
    _keep(tx, account_id, subscribed_at=tx.now, **({"mended_at": tx.now} if mended else {}))
    if mended and known is not None and known.subscribed_at is not None:
        attention.note(tx, account_id, MENDED, f"{mended} What was missed is read back.", NOTHING)
        if reads:
            want(tx, account_id, mended)


def compared(tx: Tx, account_id: str, updated: datetime, *, server: int, known: int, cut: bool) -> None:
    """One conversation was compared."""
    r = rereading.c
    counts = {
        "conversations": r.conversations + 1,
        "server": r.server + server,
        "known": r.known + known,
        "cut": r.cut + int(cut),
    }
    tx.execute(update(rereading).where(r.channel_account_id == account_id).values(upto=updated, **counts))


def finish(tx: Tx, account_id: str) -> None:
    """Everything of the span was compared; the next span begins where this reading began."""
    known = reading_of(tx, account_id)
    if known is None or known.begun_at is None:
        return
    _keep(tx, account_id, complete_until=known.begun_at, finished_at=tx.now, held_up="")
    attention.settled(tx, account_id, HELD_UP)
    lost = known.server - known.known
    if lost:
        many = "1 message was" if lost == 1 else f"{lost} messages were"
        text = f"{many} not delivered by the provider and read back from it."
        attention.note(tx, account_id, FOUND, text, "The account's page lists them.")
    emit(tx, "channel_account.changed", account_id)


def hold_up(tx: Tx, account_id: str, why: str) -> None:
    """The provider does not let us read now; the account itself may work all the same."""
    known = reading_of(tx, account_id)
    _keep(tx, account_id, held_up=why[:500])
    if known is None or known.held_up != why[:500]:
        emit(tx, "channel_account.changed", account_id)


def give_up(tx: Tx, account_id: str, why: str, cure: str) -> None:
    """The provider refuses: said as a note, because answering works without it."""
    hold_up(tx, account_id, why)
    attention.note(tx, account_id, HELD_UP, f"Missed messages could not be read back: {why}", cure)


def outcome_of(tx: Tx, account_id: str) -> str:
    """The last reading in one sentence, as people read it; empty if there was none."""
    known = reading_of(tx, account_id)
    if known is None or known.begun_at is None:
        return ""
    return sentence(known.server, known.known, outcome(tx, account_id, known.begun_at).back)


def sentence(server: int, known: int, back: int) -> str:
    """For people: *server 118, ingested 117, read back 1, nothing missing*."""
    missing = max(0, server - known - back)
    gap = "nothing missing" if not missing else f"missing {missing}"
    return f"server {server}, ingested {known}, read back {back}, {gap}"


def _keep(tx: Tx, account_id: str, **values: Any) -> None:
    made = insert(rereading).values(channel_account_id=account_id, **values)
    tx.execute(made.on_conflict_do_update(index_elements=["channel_account_id"], set_=values))
