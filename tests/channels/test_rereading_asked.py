"""When a reading is asked for: by a look, by a check that had to mend something, by a recovery, by a person."""

import asyncio

import pytest
from sqlalchemy import select, text

from firstline.channels import accounts, attention
from firstline.channels.base import Account
from firstline.channels.checking import Checks
from firstline.channels.rereading import commands
from firstline.channels.rereading.jobs import Rereader
from firstline.channels.rereading.queries import reading_of
from firstline.channels.rereading.seeking import Seeker
from firstline.kit.errors import Conflict, Forbidden
from firstline.kit.events import event
from firstline.simulators.meta.world import Fault
from firstline.wiring import FOLLOWS
from tests.channels.meta import ANA, Meta
from tests.channels.test_rereading import jobs, page, sentence
from tests.world import KEYRING

__all__ = ["page"]


def looks(meta: Meta) -> None:
    asyncio.run(Rereader(meta.shop.database, meta.channels, KEYRING).look())


@pytest.mark.promise("CH4", "CH7")
def test_a_look_asks_once_a_day_and_after_an_absence_of_our_own(meta: Meta, page: Account) -> None:
    looks(meta)
    assert jobs(meta, "channels.reread") == 1
    meta.shop.database.run(lambda tx: tx.execute(text("delete from procrastinate_jobs")))
    meta.rereads(page)
    for _ in range(3):
        meta.passes(minutes=5)
        looks(meta)
    assert jobs(meta, "channels.reread") == 0
    meta.passes(minutes=45)
    looks(meta)
    assert jobs(meta, "channels.reread") == 1
    meta.rereads(page)
    known = meta.shop.database.run(reading_of, page.id)
    assert known is not None
    assert known.why == "Firstline was not running for a while."


@pytest.mark.promise("CH7")
def test_an_unusual_silence_is_looked_into(meta: Meta, page: Account) -> None:
    for number in range(25):
        meta.hears(page, f"Word {number}", f"m_{number}")
        meta.passes(minutes=10)
    looks(meta)
    meta.rereads(page)
    meta.shop.database.run(lambda tx: tx.execute(text("delete from procrastinate_jobs")))
    for _ in range(16):
        meta.passes(minutes=5)
        looks(meta)
    assert jobs(meta, "channels.reread") == 1
    meta.rereads(page)
    known = meta.shop.database.run(reading_of, page.id)
    assert known is not None
    assert known.why.startswith("Nothing was delivered for longer")


@pytest.mark.promise("CH7")
def test_a_check_that_had_to_mend_the_subscription_and_a_recovery_ask_for_a_reading(meta: Meta, page: Account) -> None:
    checks = Checks(meta.shop.database, meta.channels, KEYRING)
    fresh = meta.shop.database.run(accounts.which, page.id, KEYRING)
    asyncio.run(checks.check(fresh))
    assert jobs(meta, "channels.reread") == 0
    meta.world.failing.ended.add("messenger")
    works, words = asyncio.run(checks.check(fresh))
    assert (works, jobs(meta, "channels.reread")) == (True, 1)
    assert "it was subscribed" in words
    (note,) = meta.shop.database.run(attention.notes, page.id)
    assert note.code == commands.MENDED
    reread = [one.__name__ for one in FOLLOWS["channel_account.recovered"]]
    assert "reread" in reread


@pytest.mark.promise("CH7")
def test_a_person_asks_for_a_reading_once_and_only_with_the_permission(meta: Meta, page: Account) -> None:
    with pytest.raises(Forbidden):
        meta.shop.database.run(commands.ask, page.id, meta.shop.jonas)
    meta.shop.database.run(commands.ask, page.id, meta.shop.ines)
    with pytest.raises(Conflict):
        meta.shop.database.run(commands.ask, page.id, meta.shop.ines)
    meta.missed(page, "Is the blue one there?", "m_2")
    meta.rereads(page)
    assert sentence(meta, page) == "server 1, ingested 0, read back 1, nothing missing"
    meta.shop.database.run(commands.ask, page.id, meta.shop.ines)


def settles(meta: Meta, entry: str, account: Account, looked: str = "") -> None:
    asyncio.run(Seeker(meta.shop.database, meta.channels, KEYRING).settle(entry, looked))
    meta.takes_in(account)


@pytest.mark.promise("CH4", "HO2")
@pytest.mark.parametrize("taken", [True, False])
def test_a_message_that_may_have_arrived_is_looked_for_before_people_are_told(meta: Meta, page: Account, taken: bool) -> None:
    talk = meta.hears(page, "Hello", "m_1")
    meta.threads.add("messenger", ANA, meta.line("m_1", "Hello"))
    meta.gives_to_agent(talk)
    entry = meta.agent_says(talk, "Velo here.")
    meta.world.faults.append(Fault(0, 0, 502, taken=taken))
    meta.delivers(talk)
    assert meta.entry(entry).delivery == "unknown"
    meta.passes(minutes=10)
    settles(meta, entry, page)
    assert meta.entry(entry).delivery == ("sent" if taken else "unknown")
    if taken:
        settles(meta, entry, page, "yes")
    told = meta.shop.database.run(lambda tx: tx.rows(select(event.c.subject).where(event.c.kind == "message.undelivered")))
    assert len(told) == (0 if taken else 1)


@pytest.mark.promise("CH4")
def test_where_the_provider_cannot_be_asked_people_are_told(meta: Meta, page: Account) -> None:
    talk = meta.hears(page, "Hello", "m_1")
    meta.gives_to_agent(talk)
    entry = meta.agent_says(talk, "Velo here.")
    meta.world.faults.append(Fault(0, 0, 502, taken=True))
    meta.delivers(talk)
    meta.passes(minutes=10)
    meta.world.faults.append(Fault(200, 0, 403, path="/conversations"))
    settles(meta, entry, page)
    assert meta.entry(entry).delivery == "unknown"
    told = meta.shop.database.run(lambda tx: tx.rows(select(event.c.subject).where(event.c.kind == "message.undelivered")))
    assert len(told) == 1
