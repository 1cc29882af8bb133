"""Jobs: deferred with the change, coalesced, repeated, rescued."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import text

from firstline.kit.database import Database, Tx
from firstline.kit.errors import Retry
from firstline.kit.jobs import GaveUp, Jobs, defer, pause_before, rescue


def _jobs(tx: Tx) -> list[tuple[str, str]]:
    rows = tx.rows(text("select task_name, status::text from procrastinate_jobs order by id"))
    return [(row.task_name, row.status) for row in rows]


async def _until(done: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not done():  # noqa: ASYNC110 watched from outside
            await asyncio.sleep(0.01)


def test_a_job_is_there_exactly_when_the_change_is(database: Database) -> None:
    def change(tx: Tx, fail: bool) -> None:
        defer(tx, "thing.do", key="a", thing="a")
        if fail:
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        database.run(change, True)
    assert database.run(_jobs) == []
    database.run(change, False)
    assert database.run(_jobs) == [("thing.do", "todo")]


def test_the_same_job_waits_only_once_and_the_transaction_goes_on(database: Database) -> None:
    def twice(tx: Tx) -> tuple[bool, bool, int]:
        first = defer(tx, "thing.do", key="a", thing="a")
        second = defer(tx, "thing.do", key="a", thing="a")
        return first, second, tx.scalar(text("select 1"))

    assert database.run(twice) == (True, False, 1)
    assert database.run(_jobs) == [("thing.do", "todo")]


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
        jobs = Jobs(database)
        jobs.add("thing.do", work)
        worker = asyncio.create_task(jobs.work())
        for key in "abc" * 3:
            await database.tx(defer, "thing.do", key=key, thing=key)
        await _until(lambda: set(done) == {"a", "b", "c"} and not database.run(_jobs))
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)

    asyncio.run(go())
    assert not overlap


def test_a_job_that_raises_is_deferred_again_and_given_up_in_the_end(database: Database) -> None:
    async def fail(thing: str) -> None:
        raise ValueError(thing)

    async def later(thing: str) -> None:
        raise Retry(30, "busy")

    async def go() -> None:
        jobs = Jobs(database)
        jobs.add("thing.do", fail)
        jobs.add("thing.later", later)
        await jobs.run("thing.do", "a", thing="a")
        await jobs.run("thing.later", "a", thing="a")
        with pytest.raises(GaveUp):
            await jobs.run("thing.do", "a", attempt=7, thing="a")

    asyncio.run(go())
    assert database.run(_jobs) == [("thing.do", "todo"), ("thing.later", "todo")]


def test_pauses_grow_and_end_at_ten_minutes() -> None:
    pauses = [pause_before(attempt) for attempt in range(1, 9)]
    assert pauses == sorted(pauses)
    assert pauses[0] == 0.5
    assert max(pauses) <= 600


def _orphan(tx: Tx, key: str) -> None:
    """A job as a dead worker leaves it."""
    defer(tx, "thing.do", key=key, thing=key)
    tx.execute(text("insert into procrastinate_workers(last_heartbeat) values (now() - interval '3 seconds')"))
    tx.execute(
        text(
            "update procrastinate_jobs set status = 'doing', worker_id = (select max(id) from procrastinate_workers)"
            " where status = 'todo'"
        )
    )


def test_the_job_of_a_dead_worker_is_given_back(database: Database) -> None:
    database.run(_orphan, "a")
    assert database.run(rescue) == 1
    assert database.run(_jobs) == [("thing.do", "todo")]


def test_the_job_of_a_dead_worker_is_finished_when_the_same_one_waits(database: Database) -> None:
    database.run(_orphan, "a")
    database.run(defer, "thing.do", key="a", thing="a")
    assert database.run(rescue) == 1
    assert database.run(_jobs) == [("thing.do", "todo")]


def test_the_job_of_a_pruned_worker_is_given_back(database: Database) -> None:
    database.run(_orphan, "a")
    database.run(lambda tx: tx.execute(text("delete from procrastinate_workers")))
    assert database.run(rescue) == 1


def test_the_job_of_a_living_worker_is_left_alone(database: Database, dsn: str) -> None:
    import psycopg

    database.run(_orphan, "a")
    with psycopg.connect(dsn) as alive:
        alive.execute("select pg_advisory_lock(26217, max(id)::int) from procrastinate_workers")
        assert database.run(rescue) == 0
    assert database.run(rescue) == 1
