"""Jobs of credits."""

from firstline.credits.holding import judge_resolution
from firstline.credits.periods import open_period
from firstline.kit.database import Database


class Meter:
    """Judges resolutions, and opens periods in which nobody asks for anything."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def judge(self, conversation_id: str) -> None:
        """``credits.judge``: long enough after a conversation's last message."""
        await self.database.tx(judge_resolution, conversation_id)

    async def open_period(self) -> None:
        """A visit: the reset happens on its day, though nobody writes."""
        await self.database.tx(open_period)
