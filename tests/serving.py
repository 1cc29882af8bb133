"""An application on the net of this machine, in a thread of this process."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn


class _Telling(uvicorn.Server):
    """Uvicorn, which tells when it takes requests or has given up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.known = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.known.set()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            self.known.set()


@contextlib.contextmanager
def serving(app: Any, port: int = 0, **config: Any) -> Iterator[int]:
    """Serve while the block lasts, on the given port of the loopback or any that is free; gives the port.

    :param config: what :class:`uvicorn.Config` is told besides.
    :raises RuntimeError: the application does not start; why is in its log.
    """
    with socket.create_server(("127.0.0.1", port)) as listening:
        server = _Telling(uvicorn.Config(app, **{"log_level": "warning", "timeout_graceful_shutdown": 1, **config}))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            server.known.wait()
            if not server.started:
                raise RuntimeError("the application does not start")
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()
