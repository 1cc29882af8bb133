"""Deliveries that only say where the message lies: it is fetched after the answer, by a job, and nothing is lost on the way."""

import asyncio
import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text, update
from starlette.testclient import TestClient

from firstline import problems
from firstline.channels.abilities import NotThere
from firstline.channels.base import Account, Broken, RawRequest
from firstline.channels.happenings import Parsed
from firstline.channels.intake import hooks, letters
from firstline.channels.intake.backlog import Backlog
from firstline.channels.intake.bringing import FAILURES, MISSES, TROUBLE, Bringing, pause_before
from firstline.channels.intake.hooks import Door
from firstline.channels.intake.receiving import Delivery, Receiving
from firstline.channels.intake.replaying import Replaying
from firstline.channels.tables import channel_account, raw_delivery
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Forbidden, Refused, Rejected, Retry
from tests.channels.courier import Courier, connect, delivery, says, sign
from tests.channels.test_backlog import said
from tests.channels.test_hooks import count, post
from tests.world import KEYRING, Shop


class Pointing(Courier):
    """A courier that leaves some of its deliveries in a locker: ``{"items": [], "locker": "7"}``."""

    def __init__(self) -> None:
        super().__init__()
        self.lockers: dict[str, bytes | Exception] = {}
        self.opened: list[str] = []

    def lies_elsewhere(self, request: RawRequest) -> bool:
        return b'"locker"' in request.body

    async def bring(self, account: Account, request: RawRequest) -> bytes:
        name = json.loads(request.body)["locker"]
        self.opened.append(name)
        found = self.lockers.get(name, NotThere(1.0, f"Locker {name} is empty."))
        if isinstance(found, Exception):
            raise found
        return found

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        if request.brought is None:
            return super().parse(account, request)
        return super().parse(account, RawRequest(body=request.brought))


