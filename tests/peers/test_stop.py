"""A worker that stands still, as on a machine that sleeps, while another one takes over: its late word does not count."""

import functools
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from firstline.conversations import queries
from firstline.invariants import violations
from firstline.kit.database import STALLED, Database, Tx
from firstline.wiring import FOLLOWS
from tests.peers.company import open_for_business
from tests.peers.nursery import Fate, Nursery
from tests.world import Shop

PATIENCE = 60.0
Birth = Callable[..., int]
"""A new worker with its fate, if it has one; the number of its process."""


@pytest.fixture
def birth(shop: Shop, dsn: str, tmp_path: Path, nursery: Nursery) -> Birth:
    """Workers for the shop come from here."""
    open_for_business(shop, tmp_path)
    return functools.partial(nursery.birth, dsn, tmp_path)


@pytest.fixture
def lively(shop: Shop, dsn: str) -> Iterator[Shop]:
    """The shop with its real clock, and with what follows when somebody writes."""
    database = Database(dsn, followers=FOLLOWS, threads=2)
    yield Shop(**{**shop.__dict__, "database": database})
    database.close()


def _until(done: Callable[[], Any]) -> None:
    ends = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.01)


def _stands_still(process: int) -> bool:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def _sleeps_for_long(tx: Tx) -> None:
    """All workers were last heard of 40 seconds ago, and the server has ended what they left open."""
    tx.execute(text("update procrastinate_workers set last_heartbeat = now() - interval '40 seconds'"))
    tx.execute(
        text(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
            " and state = 'idle in transaction' and pid <> pg_backend_pid()"
        )
    )


def _idle(tx: Tx) -> bool:
    return not tx.scalar(text("select count(*) from procrastinate_jobs"))


def _answers(shop: Shop, conversation_id: str) -> list[str]:
    return [one.text for one in shop.database.run(queries.said, conversation_id) if one.direction == "out"]


@pytest.mark.slow
@pytest.mark.promise("AN5", "HO9")
@pytest.mark.parametrize(
    "fate",
    [
        Fate(signal.SIGSTOP, name="_say", moment="before"),
        Fate(signal.SIGSTOP, name="_say", moment="inside"),
        Fate(signal.SIGSTOP, name="_say", moment="after"),
        Fate(signal.SIGSTOP, name="begin", moment="after"),
    ],
    ids=["before it speaks", "while it speaks", "after it spoke", "before it thinks"],
)
def test_a_worker_that_slept_does_not_say_again_what_another_said_meanwhile(lively: Shop, birth: Birth, fate: Fate) -> None:
    sleeper = birth(fate)
    asked = lively.hears("How many days do I have to give a bike back?").conversation_id
    _until(lambda: _stands_still(sleeper))
    lively.database.run(_sleeps_for_long)
    other = birth()
    _until(lambda: _answers(lively, asked) and lively.database.run(_idle))
    os.kill(sleeper, signal.SIGCONT)
    os.kill(other, signal.SIGKILL)
    # The sleeper woke up and is the only one left: it works again, and answers the next question alone.
    lively.hears("How much does a bike service cost?")
    _until(lambda: len(_answers(lively, asked)) > 1 and lively.database.run(_idle))
    first, second = _answers(lively, asked)
    assert "30 days" in first
    assert "79" in second
    assert lively.database.run(violations) == []


def test_the_server_ends_a_transaction_in_which_nothing_happens(database: Database) -> None:
    allowed = database.run(
        lambda tx: tx.scalar(
            text("select extract(epoch from current_setting(:name)::interval)").bindparams(
                name="idle_in_transaction_session_timeout"
            )
        )
    )
    assert allowed == STALLED
