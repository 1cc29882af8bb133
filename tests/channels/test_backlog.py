"""Deliveries that are kept first and applied by a job."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import OperationalError

from firstline.channels.base import Account, RawRequest
from firstline.channels.intake import applying, backlog
from firstline.channels.intake.backlog import GIVE_UP, Backlog, keep_for_later
from firstline.channels.intake.rules import SMALL, TOGETHER, when
from firstline.channels.intake.taking import Intake
from firstline.channels.tables import channel_account, dead_letter, raw_delivery
from firstline.conversations.tables import entry
from firstline.kit.database import Tx
from firstline.kit.errors import Retry
from tests.channels.courier import Courier, connect, delivery, says
from tests.channels.test_hooks import count, post, web
from tests.conftest import NOW
from tests.world import KEYRING, Shop

__all__ = ["web"]
LONG = "x" * 300


@pytest.fixture
def courier(shop: Shop) -> Account:
    return connect(shop)


def worker(shop: Shop) -> Backlog:
    return Backlog(shop.database, Intake(shop.database, {"courier": Courier()}).parser, KEYRING)


def many(number: int) -> list[dict[str, Any]]:
    return [says(f"{n} {LONG}", f"m{n}") for n in range(number)]


def kept(shop: Shop, account: Account, *items: dict[str, Any]) -> str:
    return shop.database.run(keep_for_later, account, [delivery(*items)])[0]


def said(shop: Shop) -> list[str]:
    query = select(entry.c.text).where(entry.c.direction == "in").order_by(entry.c.seq)
    return [row.text.split()[0] for row in shop.database.run(lambda tx: tx.rows(query))]


def jobs(shop: Shop) -> int:
    asked = text("select count(*) from procrastinate_jobs where task_name = 'channels.take_in' and status = 'todo'")
    return int(shop.database.run(lambda tx: tx.scalar(asked)))


@pytest.mark.parametrize(
    ("size", "busy", "waiting", "at_once"),
    [
        (SMALL, 0, False, True),
        (SMALL + 1, 0, False, False),
        (1, TOGETHER - 1, False, True),
        (1, TOGETHER, False, False),
        (1, 0, True, False),
    ],
)
def test_small_deliveries_of_a_quiet_account_are_applied_at_once(size: int, busy: int, waiting: bool, at_once: bool) -> None:
    decided = when(size, busy, waiting)
    assert decided.at_once is at_once
    assert decided.reason


def test_a_large_delivery_is_kept_answered_and_applied_by_its_job(shop: Shop, courier: Account, web: Any) -> None:
    assert post(web, courier, *many(60)) == 200
    assert (count(shop, raw_delivery), count(shop, entry), jobs(shop)) == (1, 0, 1)
    asyncio.run(worker(shop).take_in(courier.id))
    assert said(shop) == [str(n) for n in range(60)]


def test_what_comes_after_a_waiting_delivery_is_applied_after_it(shop: Shop, courier: Account, web: Any) -> None:
    post(web, courier, *many(40))
    assert post(web, courier, says("last", "after")) == 200
    assert said(shop) == []
    asyncio.run(worker(shop).take_in(courier.id))
    assert said(shop)[-1] == "last"
    post(web, courier, says("quiet", "later"))
    assert said(shop)[-1] == "quiet", "nothing waits any more, so this one is applied at once"


def test_a_delivery_that_is_kept_twice_is_applied_once(shop: Shop, courier: Account) -> None:
    kept(shop, courier, *many(5))
    kept(shop, courier, *many(5))
    asyncio.run(worker(shop).take_in(courier.id))
    assert said(shop) == ["0", "1", "2", "3", "4"]


def test_bad_parts_become_dead_letters_and_the_rest_is_applied(shop: Shop, courier: Account) -> None:
    kept(shop, courier, *many(30), {"type": "nonsense"}, says("", ""), {"type": "message"}, says("good", "good"))
    shop.database.run(keep_for_later, courier, [RawRequest(body=b"{broken")])
    asyncio.run(worker(shop).take_in(courier.id))
    assert said(shop)[-1] == "good"
    letters = shop.database.run(lambda tx: tx.rows(select(dead_letter.c.raw_delivery_id, dead_letter.c.position)))
    assert len(letters) >= 3
    assert len({tuple(one) for one in letters}) == len(letters)
    assert not shop.database.run(backlog.any_waits, courier.id)


def refusing(monkeypatch: pytest.MonkeyPatch, id_: str, times: int) -> None:
    """The database refuses one message so many times."""
    real: Callable[..., None] = applying.apply
    left = [times]

    def apply(tx: Tx, account: Account, happening: Any) -> None:
        if getattr(happening, "provider_id", None) == id_ and left[0]:
            left[0] -= 1
            raise OperationalError("insert", {}, Exception("deadlock detected"))
        real(tx, account, happening)

    monkeypatch.setattr(applying, "apply", apply)


def until_done(shop: Shop, account: Account) -> int:
    """Run the job as its repetitions would; how often it asked for one."""
    for again in range(20):
        try:
            asyncio.run(worker(shop).take_in(account.id))
        except Retry:
            continue
        return again
    raise AssertionError("it never came to an end")


def test_what_the_database_refuses_for_a_moment_is_tried_again(
    shop: Shop, courier: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, "m2", 3)
    kept(shop, courier, *many(4))
    assert until_done(shop, courier) == 2, "once with the others, then alone: each refusal of that is followed by a pause"
    assert (said(shop), count(shop, dead_letter)) == (["0", "1", "2", "3"], 0)


def test_what_the_database_refuses_for_ever_becomes_a_dead_letter(
    shop: Shop, courier: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, "m2", 10_000)
    kept(shop, courier, *many(4))
    assert until_done(shop, courier) <= GIVE_UP
    assert (said(shop), count(shop, dead_letter)) == (["0", "1", "3"], 1)


def burst(shop: Shop, account: Account, *requests: RawRequest) -> None:
    """Deliveries that came one right after the other."""
    came = [replace(one, at=NOW + timedelta(microseconds=n)) for n, one in enumerate(requests)]
    shop.database.run(keep_for_later, account, came)


def singles(number: int) -> list[RawRequest]:
    return [delivery(one) for one in many(number)]


@contextlib.contextmanager
def statements(shop: Shop) -> Iterator[list[str]]:
    """What is asked of the database while the block lasts."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(statement.partition(" ")[0])

    event.listen(shop.database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(shop.database.engine, "before_cursor_execute", note)


def test_a_burst_of_small_deliveries_is_applied_in_order_many_in_one_transaction(shop: Shop, courier: Account) -> None:
    burst(shop, courier, *singles(60))
    with statements(shop) as asked:
        asyncio.run(worker(shop).take_in(courier.id))
    assert said(shop) == [str(n) for n in range(60)]
    assert asked.count("SAVEPOINT") == 3, "25, 25 and 10"
    assert len(asked) < 60 * 14
    assert not shop.database.run(backlog.any_waits, courier.id)


def test_large_deliveries_are_read_one_at_a_time(shop: Shop, courier: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "TOGETHER", 1_000)
    burst(shop, courier, *singles(3), delivery(says("y" * 5_000, "long")), delivery(says("last", "last")))
    asyncio.run(worker(shop).take_in(courier.id))
    assert [one[:5] for one in said(shop)] == ["0", "1", "2", "yyyyy", "last"]


def test_a_bad_delivery_of_a_burst_becomes_a_dead_letter_and_the_others_are_applied(shop: Shop, courier: Account) -> None:
    good = singles(6)
    bad = [delivery(says("", "empty")), RawRequest(body=b"{broken"), delivery({"type": "nonsense"})]
    burst(shop, courier, *good[:3], *bad, *good[3:])
    asyncio.run(worker(shop).take_in(courier.id))
    assert said(shop) == ["0", "1", "2", "3", "4", "5"]
    letters = shop.database.run(lambda tx: tx.rows(select(dead_letter.c.raw_delivery_id).distinct()))
    assert len(letters) == count(shop, dead_letter) == 3


def test_a_burst_in_which_the_database_refuses_one_for_ever_loses_only_that_one(
    shop: Shop, courier: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, "m20", 10_000)
    burst(shop, courier, *singles(40))
    assert until_done(shop, courier) < GIVE_UP
    assert (said(shop), count(shop, dead_letter)) == ([str(n) for n in range(40) if n != 20], 1)


def test_what_another_process_applied_meanwhile_is_not_applied_again(
    shop: Shop, courier: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    burst(shop, courier, *singles(4))
    real, busy = backlog._some, [False]

    def late(tx: Tx, *given: Any) -> Any:
        if not busy[0]:
            busy[0] = True
            asyncio.run(worker(shop).take_in(courier.id))
        return real(tx, *given)

    monkeypatch.setattr(backlog, "_some", late)
    asyncio.run(worker(shop).take_in(courier.id))
    assert said(shop) == ["0", "1", "2", "3"]


def test_deliveries_of_a_removed_account_become_dead_letters(shop: Shop, courier: Account) -> None:
    kept(shop, courier, *many(2))
    gone = update(channel_account).where(channel_account.c.id == courier.id).values(removed_at=func.now())
    shop.database.run(lambda tx: tx.execute(gone))
    asyncio.run(worker(shop).take_in(courier.id))
    assert (said(shop), count(shop, dead_letter)) == ([], 1)


def test_a_delivery_whose_job_was_given_up_gets_another_one(shop: Shop, courier: Account) -> None:
    kept(shop, courier, *many(2))
    shop.database.run(lambda tx: tx.execute(text("delete from procrastinate_jobs")))
    asyncio.run(worker(shop).wake_all())
    assert jobs(shop) == 0, "it came this very moment"
    shop.database.run(lambda tx: tx.execute(update(raw_delivery).values(at=raw_delivery.c.at - text("interval '1 minute'"))))
    asyncio.run(worker(shop).wake_all())
    assert jobs(shop) == 1


DYING = """
import asyncio, os, signal, sys
from firstline.channels.intake import applying
from firstline.channels.intake.backlog import Backlog
from firstline.kit.database import Database
from tests.channels.courier import Courier
from tests.world import KEYRING
real, seen = applying.apply, []
def apply(tx, account, happening):
    real(tx, account, happening)
    seen.append(happening)
    if len(seen) == 35:
        os.kill(os.getpid(), signal.SIGKILL)
applying.apply = apply
asyncio.run(Backlog(Database(sys.argv[1], threads=1), lambda account: Courier().parse, KEYRING).take_in(sys.argv[2]))
"""


@pytest.mark.slow
def test_a_process_killed_in_the_middle_of_a_burst_loses_nothing_and_repeats_nothing(shop: Shop, courier: Account) -> None:
    burst(shop, courier, *singles(60))
    died = subprocess.run([sys.executable, "-c", DYING, shop.database.dsn, courier.id], timeout=120, check=False)
    assert died.returncode == -signal.SIGKILL
    assert said(shop) == [str(n) for n in range(25)], "what was committed stays"
    asyncio.run(worker(shop).take_in(courier.id))
    assert said(shop) == [str(n) for n in range(60)]


@pytest.mark.slow
def test_a_process_killed_in_the_middle_of_a_delivery_loses_nothing_and_repeats_nothing(shop: Shop, courier: Account) -> None:
    kept(shop, courier, *many(60))
    died = subprocess.run([sys.executable, "-c", DYING, shop.database.dsn, courier.id], timeout=120, check=False)
    assert died.returncode == -signal.SIGKILL
    assert said(shop) == [str(n) for n in range(25)], "what was committed stays"
    asyncio.run(worker(shop).take_in(courier.id))
    assert said(shop) == [str(n) for n in range(60)]
