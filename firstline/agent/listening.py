"""Waiting until a customer has finished: a burst of messages gets one answer."""

from datetime import datetime, timedelta

from sqlalchemy import select

from firstline.conversations.tables import conversation
from firstline.kit.database import Database, Tx
from firstline.kit.feed import Signal

LONGEST = 8.0
"""Seconds after which the agent begins even if the customer goes on typing."""
REMEMBERED = 10_000


class Listening:
    """Knows who types, and how long to wait for them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._typed: dict[str, datetime] = {}

    def hear(self, signal: Signal) -> None:
        """Note that a customer types."""
        by = signal.get("by")
        if signal.get("what") != "typing" or not isinstance(by, dict) or by.get("kind") != "contact":
            return
        about = str(signal.get("conversation"))
        if signal.get("on"):
            if len(self._typed) > REMEMBERED:
                self._typed.clear()
            self._typed[about] = self.database.clock.now()
        else:
            self._typed.pop(about, None)

    async def until_quiet(self, conversation_id: str, debounce: float) -> None:
        """Return once the customer has neither written nor typed for ``debounce`` seconds, or after eight seconds."""
        clock = self.database.clock
        began = clock.now()
        while True:
            last = await self.database.tx(_last_heard_at, conversation_id)
            typed = self._typed.get(conversation_id)
            latest = max((at for at in (last, typed) if at is not None), default=None)
            now = clock.now()
            if latest is None or now - began >= timedelta(seconds=LONGEST):
                return
            wait = debounce - (now - latest).total_seconds()
            if wait <= 0:
                return
            await clock.sleep(min(wait, LONGEST))


def _last_heard_at(tx: Tx, conversation_id: str) -> datetime | None:
    found: datetime | None = tx.scalar(select(conversation.c.last_customer_at).where(conversation.c.id == conversation_id))
    return found
