"""Jobs: deferred with the change, coalesced, repeated, rescued."""

import asyncio
from datetime import datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from firstline.kit.database import Database, Tx
from firstline.kit.errors import Retry
from firstline.kit.jobs import GaveUp, Jobs, defer, pause_before
from firstline.kit.rescue import LIFE, rescue
from tests.conftest import NOW


def _jobs(tx: Tx) -> list[tuple[str, str]]:
    rows = tx.rows(text("select task_name, status::text from procrastinate_jobs order by id"))
    return [(row.task_name, row.status) for row in rows]


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


def test_a_job_asked_for_again_comes_at_the_earlier_time(database: Database) -> None:
    def due(tx: Tx) -> datetime | None:
        found: datetime | None = tx.scalar(text("select scheduled_at from procrastinate_jobs"))
        return found

    for minutes, then in ((5, 5), (9, 5), (2, 2)):
        database.run(defer, "thing.do", key="a", at=NOW + timedelta(minutes=minutes), thing="a")
        assert database.run(due) == NOW + timedelta(minutes=then)
    database.run(defer, "thing.do", key="a", thing="a")
    assert database.run(due) is None
    database.run(defer, "thing.do", key="a", at=NOW, thing="a")
    assert database.run(due) is None


def test_no_worker_takes_a_waiting_job_before_what_it_was_asked_for_again_can_be_seen(database: Database) -> None:
    """Else it would look too early, find nothing, and nobody would come again."""
    database.run(defer, "thing.do", key="a", thing="a")

    def again(tx: Tx) -> list[int | None]:
        assert not defer(tx, "thing.do", key="a", thing="a")
        return [database.run(_fetched), tx.scalar(text("select 1"))]

    assert database.run(again) == [None, 1]
    assert database.run(_fetched) is not None


def test_a_job_that_was_just_taken_is_asked_for_anew(database: Database) -> None:
    database.run(defer, "thing.do", key="a", thing="a")
    assert database.run(_fetched) is not None
    assert database.run(defer, "thing.do", key="a", thing="a")
    assert database.run(_jobs) == [("thing.do", "doing"), ("thing.do", "todo")]
    assert database.run(_fetched) is None


def _fetched(tx: Tx) -> int | None:
    """The job that a worker gets now."""
    worker = tx.scalar(text("select worker_id from procrastinate_register_worker_v1()"))
    found: int | None = tx.scalar(text("select id from procrastinate_fetch_job_v2(null, :worker)").bindparams(worker=worker))
    return found


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
    database.run(_orphan, "a")
    with psycopg.connect(dsn) as alive:
        alive.execute("select pg_advisory_lock(%s, max(id)::int) from procrastinate_workers", (LIFE,))
        assert database.run(rescue) == 0
        alive.execute("select pg_advisory_unlock_all()")
        assert database.run(rescue) == 1
