"""A process that stays: the web server with the worker, or the worker alone; started, announced, and ended in order."""

import asyncio
import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn
from fastapi import FastAPI

from firstline.app import create_app, put_together, watchers
from firstline.cli.claims import alone_in, listening_on
from firstline.cli.environment import Failed, Held, hold_database, leave, say
from firstline.cli.fetching import fetch_missing
from firstline.cli.welcome import first_run, lines
from firstline.kit import log, memory
from firstline.kit.database import Database
from firstline.kit.migrate import migrate
from firstline.kit.secrets import Keyring
from firstline.kit.worker import Worker
from firstline.people.queries import is_set_up
from firstline.settings import Settings
from firstline.wiring import FOLLOWS

LAST_WORDS = 2
"""Seconds that requests which are under way get when the server is stopped."""
ENOUGH = 3.0
"""Seconds after which a process that was told to stop ends, whatever is still being computed."""
BEHIND = 5
"""By how much a worker yields: where the processor is short, whoever waits for an answer over HTTP goes first."""
LARGEST_FRAME = 4 << 20
"""Bytes of one WebSocket message; more closes the connection."""


def serve(settings: Settings, *, demo: bool, worker: bool) -> None:
    """Serve until a signal.

    :raises Failed: if the port is taken, or another process serves from the same data folder.
    """
    log.configure(settings.log_level, as_json=settings.log_json)
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(listening_on(settings.host, settings.port))
        settings = settings.model_copy(update={"port": listening.getsockname()[1]})
        if settings.database_url is None:
            stack.enter_context(alone_in(settings))
        fetch_missing(settings)
        held = hold_database(settings)
        stack.callback(held.let_go)
        announcement = "\n".join(_begin(settings, held.dsn, demo))
        memory.give_back()
        app = create_app(settings, held.dsn, worker=worker)
        server = Server(
            configuration(app, settings),
            lambda: print(announcement, flush=True),
            app.state.feed.hang_up,
            held.let_go,
        )
        server.run(sockets=[listening])
        if not server.started:
            raise Failed("The server did not start; its log above says why.")
        say("Stopping …")
    leave(0)


def _begin(settings: Settings, dsn: str, demo: bool) -> list[str]:
    """Bring the database up to date, make what the first run makes; returns what to print."""
    secret = settings.secret_key.get_secret_value() if settings.secret_key else None
    database = Database(dsn, followers=FOLLOWS, threads=1)
    try:
        migrate(database)
        if demo and not database.run(is_set_up):
            say("Making the demo company …")
        welcome = database.run(first_run, settings, Keyring.at(settings.data, secret), demo)
        return lines(welcome, settings, database.run(is_set_up))
    finally:
        database.close()


def configuration(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How the web server runs."""
    return uvicorn.Config(
        app,
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,  # 25 kB a connection instead of 60
        ws_max_size=LARGEST_FRAME,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=LAST_WORDS,
    )


class Server(uvicorn.Server):
    """Uvicorn, with an announcement, and signals that end it once in order and the second time at once.

    :param announce: called when it takes requests.
    :param hang_up: called before it waits for requests under way; ends those that wait for something to happen.
    :param let_go: see :func:`stopping`.
    """

    def __init__(
        self, config: uvicorn.Config, announce: Callable[[], None], hang_up: Callable[[], None], let_go: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._announce, self._hang_up, self._let_go = announce, hang_up, let_go

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if self.started:
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, beginning with those who wait."""
        self._hang_up()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn's own would raise the signal again at the end, before the database is stopped."""
        with stopping(self._stop, self._let_go):
            yield

    def _stop(self) -> None:
        self.should_exit = True


@contextlib.contextmanager
def stopping(stop: Callable[[], None], let_go: Callable[[], None]) -> Iterator[None]:
    """While the block lasts, the first SIGINT or SIGTERM calls ``stop``; the second ends the process where it stands.

    So does :data:`ENOUGH` after the first, when a thread computes for too long: then ``let_go`` is called before. Nothing is
    left behind either way: the kernel gives locks and connections back, PostgreSQL's keeper sees that, and jobs that were
    under way run again.
    """
    asked = False

    def end() -> None:
        let_go()
        leave(0)

    def ask(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            leave(128 + number)
        asked = True
        late = threading.Timer(ENOUGH, end)
        late.daemon = True
        late.start()
        stop()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def work(settings: Settings) -> None:
    """Run jobs until a signal."""
    log.configure(settings.log_level, as_json=settings.log_json)
    fetch_missing(settings)
    with contextlib.ExitStack() as stack:
        held = hold_database(settings)
        stack.callback(held.let_go)
        database = Database(held.dsn, threads=1)
        migrate(database)
        database.close()
        os.nice(BEHIND)  # only now: a database that this process started is for everybody
        asyncio.run(_work(settings, held))
        say("Stopping …")
    leave(0)


async def _work(settings: Settings, held: Held) -> None:
    parts = put_together(settings, held.dsn)
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        loop.call_soon_threadsafe(done.set)

    with stopping(stop, held.let_go):
        running = [
            asyncio.create_task(parts.feed.run()),
            asyncio.create_task(Worker(parts.jobs).run()),
            asyncio.create_task(watchers(parts).run()),
        ]
        say("Working. Ctrl-C stops it.")
        waiting = asyncio.create_task(done.wait())
        await asyncio.wait({*running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            task.cancel()
        ended = await asyncio.gather(*running, return_exceptions=True)
        parts.database.close()
        if not waiting.done():
            raise next(error for error in ended if isinstance(error, Exception))
