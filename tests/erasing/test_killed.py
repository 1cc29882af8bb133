"""A process is killed in the middle of a step of an erasure, with its transaction open; another one goes on and ends complete."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from firstline.channels.tables import raw_delivery
from firstline.erasing import commands, queries
from firstline.erasing.tables import erasure
from firstline.kit.clock import FixedClock
from tests.erasing.test_erasing import carried_out, known, left, neighbour, whatsapp
from tests.erasing.world import NAME, PHONE, TEXT, Known

__all__ = ["known"]

ERASES = """
import asyncio, sys
from datetime import datetime
from pathlib import Path
from firstline.app import put_together
from firstline.erasing import commands
from firstline.kit.clock import FixedClock
from firstline.settings import Settings

folder, dsn, now, erasure = sys.argv[1:]
parts = put_together(Settings(data=Path(folder), public_url="https://desk.example"), dsn, FixedClock(datetime.fromisoformat(now)))
asyncio.run(parts.jobs.names[commands.JOB](erasure_id=erasure))
"""
"""A worker's process that carries an erasure out."""

MIDDLES = {
    "taking in": ("take_in", ["lock table entry in share row exclusive mode"]),
    "cutting off, after conversations were closed": ("take_in", ["lock table erased_name in access exclusive mode"]),
    "removing, after what hangs on messages": ("remove", ["select id from attachment for update"]),
    "removing copies, before the last": ("copies", ["select * from thread_control for update"]),
    "reading deliveries, before they are dropped": (
        "deliveries",
        ["select id from raw_delivery where position('wamid.hidden' in convert_from(body, 'UTF8')) > 0 for update"],
    ),
    "writing the report": (
        "search",
        ["lock table guideline in access exclusive mode", "lock table event in share row exclusive mode"],
    ),
}
"""Where it is killed: the step, and the locks that hold it up one after the other, the last in the middle of the step."""
PROCESS = "to-be-killed"


def hidden(body: bytes) -> bytes:
    """The same JSON, in which no search for words finds her."""
    for word in (NAME, PHONE, TEXT, "BR.QZ1"):
        body = body.replace(word.encode(), "".join(f"\\u{ord(letter):04x}" for letter in word).encode())
    return body


def is_hidden(known: Known) -> bool:
    bodies = known.run(lambda tx: [bytes(row.body) for row in tx.rows(select(raw_delivery.c.body))])
    return any(b"wamid.hidden" in body for body in bodies)


def until(connection: "psycopg.Connection[tuple[int]]", count: str, wanted: bool, *values: object) -> None:
    """Until there is something to count, or nothing any more."""
    moment = threading.Event()
    for _ in range(6_000):
        row = connection.execute(count, [PROCESS, *values]).fetchone()
        if row is not None and bool(row[0]) is wanted:
            return
        moment.wait(0.01)
    raise AssertionError(f"it did not come to that: {count}")


def killed_at(dsn: str, locks: list[str], command: list[str]) -> None:
    """Start the worker and kill it when the last lock holds it up; wait until the server has rolled its transaction back."""
    held_up = "select count(*) from pg_stat_activity where application_name = %s and %s = any(pg_blocking_pids(pid))"
    with psycopg.connect(dsn, autocommit=True) as watching, ExitStack() as gates:
        gate = gates.enter_context(psycopg.connect(dsn))
        gate.execute(locks[0])
        worker = subprocess.Popen(command, env={**os.environ, "PGAPPNAME": PROCESS})
        try:
            until(watching, held_up, True, gate.info.backend_pid)
            for lock in locks[1:]:
                following = gates.enter_context(psycopg.connect(dsn))
                following.execute(lock)
                gate.rollback()
                gate = following
                until(watching, held_up, True, gate.info.backend_pid)
            worker.send_signal(signal.SIGKILL)
        finally:
            worker.kill()
            worker.wait()
            gate.rollback()
        until(watching, "select count(*) from pg_stat_activity where application_name = %s", False)


@pytest.mark.slow
@pytest.mark.promise("OP2")
@pytest.mark.parametrize("middle", MIDDLES)
def test_a_process_killed_in_the_middle_of_a_step_is_followed_by_one_that_ends_complete(
    known: Known, dsn: str, clock: FixedClock, tmp_path: Path, middle: str
) -> None:
    step, locks = MIDDLES[middle]
    known.delivers("whatsapp", "", whatsapp(TEXT + " again", "wamid.waiting"), waits=True)
    known.delivers("whatsapp", "", hidden(whatsapp(TEXT, "wamid.hidden")))
    assert is_hidden(known)
    other = neighbour(known)
    asked = known.run(commands.erase, known.contact, known.shop.ines)
    killed_at(dsn, locks, [sys.executable, "-c", ERASES, str(tmp_path), dsn, clock.now().isoformat(), asked])
    now = known.run(lambda tx: tx.row(select(erasure.c.step, erasure.c.state)))
    assert (now.step, now.state) == (step, "running")
    plain = step in ("take_in", "remove", "copies")
    assert (left(known) == ["erasure.person: 1"]) is not plain, "until it is done, what is looked for is known"

    known.run(commands.wake)
    carried_out(known, commands.JOB, erasure_id=asked)
    assert left(known) == []
    report = queries.as_document(known.run(queries.report, asked, known.shop.ines))
    assert (report["state"], report["named_elsewhere"]) == ("done", [])
    assert known.run(lambda tx: tx.scalar(select(erasure.c.person))) == {}
    assert known.run(commands.wake) == []
    assert not is_hidden(known)
    assert known.run(queries.preview, other, known.shop.ines).contact_id == other
