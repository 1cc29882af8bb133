"""Accounts that have to be watched: by one process, started again, taken over."""

import asyncio
from datetime import timedelta

import pytest

from firstline.channels import accounts
from firstline.channels.base import Account, Broken, Intake, RawRequest
from firstline.channels.checking import Checks
from firstline.channels.intake import Intake as TheIntake
from firstline.channels.watching import LEASE, Watchers
from firstline.conversations import queries
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Rejected
from tests.channels.courier import Courier, connect, delivery, says
from tests.world import KEYRING, Shop


class Watched(Courier):
    """A courier that has to be asked."""

    def __init__(self, news: RawRequest | None = None, error: Exception | None = None) -> None:
        super().__init__()
        self.news, self.error, self.runs = news, error, 0

    async def run(self, account: Account, intake: Intake) -> None:
        self.runs += 1
        if self.news is not None:
            await intake.take(account, self.news)
        if self.error is not None:
            raise self.error
        await asyncio.Event().wait()


@pytest.fixture
def account(shop: Shop) -> Account:
    return connect(shop)


def _watchers(shop: Shop, channel: Watched) -> Watchers:
    channels = {"courier": channel}
    return Watchers(shop.database, channels, KEYRING, TheIntake(shop.database, channels))


async def _until(condition: object) -> None:
    for _ in range(500):
        if condition():  # type: ignore[operator]
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen within five seconds")


def test_one_process_watches_an_account_and_another_takes_over_when_it_is_gone(
    shop: Shop, account: Account, clock: FixedClock
) -> None:
    first, second = Watched(delivery(says("Hello", "m1"))), Watched(delivery(says("Hello", "m1"), says("Again", "m2")))

    async def story() -> None:
        one, two = _watchers(shop, first), _watchers(shop, second)
        await one.look()
        await two.look()
        await _until(lambda: len(shop.database.run(queries.lines, shop.ines)) == 1)
        assert (first.runs, second.runs) == (1, 0)
        clock.advance(timedelta(seconds=LEASE + 1))
        await two.look()
        await one.look()
        await _until(lambda: second.runs == 1)
        talk = shop.database.run(queries.lines, shop.ines)[0].conversation.id
        await _until(lambda: len(shop.database.run(queries.said, talk)) == 2)
        assert one._running == {}

    asyncio.run(story())


@pytest.mark.promise("CH7")
def test_a_watcher_that_is_refused_makes_its_account_need_attention(shop: Shop, account: Account) -> None:
    channel = Watched(error=Broken("login", "The server refused the login.", "Enter the password again."))

    async def story() -> None:
        watchers = _watchers(shop, channel)
        await watchers.look()
        await _until(lambda: channel.runs == 1)
        await asyncio.sleep(0)
        await watchers.look()
        await watchers.look()

    asyncio.run(story())
    trouble = shop.database.run(accounts.which, account.id).attention
    assert trouble is not None
    assert trouble["cure"] == "Enter the password again."
    assert channel.runs == 1, "it waits before it is started again"


@pytest.mark.promise("CH7")
def test_a_broken_account_recovers_by_itself_when_a_check_succeeds(shop: Shop, account: Account, clock: FixedClock) -> None:
    class Refusing(Courier):
        works = False

        async def check(self, account: Account) -> str:
            if not self.works:
                raise Rejected("The number does not exist.")
            return "Connected."

    channel = Refusing()
    checks = Checks(shop.database, {"courier": channel, "live_chat": channel}, KEYRING)
    assert asyncio.run(checks.check(account)) == (False, "The number does not exist.")
    assert shop.database.run(accounts.which, account.id).attention is not None
    channel.works = True
    asyncio.run(checks.due())
    clock.advance(timedelta(minutes=6))
    asyncio.run(checks.due())
    assert shop.database.run(accounts.which, account.id).attention is None
