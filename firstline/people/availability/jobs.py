"""Jobs of availability."""

from firstline.kit.database import Database
from firstline.people.availability import commands, queries


class Switchboard:
    """Switches teammates as their plans say."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def switch_due(self) -> None:
        """Everybody whose hours or absence began or ended, each in a transaction of their own."""
        for teammate_id in await self.database.tx(queries.due):
            await self.database.tx(commands.switch_due, teammate_id)
