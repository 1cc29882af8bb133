"""The database: synchronous transactions, run in threads.

A transaction is a plain function ``fn(tx, …)``. Nothing inside it can await, so none is ever held while a model or a
provider thinks. Commands change rows and emit events; only :class:`Database` commits.
"""

import asyncio
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
from sqlalchemy import (
    Connection,
    CursorResult,
    Engine,
    Executable,
    Row,
    create_engine,
    event,
)
from sqlalchemy.engine import make_url

from firstline.kit.clock import Clock, SystemClock

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 12
"""Transactions one process runs at once; as many connections."""
STALLED = 60
"""Seconds without a statement after which the server ends a transaction: one of a stopped process holds locks, and every reader
of the event log waits for it."""


@dataclass(frozen=True)
class Event:
    """Something that happened, as the event log keeps it: ``kind`` is dotted and in the past tense."""

    id: int
    kind: str
    subject: str
    data: Mapping[str, Any]
    at: datetime


Follower = Callable[["Tx", Event], None]
"""What happens next, in the same transaction: usually the deferring of a job. ``wiring.py`` lists them."""


@dataclass
class Tx:
    """One open transaction. ``now`` is its time: every row it writes carries the same instant."""

    connection: Connection
    now: datetime
    followers: Mapping[str, Sequence[Follower]] = field(default_factory=dict)
    emitted: int = 0
    _answers: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, question: "Callable[Concatenate[Tx, P], T]", *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask ``question(tx, …)`` once a transaction, whoever asks: for settings that the same transaction does not change.

        A burst applies many messages in one transaction, and each would ask for the same settings.
        """
        key = (question, args, *sorted(kwargs.items()))
        if key not in self._answers:
            self._answers[key] = question(self, *args, **kwargs)
        found: T = self._answers[key]
        return found

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run a statement."""
        return self.connection.execute(statement, parameters)

    def rows(self, statement: Executable, parameters: Any = None) -> Sequence[Row[Any]]:
        """All rows of a query."""
        return self.connection.execute(statement, parameters).all()

    def row(self, statement: Executable, parameters: Any = None) -> Row[Any] | None:
        """The first row of a query, or None."""
        return self.connection.execute(statement, parameters).first()

    def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        """The first column of the first row, or None."""
        return self.connection.execute(statement, parameters).scalar()

    @property
    def raw(self) -> "psycopg.Connection[Any]":
        """The driver's connection, for the job queue, which writes in the same transaction.

        The driver begins a transaction with its first statement; without one, a savepoint taken on this connection
        would be a transaction of its own, committed at its end. So there always is one.
        """
        connection = self.connection.connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        if connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE:
            self.connection.exec_driver_sql("select 1")
        return connection

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that can fail without spoiling the transaction."""
        with self.connection.begin_nested():
            yield


def _engine(dsn: str, threads: int) -> Engine:
    url = make_url(dsn).set(drivername="postgresql+psycopg")
    engine = create_engine(url, pool_size=threads, max_overflow=4, pool_pre_ping=True, pool_timeout=30)

    @event.listens_for(engine, "connect")
    def prepare(connection: "psycopg.Connection[Any]", _: object) -> None:
        connection.prepare_threshold = 3
        connection.autocommit = True
        connection.execute(f"set idle_in_transaction_session_timeout = '{STALLED}s'")
        connection.autocommit = False

    return engine


class Database:
    """Where transactions come from. One object a process; close it at the end."""

    def __init__(
        self,
        dsn: str,
        clock: Clock | None = None,
        *,
        followers: Mapping[str, Sequence[Follower]] | None = None,
        threads: int = THREADS,
    ) -> None:
        self.dsn = dsn
        self.clock = clock or SystemClock()
        self.engine = _engine(dsn, threads)
        self.followers: Mapping[str, Sequence[Follower]] = followers or {}
        self.on_events: list[Callable[[], None]] = []
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="tx")

    def run(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``fn(tx, …)`` in a transaction of its own, here; commit, or roll back if it raises."""
        with self.engine.connect() as connection, connection.begin():
            tx = Tx(connection, self.clock.now(), self.followers)
            result = fn(tx, *args, **kwargs)
        if tx.emitted:
            for tell in self.on_events:
                tell()
        return result

    async def tx(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same from asynchronous code: one hop to a thread, whatever the number of statements."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self.run(fn, *args, **kwargs))

    async def thread(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run other blocking code in the same threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: fn(*args, **kwargs))

    def close(self) -> None:
        """Give back every connection and thread."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self.engine.dispose()
