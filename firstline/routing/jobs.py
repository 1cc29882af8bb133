"""Jobs of routing."""

import contextlib

from firstline.kit.database import Database
from firstline.kit.errors import NotFound
from firstline.routing import queries, receivers
from firstline.routing.deciding import route
from firstline.routing.surroundings import Surroundings


class Router:
    """Gives conversations their owners."""

    def __init__(self, database: Database, around: Surroundings) -> None:
        self.database = database
        self.around = around

    async def route(self, conversation_id: str) -> None:
        """``routing.route``: a conversation that nobody owns."""
        with contextlib.suppress(NotFound):  # the customer was erased meanwhile
            await self.database.tx(route, self.around, conversation_id)

    async def assign_waiting(self) -> None:
        """``routing.assign_waiting``: all that wait, the longest waiting first, each in a transaction of its own."""
        hopeless: set[str] = set()
        for conversation_id, waits_for in await self.database.tx(queries.queue):
            if waits_for in hopeless:
                continue
            try:
                if not await self.database.tx(receivers.assign_waiting, conversation_id):
                    hopeless.add(waits_for)
            except NotFound:  # erased meanwhile, and its place in the queue with it
                continue
