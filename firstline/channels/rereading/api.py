"""REST: whether everything that the provider has is here, and reading back what is not."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter

from firstline.channels import accounts
from firstline.channels.abilities import Rereading
from firstline.channels.api import Channels
from firstline.channels.rereading import commands
from firstline.channels.rereading.queries import Outcome, Reading, last_delivery, outcome, reading_of
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.people.api import Caller, Store
from firstline.people.rules import Actor, Permission

router = APIRouter(prefix="/api/v1/channel-accounts", tags=["Channels"])


def as_json(known: Reading | None, found: Outcome, last: datetime | None) -> dict[str, Any]:
    """A reading as REST shows it; everything is null before the first one."""
    if known is None or known.begun_at is None:
        return {"summary": None, "last_delivery_at": last, "reading": False, "since": None, "begun_at": None, "finished_at": None}
    return {
        "summary": commands.sentence(known.server, known.known, found.back),
        "server": known.server,
        "ingested": known.known,
        "read_back": found.back,
        "missing": max(0, known.server - known.known - found.back),
        "dead_letters": found.letters,
        "conversations": known.conversations,
        "conversations_cut": known.cut,
        "since": known.since,
        "begun_at": known.begun_at,
        "finished_at": known.finished_at,
        "why": known.why,
        "held_up": known.held_up or None,
        "reading": known.is_going or found.waiting,
        "subscription_mended_at": known.mended_at,
        "last_delivery_at": last,
    }


def _reads(tx: Tx, channels: Channels, account_id: str, by: Actor) -> None:
    by.require(Permission.MANAGE_CHANNELS)
    channel: object = channels.get(accounts.which(tx, account_id).kind)
    if not isinstance(channel, Rereading):
        raise NotFound("The provider of this channel cannot be asked for messages that it did not deliver.")


@router.get("/{account_id}/missed")
async def read_missed(account_id: str, store: Store, by: Caller, channels: Channels) -> dict[str, Any]:
    """What the last comparison with the provider found."""

    def read(tx: Tx) -> dict[str, Any]:
        _reads(tx, channels, account_id, by)
        known = reading_of(tx, account_id)
        begun = known.begun_at if known else None
        found = outcome(tx, account_id, begun) if begun else Outcome(0, False, 0)
        return as_json(known, found, last_delivery(tx, account_id))

    return await store.tx(read)


@router.post("/{account_id}/missed/read", status_code=202)
async def read_back(account_id: str, store: Store, by: Caller, channels: Channels) -> dict[str, Any]:
    """Compare now, and read back what is missing."""

    def ask(tx: Tx) -> dict[str, Any]:
        _reads(tx, channels, account_id, by)
        commands.ask(tx, account_id, by)
        return {"ok": True}

    return await store.tx(ask)
