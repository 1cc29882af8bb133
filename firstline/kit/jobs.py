"""Durable jobs on PostgreSQL (Procrastinate), deferred inside the caller's own transaction.

A job carries ids, never content, and may run twice, late, or be coalesced with one that waits: jobs with the same name
and key run one at a time, and at most one of them waits. A job that raises is deferred again with growing pauses.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import procrastinate
import psycopg
import structlog
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.worker import Worker
from sqlalchemy import Column, Table, Text, TypedColumns, text
from sqlalchemy.dialects.postgresql import insert as pg_insert

from firstline.kit.database import Database, Tx
from firstline.kit.errors import Retry
from firstline.kit.tables import at_column, metadata

log = structlog.get_logger(__name__)

Job = Callable[..., Awaitable[None]]
ATTEMPTS = 8
"""Runs of one job before it is given up; the pauses between them add up to about 9 minutes."""

_LIFE = 0x6669
"""Class of the advisory locks that workers hold for life."""

_deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=""))


class GaveUp(Exception):
    """A job failed as often as it may; it stays in the list of failed jobs, which ``firstline doctor`` shows."""


class sweep_columns(TypedColumns):
    name = Column(Text, primary_key=True)
    at = at_column()


sweep = Table("sweep", metadata, sweep_columns)


def defer(
    tx: Tx,
    name: str,
    /,
    *,
    key: str,
    at: datetime | None = None,
    attempt: int = 0,
    **ids: str,
) -> bool:
    """Ask for a job in this transaction; False if the same one waits already.

    :param name: ``feature.verb``; the feature is the queue that workers listen to.
    :param key: what must not be worked on twice at once, usually an id.
    :param at: not before this instant.
    """
    lock = f"{name}:{key}"
    raw = tx.raw
    deferrer = _deferring.configure_task(
        name,
        queue=name.partition(".")[0],
        lock=lock,
        queueing_lock=lock,
        schedule_at=at,
        connection=raw,
        allow_unknown=True,
    )
    arguments: dict[str, Any] = {**ids, "key": key, "attempt": attempt}
    try:
        with raw.transaction():
            deferrer.defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True


def pause_before(attempt: int) -> float:
    """Seconds to wait before the given attempt (1 is the first repetition)."""
    return float(min(600.0, 0.5 * 3.0 ** (attempt - 1)))


class Jobs:
    """The jobs a process knows, and the worker that runs them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._jobs: dict[str, Job] = {}
        self._every: list[tuple[float, str, Callable[[], Awaitable[None]]]] = []

    def add(self, name: str, job: Job) -> None:
        """Make a job known under its name."""
        self._jobs[name] = job

    def every(self, seconds: float, name: str, visit: Callable[[], Awaitable[None]]) -> None:
        """Run something again and again while the worker lives; in a cluster, each time in one process only."""
        self._every.append((seconds, name, visit))

    async def run(self, name: str, key: str = "", attempt: int = 0, **ids: str) -> None:
        """Run one job now; on failure defer it again, or give up after :data:`ATTEMPTS`."""
        try:
            await self._jobs[name](**ids)
        except asyncio.CancelledError:
            await asyncio.shield(self.database.tx(_again, name, key, ids, attempt, 0.0))
            raise
        except Retry as wait:
            await self._after_failure(name, key, ids, attempt, wait.after, wait.reason)
        except Exception as error:
            log.error(
                "job.raised",
                job=name,
                attempt=attempt,
                **ids,
                error=traceback.format_exc(limit=-6),
            )
            await self._after_failure(name, key, ids, attempt, pause_before(attempt + 1), repr(error))

    async def _after_failure(
        self,
        name: str,
        key: str,
        ids: dict[str, str],
        attempt: int,
        pause: float,
        reason: str,
    ) -> None:
        if attempt + 1 >= ATTEMPTS:
            log.error("job.given_up", job=name, reason=reason, **ids)
            raise GaveUp(reason)
        await self.database.tx(_again, name, key, ids, attempt + 1, pause)

    async def work(self, *, concurrency: int = 24, slow: Iterable[str] = ("knowledge",)) -> None:
        """Work until cancelled: queues named in ``slow`` have a lane of their own, so that they hold nobody up."""
        connector = procrastinate.PsycopgConnector(conninfo=self.database.dsn, min_size=1, max_size=6)
        app = procrastinate.App(connector=connector)
        for name in self._jobs:
            app.task(name=name)(self._entry(name))
        lanes = {name.partition(".")[0] for name in self._jobs}
        slow_lanes = sorted(lanes & set(slow))
        async with app.open_async(), asyncio.TaskGroup() as group:
            for queues, wide in (
                (sorted(lanes - set(slow)), concurrency),
                (slow_lanes, 2),
            ):
                if queues:
                    group.create_task(self._lane(app, queues, wide))
            for seconds, name, visit in self._every:
                group.create_task(self._sweep(seconds, name, visit))

    def _entry(self, name: str) -> Job:
        async def entry(key: str = "", attempt: int = 0, **ids: str) -> None:
            await self.run(name, key, attempt, **ids)

        entry.__name__ = name
        return entry

    async def _lane(self, app: procrastinate.App, queues: list[str], concurrency: int) -> None:
        worker = Worker(
            app,
            queues=queues,
            name=",".join(queues),
            concurrency=concurrency,
            fetch_job_polling_interval=1.0,
            shutdown_graceful_timeout=2.0,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=3.0,
            stalled_worker_timeout=20.0,
        )
        life = asyncio.create_task(self._show_life(worker))
        try:
            await worker.run()  # type: ignore[no-untyped-call]
        finally:
            life.cancel()

    async def _show_life(self, worker: Worker) -> None:
        """Hold a lock named after the worker: it goes the moment this process dies, however it dies."""
        while worker.worker_id is None:  # noqa: ASYNC110 the worker has no event for it
            await asyncio.sleep(0.01)
        async with await psycopg.AsyncConnection.connect(self.database.dsn, autocommit=True) as session:
            await session.execute("select pg_advisory_lock(%s, %s)", (_LIFE, worker.worker_id))
            await asyncio.Event().wait()

    async def _sweep(self, seconds: float, name: str, visit: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                if await self.database.tx(_my_turn, name, seconds):
                    await visit()
            except Exception:
                log.exception("sweep.failed", sweep=name)


def _again(tx: Tx, name: str, key: str, ids: dict[str, str], attempt: int, pause: float) -> None:
    defer(
        tx,
        name,
        key=key,
        at=tx.now + timedelta(seconds=pause) if pause else None,
        attempt=attempt,
        **ids,
    )


def _my_turn(tx: Tx, name: str, seconds: float) -> bool:
    """Whether this process runs the sweep this time: the first to move its mark does."""
    mark = pg_insert(sweep).values(name=name, at=tx.now)
    mark = mark.on_conflict_do_update(
        index_elements=["name"],
        set_={"at": tx.now},
        where=sweep.c.at <= tx.now - timedelta(seconds=seconds * 0.8),
    )
    return tx.execute(mark).rowcount == 1


_ORPHANS = text(
    "select j.id, j.queueing_lock from procrastinate_jobs j left join procrastinate_workers w on w.id = j.worker_id"
    " where j.status = 'doing' and (w.id is null or w.last_heartbeat < now() - interval '30 seconds'"
    "  or (w.last_heartbeat < now() - interval '1.5 seconds' and pg_try_advisory_xact_lock(:life, w.id::int)))"
    " for update of j skip locked"
)


def rescue(tx: Tx) -> int:
    """Give the jobs of dead workers back; returns how many.

    A worker is dead when the lock it holds for life is free, or it has shown no heartbeat for 30 seconds, or it was
    pruned. Where the same job waits already, the orphan is finished instead: running both would be one too many, and
    its queueing lock could not be taken twice (Procrastinate issues 1446, 1518, 1543).
    """
    orphans = tx.execute(_ORPHANS, {"life": _LIFE}).all()
    for orphan in orphans:
        parameters = {"id": orphan.id, "lock": orphan.queueing_lock}
        waiting = tx.execute(
            text("select 1 from procrastinate_jobs where status = 'todo' and queueing_lock = :lock"),
            parameters,
        ).first()
        if waiting:
            tx.execute(text("delete from procrastinate_jobs where id = :id"), parameters)
        else:
            tx.execute(
                text(
                    "update procrastinate_jobs set status = 'todo', attempts = attempts + 1, scheduled_at = null,"
                    " worker_id = null where id = :id"
                ),
                parameters,
            )
    return len(orphans)