class Round:
    """A courier's account, and the jobs of its deliveries."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.courier = shop, Pointing()
        self.channels = {"courier": self.courier}
        self.account = connect(shop)
        self.bringing = Bringing(shop.database, self.channels, KEYRING)
        self.replaying = Replaying(shop.database, self.channels, KEYRING)
        app = FastAPI(exception_handlers={Refused: problems.refused, Exception: problems.bug})
        app.state.database = shop.database
        self.receiving = Receiving(self.channels, KEYRING)
        app.state.door = Door(shop.database, self.receiving)
        app.state.settings = SimpleNamespace(base_url="https://desk.example")
        app.include_router(hooks.router)
        self.web = TestClient(app, raise_server_exceptions=False)

    def points(self, locker: str) -> RawRequest:
        body = json.dumps({"items": [], "locker": locker}).encode()
        return RawRequest(body=body, headers={"x-signature": sign(body)})

    def arrives(self, locker: str) -> str:
        request = self.points(locker)
        answer = self.web.post(f"/hooks/courier/{self.account.id}", content=request.body, headers=dict(request.headers))
        assert answer.status_code == 200
        return str(self.rows()[-1].id)

    def rows(self) -> list[Any]:
        return list(self.shop.database.run(lambda tx: tx.rows(select(raw_delivery).order_by(raw_delivery.c.id))))

    def asked(self, name: str = "channels.bring") -> int:
        query = text("select count(*) from procrastinate_jobs where task_name = :name and status = 'todo'")
        return int(self.shop.database.run(lambda tx: tx.scalar(query.bindparams(name=name))))

    def works(self, raw_id: str) -> None:
        asyncio.run(self.bringing.bring(raw_id))

    def takes_in(self) -> None:
        parser = self.replaying.intake.parser
        asyncio.run(Backlog(self.shop.database, parser, KEYRING).take_in(self.account.id))

    def letters(self) -> list[letters.Letter]:
        return list(self.shop.database.run(letters.waiting, self.shop.ines))

    def attention(self) -> Any:
        c = channel_account.c
        return self.shop.database.run(lambda tx: tx.scalar(select(c.attention).where(c.id == self.account.id)))


@pytest.fixture
def round_(shop: Shop) -> Round:
    return Round(shop)


def holds(*words: str) -> bytes:
    return delivery(*(says(word, word) for word in words)).body


def test_nothing_is_fetched_before_the_answer(round_: Round) -> None:
    round_.courier.lockers["7"] = holds("hello")
    raw = round_.arrives("7")
    assert (round_.courier.opened, said(round_.shop), round_.asked()) == ([], [], 1)
    round_.works(raw)
    assert (round_.courier.opened, round_.asked("channels.take_in")) == (["7"], 1)
    round_.takes_in()
    assert said(round_.shop) == ["hello"]
    (row,) = round_.rows()
    assert (bytes(row.brought), row.bring_at, row.waits) == (holds("hello"), None, False)
    assert bytes(row.body) == round_.points("7").body, "what the provider sent is kept as it came"


def test_one_that_is_not_there_holds_up_no_other(round_: Round) -> None:
    first = round_.arrives("late")
    round_.works(first)
    assert post(round_.web, round_.account, says("second", "m2")) == 200
    assert said(round_.shop) == ["second"]
    round_.courier.lockers["late"] = holds("first")
    round_.works(first)
    round_.takes_in()
    assert said(round_.shop) == ["second", "first"]


def test_in_a_burst_those_that_point_elsewhere_are_fetched_and_the_others_applied(round_: Round) -> None:
    round_.courier.lockers["7"] = holds("from the locker")
    wanted = [Delivery("courier", round_.account.id, one) for one in (round_.points("7"), delivery(says("by hand", "m1")))]
    answers = round_.shop.database.run(round_.receiving.many, wanted)
    assert [getattr(one, "status", one) for one in answers] == [200, 200]
    (pointing,) = [row.id for row in round_.rows() if row.bring_at is not None]
    round_.takes_in()
    round_.works(pointing)
    round_.takes_in()
    assert said(round_.shop) == ["by", "from"]


@pytest.mark.parametrize(
    ("trouble", "tries"),
    [(NotThere(1.0, "Locker 7 is empty."), MISSES), (Retry(1.0, "The lockers do not answer."), FAILURES)],
)
def test_it_is_tried_with_growing_pauses_and_given_up_with_the_reason(round_: Round, trouble: Retry, tries: int) -> None:
    round_.courier.lockers["7"] = trouble
    raw = round_.arrives("7")
    for failures in range(1, tries):
        round_.works(raw)
        (row,) = round_.rows()
        assert row.bring_at - round_.shop.database.clock.now() == timedelta(seconds=pause_before(failures))
        assert round_.asked() == 1
    assert round_.letters() == []
    round_.works(raw)
    (letter,) = round_.letters()
    assert letter.detail == f"{trouble.reason} It was tried {tries} times."
    round_.works(raw)
    assert len(round_.letters()) == 1, "a job that comes late does nothing"


def test_a_day_of_an_outage_is_waited_for_and_minutes_for_what_is_missing() -> None:
    assert sum(pause_before(n) for n in range(1, MISSES)) == pytest.approx(682)
    assert sum(pause_before(n) for n in range(1, FAILURES)) > 20 * 3600


@pytest.mark.promise("CH7")
def test_what_is_refused_becomes_a_dead_letter_at_once_and_is_fetched_again_when_it_is_replayed(round_: Round) -> None:
    round_.courier.lockers["7"] = Broken("locked", "The key does not fit.", "Enter another key.")
    round_.works(round_.arrives("7"))
    (letter,) = round_.letters()
    assert letter.detail == "The key does not fit. Enter another key."
    assert round_.attention() is not None
    assert (round_.attention()["code"], round_.attention()["cure"]) == (TROUBLE, "Enter another key.")

    round_.courier.lockers["7"] = Rejected("The locker was cleared.")
    assert asyncio.run(round_.replaying.again(letter.id, round_.shop.ines)) == ["The locker was cleared."]
    (again,) = round_.letters()
    assert (again.id, again.attempts, again.detail) == (letter.id, 1, "The locker was cleared.")

    round_.courier.lockers["7"] = holds("hello")
    assert asyncio.run(round_.replaying.again(letter.id, round_.shop.ines)) == []
    assert (said(round_.shop), round_.letters(), round_.attention()) == (["hello"], [], None)


def test_what_was_fetched_is_not_fetched_again_when_it_is_replayed(round_: Round) -> None:
    round_.courier.lockers["7"] = b"{broken"
    round_.works(round_.arrives("7"))
    round_.takes_in()
    (letter,) = round_.letters()
    assert asyncio.run(round_.replaying.again(letter.id, round_.shop.ines)) != []
    assert round_.courier.opened == ["7"]


def test_only_those_who_manage_channels_have_it_fetched_again(round_: Round) -> None:
    round_.courier.lockers["7"] = Rejected("No.")
    round_.works(round_.arrives("7"))
    (letter,) = round_.letters()
    with pytest.raises(Forbidden):
        asyncio.run(round_.replaying.again(letter.id, round_.shop.jonas))
    assert round_.courier.opened == ["7"]


def test_of_an_account_that_was_removed_nothing_is_fetched(round_: Round) -> None:
    raw = round_.arrives("7")
    c = channel_account.c
    removed = update(channel_account).where(c.id == round_.account.id)
    round_.shop.database.run(lambda tx: tx.execute(removed.values(removed_at=tx.now)))
    round_.works(raw)
    assert round_.courier.opened == []
    assert [one.detail for one in round_.letters()] == ["The channel account was removed before this was fetched."]


def test_one_whose_job_was_lost_is_asked_for_again(round_: Round, clock: FixedClock) -> None:
    round_.arrives("7")
    round_.shop.database.run(lambda tx: tx.execute(text("delete from procrastinate_jobs")))
    asyncio.run(round_.bringing.wake_all())
    assert round_.asked() == 0, "not before it is overdue"
    clock.advance(timedelta(minutes=1))
    asyncio.run(round_.bringing.wake_all())
    assert round_.asked() == 1


def test_the_same_delivery_twice_is_one_message(round_: Round) -> None:
    round_.courier.lockers["7"] = holds("hello")
    for raw in (round_.arrives("7"), round_.arrives("7")):
        round_.works(raw)
    round_.takes_in()
    assert (said(round_.shop), count(round_.shop, raw_delivery)) == (["hello"], 2)
