"""Messages of which nobody knows whether they arrived: an echo or a status may tell; after a while people are told."""

from datetime import timedelta

from sqlalchemy import exists, select

from firstline.conversations.rules import Delivery
from firstline.conversations.tables import entry
from firstline.kit.database import Database, Tx
from firstline.kit.events import emit
from firstline.kit.jobs import defer

WAITS = timedelta(minutes=10)
"""How long an echo or a status is waited for. Meta's statuses come within seconds, retried ones within minutes."""


def tell_unreached(tx: Tx, entry_id: str, conversation_id: str, by_kind: str, reason: str) -> None:
    """A machine's message failed: nobody is there to see it in the timeline, so it is an event."""
    if by_kind != "teammate":
        emit(tx, "message.undelivered", conversation_id, entry=entry_id, reason=reason)


def watch(tx: Tx, entry_id: str) -> None:
    """Look at a message again after a while."""
    defer(tx, "channels.settle_unknown", key=entry_id, at=tx.now + WAITS, entry_id=entry_id)


class Unsettled:
    """The job."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def settle(self, entry_id: str) -> None:
        """Tell of a message that is still unknown, unless the customer has written since: then they are being answered."""
        await self.database.tx(_settle, entry_id)


def _settle(tx: Tx, entry_id: str) -> None:
    row = tx.row(select(entry).where(entry.c.id == entry_id))
    if row is None or row.delivery != Delivery.UNKNOWN.value:
        return
    newer = exists().where(entry.c.conversation_id == row.conversation_id, entry.c.direction == "in", entry.c.seq > row.seq)
    if not tx.scalar(select(newer)):
        reason = f"Nobody knows whether it arrived. {row.delivery_reason or ''}".strip()
        tell_unreached(tx, entry_id, row.conversation_id, row.by_kind, reason)
