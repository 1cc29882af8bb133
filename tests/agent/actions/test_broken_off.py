"""Calls under attack and in bad luck: a killed process, two tabs, a closed conversation, another contact, an old code."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from firstline.agent.actions import calls
from firstline.agent.actions.gate import VERIFIED_FOR
from firstline.conversations import closing, merging, queries
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Conflict
from tests.agent.actions.test_calls import _code
from tests.agent.actions.workshop import Agent, OtherSystem, knows, order_status, refund
from tests.world import Shop


def merged(shop: Shop, conversation: str, other: str) -> None:
    """The contact of a conversation becomes a part of that of another one."""
    gone, kept = (shop.database.run(queries.which, one).contact_id for one in (conversation, other))
    shop.database.run(merging.merge, kept, gone, shop.ines)


DIES = """
import asyncio, sys
from firstline.agent.actions.caller import Caller
from firstline.agent.actions.running import Running
from firstline.channels.livechat.channel import LiveChat
from firstline.kit.database import Database
from tests.world import KEYRING

async def main():
    running = Running(Database(sys.argv[1], threads=2), KEYRING, Caller(allow_private=True), {"live_chat": LiveChat()})
    await asyncio.gather(*(running.act(call) for call in sys.argv[2:]))

asyncio.run(main())
"""
"""A worker that makes calls; it is killed while the other system holds its answers back."""


@pytest.fixture
def system() -> Iterator[OtherSystem]:
    with OtherSystem().running() as running:
        yield running


@pytest.mark.promise("AC4")
@pytest.mark.slow
def test_a_worker_killed_between_call_and_record_repeats_only_what_may_be_repeated(shop: Shop, system: OtherSystem) -> None:
    plain = refund(system)
    agent = Agent(shop, plain)
    keyed = Agent(shop, plain | {"does": plain["does"] | {"honours_key": True}})
    unsure, sure = agent.hears("refund for A-1 please"), keyed.hears("refund for A-2 please", visitor="two")
    agent.runs(unsure)
    keyed.runs(sure)
    waiting = [one.id for one in agent.calls("ready")]
    system.holding = threading.Event()
    worker = subprocess.Popen([sys.executable, "-c", DIES, shop.database.dsn, *waiting], env=dict(os.environ))
    try:
        assert system.reached.acquire(timeout=120)
        assert system.reached.acquire(timeout=120)
        worker.send_signal(signal.SIGKILL)
    finally:
        worker.kill()
        worker.wait()
        system.holding.set()
    assert [one.state for one in agent.calls()] == ["running", "running"]
    for call in waiting:
        asyncio.run(agent.running.act(call))
        asyncio.run(agent.running.act(call))
    states = {one.conversation_id: one.state for one in agent.calls()}
    assert states == {unsure: "unknown", sure: "done"}
    made = [one["body"] for one in system.seen]
    assert (made.count(b'{"order": "A-1"}'), made.count(b'{"order": "A-2"}')) == (1, 2)
    assert sorted(system.done.values()) == [1, 2]
    assert (agent.owner(unsure) == "agent", keyed.owner(sure) == "agent") == (False, True)


@pytest.mark.promise("AC3", "AC4")
def test_two_tabs_that_approve_at_once_make_one_call(shop: Shop, system: OtherSystem) -> None:
    agent = Agent(shop, refund(system, protection="approve"))
    agent.talk("refund for A-7 please")
    call = agent.calls("approving")[0].id

    def approves(_tab: int) -> str:
        try:
            shop.database.run(calls.approve, call, by=shop.samira)
        except Conflict as late:
            return late.message
        return "approved"

    with ThreadPoolExecutor(2) as tabs:
        told = sorted(tabs.map(approves, range(2)))
    assert told[1] == "approved"
    assert "nothing left to decide" in told[0]
    agent.acts()
    assert len(system.seen) == 1


@pytest.mark.promise("AC3")
def test_what_waits_in_a_closed_conversation_is_not_approved_behind_the_customers_back(shop: Shop, system: OtherSystem) -> None:
    agent = Agent(shop, refund(system, protection="approve"))
    conversation = agent.talk("refund for A-7 please")
    call = agent.calls("approving")[0].id
    shop.database.run(closing.close, conversation, shop.samira)
    with pytest.raises(Conflict, match="closed"):
        shop.database.run(calls.approve, call, by=shop.samira)
    shop.database.run(calls.decline, call, by=shop.samira, reason="It was closed")
    agent.acts()
    assert system.seen == []
    assert agent.calls()[0].state == "declined"


@pytest.mark.promise("AC3")
def test_a_conversation_merged_into_another_contact_makes_no_call_of_the_one_before(shop: Shop, system: OtherSystem) -> None:
    agent = Agent(shop, refund(system, protection="approve"))
    conversation, other = agent.talk("refund for A-7 please"), agent.hears("hello there", visitor="other")

    shop.database.run(calls.approve, agent.calls("approving")[0].id, by=shop.samira)
    merged(shop, conversation, other)
    agent.acts()
    assert system.seen == []
    assert [one.state for one in agent.calls()] == ["failed"]
    assert agent.owner(conversation) != "agent"


@pytest.mark.promise("AC3")
def test_a_code_counts_once_for_its_contact_and_for_half_an_hour(shop: Shop, system: OtherSystem, clock: FixedClock) -> None:
    agent = Agent(shop, order_status(system, protection="verify"))
    conversation = agent.hears("hello there")
    agent.runs(conversation)
    knows(shop, conversation, email="mira@example.org")
    agent.talk("order status of A-5")
    code = _code(shop)
    agent.talk(code)
    agent.talk("order status of A-6")
    assert [one["path"] for one in system.seen] == ["/orders/A-5", "/orders/A-6"]
    clock.advance(VERIFIED_FOR + timedelta(minutes=1))
    agent.talk("order status of A-7")
    assert len(system.seen) == 2
    agent.talk(code)
    assert "not the code" in agent.said(conversation)[-1]
    assert len(system.seen) == 2


@pytest.mark.promise("AC3")
def test_a_code_entered_before_contacts_were_merged_opens_nothing_for_the_other_one(shop: Shop, system: OtherSystem) -> None:
    agent = Agent(shop, order_status(system, protection="verify"))
    conversation, other = agent.hears("hello there"), agent.hears("hello there", visitor="other")
    agent.runs(conversation)
    knows(shop, conversation, email="mira@example.org")
    agent.talk(
        "order status of A-5",
    )
    agent.talk(_code(shop))

    merged(shop, conversation, other)
    seen = len(system.seen)
    again = agent.hears("order status of A-5", visitor="other")
    agent.runs(again)
    agent.acts()
    assert len(system.seen) == seen
    assert [one.state for one in agent.calls()].count("done") == seen == 1
