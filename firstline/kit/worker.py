"""The worker: runs the jobs a process knows, until it is cancelled, whatever happens to the database meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

import procrastinate
import psycopg
import structlog
from procrastinate import worker as engine
from procrastinate.jobs import Job as Entry
from procrastinate.manager import JobManager
from sqlalchemy import Column, Table, Text, TypedColumns
from sqlalchemy.dialects.postgresql import insert as pg_insert

from firstline.kit.database import Tx
from firstline.kit.jobs import GaveUp, Jobs
from firstline.kit.rescue import LIFE, give_back
from firstline.kit.tables import at_column, metadata

log = structlog.get_logger(__name__)

LOOKS_EVERY = 2.0
"""Seconds between looks for jobs that this process has according to the queue, but does not run."""
GRACE = 2.0
"""Seconds that running jobs get when the worker is stopped."""
PAUSE = 1.0
"""Seconds before a worker that broke, usually because the database was away, begins again."""


class sweep_columns(TypedColumns):
    name = Column(Text, primary_key=True)
    at = at_column()


sweep = Table("sweep", metadata, sweep_columns)


class Worker:
    """Runs jobs: queues named in ``slow`` have a lane of their own, so that they hold nobody up."""

    def __init__(self, jobs: Jobs, *, concurrency: int = 24, slow: Iterable[str] = ("knowledge",)) -> None:
        self.jobs = jobs
        self.database = jobs.database
        self.concurrency = concurrency
        self.slow = set(slow)
        self._running: set[int] = set()

    async def run(self) -> None:
        """Work until cancelled. When the database goes away, begin again until it is back."""
        while True:
            # A task of its own: a task group that is breaking up swallows what cancels it.
            shift = asyncio.create_task(self._shift(), name="shift")
            try:
                await asyncio.wait({shift})
            finally:
                shift.cancel()
                (ended,) = await asyncio.gather(shift, return_exceptions=True)
            causes = ended.exceptions if isinstance(ended, BaseExceptionGroup) else (ended,)
            log.warning("worker.begins_again", causes=[repr(cause) for cause in causes])
            await asyncio.sleep(PAUSE)

    async def _shift(self) -> None:
        """Work until something breaks."""
        connector = procrastinate.PsycopgConnector(conninfo=self.database.dsn, min_size=1, max_size=6)
        app = procrastinate.App(connector=connector)
        for name in self.jobs.names:
            app.task(name=name, pass_context=True, retry=_PutBack())(self._entry(name))
        lanes = {name.partition(".")[0] for name in self.jobs.names}
        async with await psycopg.AsyncConnection.connect(self.database.dsn, autocommit=True) as life, app.open_async():
            register = _Register(connector, life)
            app.job_manager = register
            async with asyncio.TaskGroup() as group:
                for queues, wide in ((lanes - self.slow, self.concurrency), (lanes & self.slow, 2)):
                    if queues:
                        group.create_task(self._lane(app, sorted(queues), wide))
                group.create_task(self._find_lost(register))
                for seconds, name, visit in self.jobs.visits:
                    group.create_task(self._visit(seconds, name, visit))

    def _entry(self, name: str) -> Callable[..., Awaitable[None]]:
        async def entry(context: procrastinate.JobContext, key: str = "", attempt: int = 0, **ids: str) -> None:
            number = context.job.id
            assert number is not None
            self._running.add(number)
            try:
                await self.jobs.run(name, key, attempt, **ids)
            finally:
                self._running.discard(number)

        entry.__name__ = name
        return entry

    async def _lane(self, app: procrastinate.App, queues: list[str], wide: int) -> None:
        lane = engine.Worker(
            app,
            queues=queues,
            name=",".join(queues),
            concurrency=wide,
            fetch_job_polling_interval=1.0,
            shutdown_graceful_timeout=GRACE,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=3.0,
            stalled_worker_timeout=20.0,
        )
        await lane.run()  # type: ignore[no-untyped-call]
        raise ConnectionError(f"The queue does not listen to {', '.join(queues)} any more.")

    async def _find_lost(self, register: "_Register") -> None:
        """Give back what this process has according to the queue but does not run: the connection broke at a bad moment.

        A job may be between the queue and its first line, or between its last line and the queue: two looks tell. The looks
        also tell that the session with the locks is alive.
        """
        before: set[int] = set()
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            lost = await register.doing() - self._running
            if again := lost & before:
                await self.database.tx(give_back, register.workers, again)
            before = lost

    async def _visit(self, seconds: float, name: str, visit: Callable[[], Awaitable[None]]) -> None:
        mine = True
        while True:
            try:
                if mine or await self.database.tx(_my_turn, name, seconds):
                    await visit()
            except Exception:
                log.exception("visit.failed", visit=name)
            mine = False
            await asyncio.sleep(seconds)


class _Register(JobManager):
    """Registers workers, each under a lock in a session of this process: it goes the moment the process dies, however it dies."""

    def __init__(self, connector: procrastinate.PsycopgConnector, life: "psycopg.AsyncConnection[tuple[int, ...]]") -> None:
        super().__init__(connector)
        self.life = life
        self.workers: list[int] = []
        self._one_at_a_time = asyncio.Lock()

    async def register_worker(self) -> int:
        """Register a worker; nobody sees it before its lock is held."""
        async with self._one_at_a_time, self.life.transaction():
            made = await self.life.execute("select worker_id from procrastinate_register_worker_v1()")
            number = int((await made.fetchall())[0][0])
            await self.life.execute("select pg_advisory_lock(%s, %s)", (LIFE, number))
        self.workers.append(number)
        return number

    async def doing(self) -> set[int]:
        """The jobs that the workers have, according to the queue."""
        query = "select id from procrastinate_jobs where status = 'doing' and worker_id = any(%s)"
        async with self._one_at_a_time:
            return {row[0] for row in await (await self.life.execute(query, (self.workers,))).fetchall()}


class _PutBack(procrastinate.BaseRetryStrategy):
    """A job that did not end, because the process is being stopped or the database went away, goes back as it was."""

    def get_retry_decision(self, *, exception: BaseException, job: Entry) -> procrastinate.RetryDecision | None:
        """At once; unless it was given up."""
        return None if isinstance(exception, GaveUp) else procrastinate.RetryDecision()


def _my_turn(tx: Tx, name: str, seconds: float) -> bool:
    """Whether this process makes the visit this time: the first to move its mark does."""
    mark = pg_insert(sweep).values(name=name, at=tx.now)
    mark = mark.on_conflict_do_update(
        index_elements=["name"],
        set_={"at": tx.now},
        where=sweep.c.at <= tx.now - timedelta(seconds=seconds * 0.8),
    )
    return tx.row(mark.returning(sweep.c.name)) is not None
