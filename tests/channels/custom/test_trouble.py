"""A webhook that fails again and again: people are told cause and cure, and what waited goes out once it works."""

import asyncio
import socket
from datetime import timedelta
from typing import Any

import pytest

from firstline.channels import accounts
from firstline.channels.checking import Checks
from firstline.channels.custom import commands
from firstline.channels.resuming import SPREAD, Resuming
from firstline.kit.clock import FixedClock
from firstline.wiring import FOLLOWS, resume
from tests.channels.custom.receiver import Receiver
from tests.channels.custom.test_publishing import Office
from tests.world import KEYRING, Shop

pytestmark = pytest.mark.promise("CH7", "CC1")
HOUR = timedelta(hours=1)


def attention(office: Office) -> Any:
    return office.database.run(accounts.which, office.account, KEYRING).attention


def fails(office: Office, clock: FixedClock, talk: str, times: int = 3) -> None:
    for _ in range(times):
        office.deliver(talk)
        clock.advance(HOUR)


def test_a_webhook_that_nobody_reaches_needs_attention_and_what_waits_goes_out_once_it_is_mended(
    shop: Shop, clock: FixedClock
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        closed = f"http://127.0.0.1:{found.getsockname()[1]}/"
    office = Office(shop, url=closed)
    talk = office.talk()
    office.reply(talk, "We open at nine.")
    fails(office, clock, talk, 2)
    assert attention(office) is None, "twice may be a restart"
    office.deliver(talk)
    trouble = attention(office)
    assert (trouble["code"], "cannot be reached" in trouble["cause"]) == ("webhook", True)
    assert "address and its certificate" in trouble["cure"]
    receiver = Receiver()
    changed = {"name": None, "capabilities": None, "webhook_url": receiver.url, "by": shop.ines}
    shop.database.run(lambda tx: commands.change(tx, KEYRING, office.channel, **changed))  # type: ignore[arg-type]
    account = shop.database.run(accounts.which, office.account, KEYRING)
    works, _said = asyncio.run(Checks(shop.database, office.channels, KEYRING).check(account))
    assert works
    assert attention(office) is None
    assert resume in FOLLOWS["channel_account.recovered"]
    office.deliver(talk)
    assert len(receiver.got) == 1, "the test alone: the message has its time"
    asyncio.run(Resuming(shop.database).resume(office.account))
    clock.advance(SPREAD)
    office.deliver(talk)
    assert office.state(talk) == [("sent", None)]
    receiver.close()


def test_a_webhook_that_fails_at_messages_only_is_noted_until_one_goes_through(shop: Shop, clock: FixedClock) -> None:
    receiver = Receiver(503, 503, 503, 429, 200)
    office = Office(shop, url=receiver.url)
    talk = office.talk()
    office.reply(talk, "We open at nine.")
    fails(office, clock, talk)
    noted = attention(office)
    assert (noted["code"], noted["broken"], noted["cause"]) == ("webhook_fails", False, "The webhook answered 503.")
    assert "look into its log" in noted["cure"]
    fails(office, clock, talk)
    assert office.state(talk) == [("sent", None)]
    assert attention(office) is None
    receiver.close()
