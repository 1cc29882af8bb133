"""The moment in which a message begins to leave: from then on nobody can tell whether it was taken until the provider says so.

Whoever sends is told right before the first byte of the request is written, after the connection stands, and may write that down
or forbid it. A process that dies before that moment has sent nothing.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Tell = Callable[[], Awaitable[None]]
_tell: ContextVar[Tell | None] = ContextVar("tell", default=None)
_BEGIN = ("http11.send_request_headers.started", "http2.send_request_headers.started")


@contextmanager
def told(tell: Tell) -> Iterator[None]:
    """While this lasts, requests that send a message tell of their beginning."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


async def begins() -> None:
    """What is sent by something else than HTTP leaves now."""
    if (tell := _tell.get()) is not None:
        await tell()


class Departure:
    """One request that sends a message: ``begun`` once its first byte may have been written."""

    def __init__(self) -> None:
        self.begun = False

    def extensions(self) -> dict[str, Any]:
        """What httpx has to be given so that it tells."""
        return {"trace": self._trace}

    async def _trace(self, name: str, _: Any) -> None:
        if name in _BEGIN:
            await begins()
            self.begun = True
