"""Deliveries of a burst are stored together: one transaction and one commit for many, each with an answer of its own.

A transaction for each delivery costs several round trips and a commit; at some rate the processor is full of them and every
answer is late. Here those that come while others are being stored wait for these, and then go in together: the more come, the
less each costs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from firstline.channels.base import Response
from firstline.channels.intake.receiving import Delivery

log = structlog.get_logger(__name__)

MOST = 50
"""Deliveries of one transaction."""
LIGHT = 65_536
"""Bytes: larger ones are stored alone, so that no small one waits for them."""

Alone = Callable[[Delivery], Awaitable[Response]]
Together = Callable[[Sequence[Delivery]], Awaitable[list[Response | Exception]]]


class Gathering:
    """One for each process.

    :param alone: stores one. :param together: stores many; if it fails as a whole, each is stored alone, so that none suffers
        for another.
    """

    def __init__(self, alone: Alone, together: Together) -> None:
        self.alone = alone
        self.together = together
        self.waiting: list[tuple[Delivery, asyncio.Future[Response]]] = []
        self.running: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether some are being stored: who comes now is stored with the next."""
        return self.running is not None and not self.running.done()

    async def put(self, delivery: Delivery) -> Response:
        """Store a delivery together with whatever else comes; its answer, after the commit.

        :raises Forged: :raises firstline.kit.errors.Refused: for this one alone.
        """
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self.waiting.append((delivery, answer))
        if not self.busy:
            self.running = asyncio.get_running_loop().create_task(self._store_all())
        return await answer

    async def _store_all(self) -> None:
        while self.waiting:
            batch, self.waiting = self.waiting[:MOST], self.waiting[MOST:]
            answers: Sequence[Response | BaseException]
            try:
                answers = await self.together([delivery for delivery, _ in batch])
            except Exception as error:
                log.warning("hooks.not_together", deliveries=len(batch), error=f"{type(error).__name__}: {error}"[:500])
                answers = await asyncio.gather(*(self.alone(delivery) for delivery, _ in batch), return_exceptions=True)
            for (_, future), answer in zip(batch, answers, strict=True):
                _settle(future, answer)


def _settle(future: "asyncio.Future[Response]", answer: Response | BaseException) -> None:
    if future.cancelled():  # the provider hung up: it was stored all the same
        return
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
