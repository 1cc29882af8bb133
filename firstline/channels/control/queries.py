"""Who has the word at the provider."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from firstline.channels.control.tables import thread_control
from firstline.contacts.rules import Identity
from firstline.kit.database import Tx


@dataclass(frozen=True)
class Held:
    """Another program has the word with a customer."""

    holder: str
    reason: str
    since: datetime


def held_elsewhere(tx: Tx, account_id: str, who: Identity) -> Held | None:
    """Whether another program has the word; None if we have it, or nobody ever told."""
    t = thread_control.c
    mine = (t.channel_account_id == account_id, t.kind == who.kind.value, t.value == who.value, t.ours.is_(False))
    row = tx.row(select(thread_control).where(*mine))
    return Held(row.holder, row.reason, row.at) if row is not None else None
