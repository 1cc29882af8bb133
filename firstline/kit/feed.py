"""Committed events, as they come, to whoever listens in this process; and signals, which are not kept.

The log is the truth. A wake-up after a commit (one coalesced ``NOTIFY`` a process) is only a hint: the feed also looks
every second. Signals (typing, who is viewing) go through ``NOTIFY`` and memory alone.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import psycopg
import structlog

from firstline.kit.database import Database, Event
from firstline.kit.events import START, Cursor, last_settled, read_after

log = structlog.get_logger(__name__)

EVENTS, SIGNALS = "firstline_events", "firstline_signals"
QUEUE = 1_000
"""Events a listener may be behind before it is dropped; it comes back with its cursor and misses nothing."""

Item = tuple[Cursor, Event]
Signal = dict[str, Any]


class Listener:
    """One reader of the feed. Iterating ends when the feed stops or the listener fell too far behind."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Item | Signal | None] = asyncio.Queue(QUEUE)
        self._ended = False

    def put(self, item: Item | Signal) -> None:
        """Hand over without waiting; a full queue ends the listener."""
        if self._ended:
            return
        if self.queue.full():
            self.end()
        else:
            self.queue.put_nowait(item)

    def end(self) -> None:
        """Make the iteration end at once."""
        self._ended = True
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Item | Signal]:
        while (item := await self.queue.get()) is not None:
            yield item


class Feed:
    """Tails the log of one database for all listeners of the process."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._listeners: set[Listener] = set()
        self._signals: list[Callable[[Signal], None]] = []
        self._wake = asyncio.Event()
        self._announce = asyncio.Event()
        self._outgoing: list[Signal] = []
        self._teller = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self.cursor = START
        self._hearing, self._telling = asyncio.Event(), asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether it hears other processes and is heard by them."""
        return self._hearing.is_set() and self._telling.is_set()

    @contextlib.contextmanager
    def listen(self) -> Iterator[Listener]:
        """Listen while the block lasts, to events after the feed's present cursor and to signals."""
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def on_signal(self, hear: Callable[[Signal], None]) -> None:
        """Call a function for every signal, from this and other processes."""
        self._signals.append(hear)

    def signal(self, **signal: Any) -> None:
        """Tell all processes something that is not kept; its text stays under 4 kB."""
        self._hear(signal)
        self._outgoing.append(signal)
        self._announce.set()

    def poke(self) -> None:
        """Something was committed in this process: look now, and tell the others. Safe from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._poked)

    def _poked(self) -> None:
        self._wake.set()
        self._announce.set()

    def _hear(self, signal: Signal) -> None:
        for hear in self._signals:
            hear(signal)
        for listener in list(self._listeners):
            listener.put(signal)

    async def run(self) -> None:
        """Tail until cancelled; then end every listener."""
        self._loop = asyncio.get_running_loop()
        self.cursor = await self.database.tx(last_settled)
        self.database.on_events.append(self.poke)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._tail())
                group.create_task(self._lasting(self._hear_others))
                group.create_task(self._lasting(self._tell_others))
        finally:
            self.database.on_events.remove(self.poke)
            self.hang_up()

    def hang_up(self) -> None:
        """End every listener: the process is about to stop, and nobody shall wait for what comes no more."""
        for listener in list(self._listeners):
            listener.end()

    async def _tail(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), 1.0)
            self._wake.clear()
            try:
                while found := await self.database.tx(read_after, self.cursor):
                    for item in found:
                        for listener in list(self._listeners):
                            listener.put(item)
                    self.cursor = found[-1][0]
            except Exception:
                log.exception("feed.read_failed")
                await asyncio.sleep(1.0)

    async def _lasting(self, talk: Callable[[psycopg.AsyncConnection[Any]], Any]) -> None:
        """Keep one connection open for a task; on a broken one, open another."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self.database.dsn, autocommit=True) as connection:
                    await talk(connection)
            except psycopg.Error as error:
                log.warning("feed.reconnecting", reason=str(error))
                await asyncio.sleep(1.0)

    async def _hear_others(self, connection: psycopg.AsyncConnection[Any]) -> None:
        await connection.execute(f"listen {EVENTS}")
        await connection.execute(f"listen {SIGNALS}")
        self._hearing.set()
        async for notice in connection.notifies():
            if notice.channel == EVENTS:
                self._wake.set()
            elif notice.pid != self._teller:
                self._hear(json.loads(notice.payload))

    async def _tell_others(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._teller = connection.info.backend_pid
        self._telling.set()
        while True:
            await self._announce.wait()
            self._announce.clear()
            signals, self._outgoing = self._outgoing, []
            for signal in signals:
                await connection.execute("select pg_notify(%s, %s)", (SIGNALS, json.dumps(signal)))
            await connection.execute(f"notify {EVENTS}")
            await asyncio.sleep(0.03)
