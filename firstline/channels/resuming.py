"""An account works again: what waits for its next attempt, which may be hours away, is tried now."""

from datetime import timedelta

from sqlalchemy import select, update

from firstline.channels.tables import dispatch
from firstline.conversations.rules import Delivery
from firstline.conversations.tables import entry
from firstline.kit.database import Database, Tx
from firstline.kit.jobs import defer

SPREAD = timedelta(minutes=1)
"""Within which all are tried, one after the other: whoever comes back is not met by all of them at once."""


class Resuming:
    """The job ``channels.resume``."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def resume(self, account_id: str) -> None:
        """Bring forward what waits on an account longer than :data:`SPREAD`."""
        await self.database.tx(_bring_forward, account_id)


def _bring_forward(tx: Tx, account_id: str) -> None:
    d, e = dispatch.c, entry.c
    waits = (d.channel_account_id == account_id, d.delivery == Delivery.PENDING.value, d.not_before > tx.now + SPREAD)
    query = (
        select(d.entry_id, d.part, e.conversation_id)
        .join(entry, e.id == d.entry_id)
        .where(e.delivery == Delivery.PENDING.value, *waits)
        .order_by(d.not_before, d.entry_id, d.part)
    )
    rows = tx.rows(query)
    for number, row in enumerate(rows):
        at = tx.now + SPREAD * number / len(rows)
        tx.execute(update(dispatch).where(d.entry_id == row.entry_id, d.part == row.part, *waits).values(not_before=at))
        defer(tx, "channels.deliver", key=row.conversation_id, at=at, conversation_id=row.conversation_id)
