"""Jobs of clocks."""

import structlog

from firstline.clocks import commands, queries
from firstline.clocks.rules import Step
from firstline.kit.database import Database
from firstline.kit.errors import NotFound
from firstline.routing.surroundings import Surroundings

log = structlog.get_logger(__name__)


class Clocks:
    """Lets clocks ring."""

    def __init__(self, database: Database, around: Surroundings) -> None:
        self.database = database
        self.around = around

    async def ring_due(self) -> None:
        """All that have run out, each in a transaction of its own; one that fails is tried again later."""
        for conversation_id in await self.database.tx(queries.due):
            try:
                for _ in Step:  # several may have run out while no worker ran
                    if await self.database.tx(commands.ring, self.around, conversation_id) is None:
                        break
            except NotFound:
                await self.database.tx(commands.put_off, conversation_id)
            except Exception:
                log.exception("clock.step_failed", conversation=conversation_id)
                await self.database.tx(commands.put_off, conversation_id)

    async def wind_new(self) -> None:
        """Clocks for open conversations from before there were any."""
        for conversation_id in await self.database.tx(queries.without):
            await self.database.tx(commands.wind, conversation_id)

    async def wind_all(self) -> None:
        """``clocks.wind_all``: a policy or the business hours changed, and every clock is set anew."""
        for conversation_id in await self.database.tx(queries.wound):
            await self.database.tx(commands.wind, conversation_id)
