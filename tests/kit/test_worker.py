"""The worker: one key at a time, and no accident of the database or of the process leaves a job behind."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from firstline.kit import worker
from firstline.kit.clock import FixedClock
from firstline.kit.database import Database, Tx
from firstline.kit.jobs import Job, Jobs, defer
from firstline.kit.worker import Worker


def _jobs(tx: Tx) -> list[str]:
    return [row.status for row in tx.rows(text("select status::text from procrastinate_jobs order by id"))]


async def _until(done: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not done():  # noqa: ASYNC110 watched from outside
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def _working(database: Database, job: Job) -> AsyncIterator[None]:
    """A worker that knows one job, while the block lasts."""
    jobs = Jobs(database)
    jobs.add("thing.do", job)
    running = asyncio.create_task(Worker(jobs).run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_a_worker_runs_what_was_deferred_and_one_key_at_a_time(database: Database) -> None:
    running: set[str] = set()
    done: list[str] = []
    overlap = False

    async def work(thing: str) -> None:
        nonlocal overlap
        overlap |= thing in running
        running.add(thing)
        await asyncio.sleep(0)
        running.discard(thing)
        done.append(thing)

    async def go() -> None:
        async with _working(database, work):
            for key in "abc" * 3:
                await database.tx(defer, "thing.do", key=key, thing=key)
            await _until(lambda: set(done) == {"a", "b", "c"} and not database.run(_jobs))

    asyncio.run(go())
    assert not overlap


def test_a_worker_that_is_stopped_puts_its_job_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "GRACE", 0.01)
    begun: list[str] = []

    async def work(thing: str) -> None:
        begun.append(thing)
        await asyncio.Event().wait()

    async def go() -> None:
        await database.tx(defer, "thing.do", key="a", thing="a")
        async with _working(database, work):
            await _until(lambda: bool(begun))

    asyncio.run(go())
    assert database.run(_jobs) == ["todo"]


@pytest.mark.parametrize("whose", ["%procrastinate%", "%pg_advisory_lock%", "%"], ids=["of the queue", "with the locks", "all"])
def test_a_worker_goes_on_when_its_connections_to_the_database_break(
    database: Database, dsn: str, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    for short in ("PAUSE", "LOOKS_EVERY"):
        monkeypatch.setattr(worker, short, 0.05)
    done: list[str] = []

    async def work(thing: str) -> None:
        done.append(thing)

    def cut() -> int:
        """Cut the connections whose last statement looks so; how many there were."""
        query = (
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid() and query ilike %s"
        )
        with psycopg.connect(dsn, autocommit=True) as connection:
            row = connection.execute(query, (whose,)).fetchone()
        assert row is not None
        return int(row[0])

    async def go() -> None:
        async with _working(database, work):
            for key in "abc":
                await database.tx(defer, "thing.do", key=key, thing=key)
                await _until(lambda key=key: key in done and not database.run(_jobs))  # type: ignore[misc]
                await asyncio.to_thread(cut)

    asyncio.run(go())
    assert done == ["a", "b", "c"]


def test_a_job_that_fails_together_with_the_database_is_run_again(database: Database, dsn: str) -> None:
    runs: list[str] = []

    async def work(thing: str) -> None:
        runs.append(thing)
        if len(runs) == 1:
            database.engine.dispose()
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute("alter table procrastinate_jobs rename to away")
            raise ConnectionError("the database is going down")

    async def go() -> None:
        async with _working(database, work):
            await database.tx(defer, "thing.do", key="a", thing="a")
            await _until(lambda: len(runs) == 1)
            await asyncio.sleep(0)
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute("alter table away rename to procrastinate_jobs")
            await _until(lambda: len(runs) == 2 and not database.run(_jobs))

    asyncio.run(go())


def test_a_job_the_queue_believes_in_but_the_worker_does_not_know_is_given_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection broke between taking the job and hearing of it."""
    monkeypatch.setattr(worker, "LOOKS_EVERY", 0.05)
    done: list[str] = []

    async def work(thing: str) -> None:
        done.append(thing)

    def taken(tx: Tx) -> None:
        defer(tx, "thing.do", key="a", thing="a")
        tx.execute(
            text("update procrastinate_jobs set status = 'doing', worker_id = (select max(id) from procrastinate_workers)")
        )

    async def go() -> None:
        async with _working(database, work):
            await database.tx(defer, "thing.do", key="first", thing="first")
            await _until(lambda: done == ["first"] and not database.run(_jobs))
            await database.tx(taken)
            await _until(lambda: done == ["first", "a"] and not database.run(_jobs))

    asyncio.run(go())


def test_a_worker_that_was_thought_dead_and_struck_off_registers_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that slept longer than the others waited."""
    monkeypatch.setattr(worker, "PAUSE", 0.05)
    done: list[str] = []

    async def work(thing: str) -> None:
        done.append(thing)

    async def go() -> None:
        async with _working(database, work):
            await database.tx(defer, "thing.do", key="a", thing="a")
            await _until(lambda: done == ["a"] and not database.run(_jobs))
            await database.tx(lambda tx: tx.execute(text("delete from procrastinate_workers")))
            await database.tx(defer, "thing.do", key="b", thing="b")
            await _until(lambda: done == ["a", "b"] and not database.run(_jobs))

    asyncio.run(go())


def test_a_visit_is_made_when_a_worker_starts_and_then_by_one_worker_each_time(database: Database, clock: FixedClock) -> None:
    visits: list[str] = []

    async def visit() -> None:
        visits.append("visited")
        clock.advance(timedelta(seconds=1))

    async def go() -> None:
        jobs = Jobs(database)
        jobs.add("thing.do", visit)
        jobs.every(0.01, "thing", visit)
        running = [asyncio.create_task(Worker(jobs).run()) for _ in range(2)]
        await _until(lambda: len(visits) >= 4)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    asyncio.run(go())


def test_a_mark_is_moved_by_one_of_those_who_come_at_once(database: Database, clock: FixedClock) -> None:
    def times() -> list[bool]:
        return [database.run(worker._my_turn, "thing", 10.0) for _ in range(3)]

    assert times() == [True, False, False]
    clock.advance(timedelta(seconds=9))
    assert times() == [True, False, False]
