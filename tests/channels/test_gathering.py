"""In a burst deliveries are stored together, and each is answered for itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from firstline.channels.base import Account, Forged, Response
from firstline.channels.intake.backlog import Backlog
from firstline.channels.intake.gathering import MOST, Gathering
from firstline.channels.intake.hooks import Door
from firstline.channels.intake.receiving import Delivery, Queued, Receiving
from firstline.channels.intake.rules import TOGETHER
from firstline.channels.intake.taking import Intake
from firstline.channels.tables import raw_delivery
from firstline.conversations.tables import entry
from firstline.kit.errors import NotFound
from tests.channels.courier import Courier, connect, delivery, says
from tests.world import KEYRING, Shop

pytestmark = pytest.mark.promise("CH7")


@pytest.fixture
def courier(shop: Shop) -> Account:
    return connect(shop)


@pytest.fixture
def door(shop: Shop) -> Door:
    """A process that applies as many as it may already: what comes now is gathered."""
    made = Door(shop.database, Receiving({"courier": Courier()}, KEYRING))
    made.applying = TOGETHER
    return made


def posted(shop: Shop, account: Account, number: int) -> Delivery:
    at = shop.database.clock.now() + timedelta(milliseconds=number)
    return Delivery("courier", account.id, replace(delivery(says(f"Message {number}", f"m{number}")), at=at))


def forged(shop: Shop, account: Account) -> Delivery:
    one = posted(shop, account, 999)
    return replace(one, request=replace(one.request, headers={"x-signature": "0" * 64}))


def take_all(door: Door, deliveries: Sequence[Delivery]) -> list[Any]:
    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(door.take(one) for one in deliveries), return_exceptions=True)

    return asyncio.run(all_at_once())


def stored(shop: Shop) -> int:
    return int(shop.database.run(lambda tx: tx.scalar(select(func.count()).select_from(raw_delivery))) or 0)


def test_a_burst_goes_in_with_few_transactions_and_is_applied_in_the_order_in_which_it_came(
    shop: Shop, courier: Account, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    together = door.gathering.together

    async def counted(deliveries: Sequence[Delivery]) -> list[Response | Exception]:
        sizes.append(len(deliveries))
        return await together(deliveries)

    monkeypatch.setattr(door.gathering, "together", counted)
    answers = take_all(door, [posted(shop, courier, number) for number in range(120)])
    assert [one.status for one in answers] == [200] * 120
    assert sum(sizes) == stored(shop) == 120
    assert max(sizes) == MOST
    assert len(sizes) <= 4
    intake = Intake(shop.database, {"courier": Courier()})
    asyncio.run(Backlog(shop.database, intake.parser, KEYRING).take_in(courier.id))
    said = shop.database.run(lambda tx: tx.rows(select(entry.c.text).where(entry.c.direction == "in").order_by(entry.c.seq)))
    assert [row.text for row in said] == [f"Message {number}" for number in range(120)]


def test_a_forged_one_and_one_for_nobody_are_refused_and_the_others_are_kept(shop: Shop, courier: Account, door: Door) -> None:
    nobody = replace(posted(shop, courier, 2), account_id="cha_none")
    answers = take_all(door, [posted(shop, courier, 0), forged(shop, courier), posted(shop, courier, 1), nobody])
    assert isinstance(answers[1], Forged)
    assert isinstance(answers[3], NotFound)
    assert (answers[0].status, answers[2].status) == (200, 200)
    assert stored(shop) == 2


def test_the_first_of_a_burst_asks_for_the_job_and_later_ones_know_it(shop: Shop, courier: Account, door: Door) -> None:
    first, second = (take_all(door, [posted(shop, courier, number)])[0] for number in range(2))
    assert not isinstance(first, Queued)
    assert isinstance(second, Queued)


def test_if_they_cannot_be_stored_together_each_is_stored_alone(
    shop: Shop, courier: Account, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(deliveries: Sequence[Delivery]) -> list[Response | Exception]:
        raise RuntimeError("one of them is bad")

    monkeypatch.setattr(door.gathering, "together", fails)
    answers = take_all(door, [posted(shop, courier, 0), forged(shop, courier), posted(shop, courier, 1)])
    assert [getattr(one, "status", 401) for one in answers] == [200, 401, 200]
    assert stored(shop) == 2


def test_a_provider_who_hangs_up_spoils_nothing_for_the_others(shop: Shop, courier: Account, door: Door) -> None:
    async def hang_up() -> Response:
        leaving = asyncio.ensure_future(door.take(posted(shop, courier, 0)))
        staying = asyncio.ensure_future(door.take(posted(shop, courier, 1)))
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert asyncio.run(hang_up()).status == 200
    assert stored(shop) == 2


def test_who_comes_while_others_are_stored_goes_in_with_the_next() -> None:
    sizes: list[int] = []

    async def burst() -> None:
        gate, entered = asyncio.Event(), asyncio.Event()

        async def together(deliveries: Sequence[Delivery]) -> list[Response | Exception]:
            sizes.append(len(deliveries))
            entered.set()
            await gate.wait()
            return [Response() for _ in deliveries]

        async def never(one: Delivery) -> Response:
            raise AssertionError("nothing failed")

        gathering = Gathering(never, together)
        one = Delivery("courier", "cha_1", delivery(says("Hi", "m")))
        first = asyncio.ensure_future(gathering.put(one))
        await entered.wait()
        later = [asyncio.ensure_future(gathering.put(one)) for _ in range(9)]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(first, *later)

    asyncio.run(burst())
    assert sizes == [1, 9]
