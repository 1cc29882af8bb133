"""An unknown outcome is settled by a person: what is kept, who may, and that nothing is ever called again for it (AC4)."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from firstline.agent import commands as agents
from firstline.agent.actions import calls
from firstline.agent.actions.settling import settle, unsettled
from firstline.conversations import ownership, queries
from firstline.conversations.rules import EntryKind
from firstline.kit.errors import Conflict, Forbidden
from firstline.people.rules import Actor, ActorKind
from firstline.people.tables import audit_entry
from tests.agent.actions.test_broken_off import merged
from tests.agent.actions.workshop import Agent, OtherSystem, order_status, refund
from tests.world import Shop

pytestmark = pytest.mark.promise("AC4")
KEEPS = {"when_available": "keep", "when_away": "keep"}


@pytest.fixture
def system() -> Iterator[OtherSystem]:
    with OtherSystem().running() as running:
        yield running


def breaks_off(shop: Shop, system: OtherSystem, **changes: Any) -> tuple[Agent, str, str]:
    """A refund whose answer never came: the agent, the conversation, the call."""
    agent = Agent(shop, refund(system, **changes))
    system.answers.append((500, "broken", {}))
    conversation = agent.talk("refund for A-7 please")
    return agent, conversation, agent.calls("unknown")[0].id


@pytest.mark.parametrize(("done", "state", "shown"), [(True, "done", "was_done"), (False, "failed", "was_not_done")])
def test_a_teammate_says_whether_it_was_done_and_nothing_is_called_again(
    shop: Shop, system: OtherSystem, done: bool, state: str, shown: str
) -> None:
    agent, conversation, call = breaks_off(shop, system)
    said = agent.said(conversation)
    shop.database.run(settle, call, done=done, by=shop.samira, note=" I looked  in the till. ")
    agent.acts()
    assert shop.database.run(calls.which, call).state == state
    assert len(system.seen) == 1
    last = agent.entries(conversation, EntryKind.ACTION)[-1]
    assert (last.data["state"], last.data["reason"], last.by_id) == (shown, "I looked in the till.", shop.samira.id)
    assert agent.said(conversation) == said
    kept = shop.database.run(lambda tx: tx.rows(select(audit_entry).where(audit_entry.c.verb == "action.settled")))
    assert [one.after for one in kept] == [{"call": call, "done": done}]


def test_until_somebody_knows_the_agent_does_not_begin_it_again_for_that_customer(shop: Shop, system: OtherSystem) -> None:
    agent, conversation, call = breaks_off(shop, system)
    shop.database.run(ownership.return_to_agent, conversation, shop.samira)
    agent.talk("refund for A-7 please")
    assert (len(system.seen), len(agent.calls())) == (1, 1)
    assert agent.owner(conversation) != "agent"
    assert "Nobody knows yet whether Refund was done" in str(agent.entries(conversation, EntryKind.HANDOFF)[-1].data)
    shop.database.run(settle, call, done=False, by=shop.samira)
    shop.database.run(ownership.return_to_agent, conversation, shop.samira)
    agent.acts()
    assert len(system.seen) == 1
    agent.talk("refund for A-7 please")
    assert len(system.seen) == 2
    assert [one.state for one in agent.calls()] == ["failed", "done"]


def test_another_customer_is_served_meanwhile_and_a_merged_one_is_the_same(shop: Shop, system: OtherSystem) -> None:
    agent, conversation, call = breaks_off(shop, system)
    other = agent.hears("hello there", visitor="other")
    found = shop.database.run(queries.which, other)
    assert shop.database.run(unsettled, found, agent.action) is None
    merged(shop, conversation, other)
    same = shop.database.run(queries.which, other)
    waits = shop.database.run(unsettled, same, agent.action)
    assert waits is not None
    assert waits.id == call


def test_a_call_already_under_way_is_not_made_once_another_of_the_customer_is_in_doubt(shop: Shop, system: OtherSystem) -> None:
    agent = Agent(shop, refund(system, protection="approve"))
    agent.talk("refund for A-7 please")
    waits = agent.calls("approving")[0].id
    second = agent.hears("hello there", visitor="other")
    merged(shop, agent.calls()[0].conversation_id, second)

    def doubtful(tx: Any) -> None:
        begun = calls.begin(tx, queries.which(tx, second), agent.action, {"order": "A-7"}, "trn_x")
        calls.end(tx, begun, "unknown")

    shop.database.run(doubtful)
    shop.database.run(calls.approve, waits, by=shop.samira)
    agent.acts()
    assert system.seen == []
    assert shop.database.run(calls.which, waits).state == "failed"


def test_looking_up_something_again_harms_nobody(shop: Shop, system: OtherSystem) -> None:
    agent = Agent(shop, order_status(system), {"key": "k"})
    system.answers.append((500, "broken", {}))
    conversation = agent.talk("order status of A-7")
    assert agent.calls()[0].state == "unknown"
    shop.database.run(ownership.return_to_agent, conversation, shop.samira)
    agent.talk("order status of A-7")
    assert [one.state for one in agent.calls()] == ["unknown", "done"]


def test_an_agent_that_kept_the_word_tells_that_it_was_done(shop: Shop, system: OtherSystem) -> None:
    agent, conversation, call = _kept(shop, system)
    shop.database.run(settle, call, done=True, by=shop.samira)
    asyncio.run(agent.running.settled(call))
    assert "Refund" in agent.said(conversation)[-1]
    assert len(system.seen) == 1
    assert agent.owner(conversation) == "agent"


def test_an_agent_that_kept_the_word_goes_the_way_of_a_failed_call_when_it_was_not_done(shop: Shop, system: OtherSystem) -> None:
    agent, conversation, call = _kept(shop, system)
    kept = len(agent.entries(conversation, EntryKind.HANDOFF))
    shop.database.run(settle, call, done=False, by=shop.samira, note="The till shows nothing")
    asyncio.run(agent.running.settled(call))
    assert len(system.seen) == 1
    told = agent.entries(conversation, EntryKind.HANDOFF)
    assert len(told) == kept + 1
    assert "The till shows nothing" in str(told[-1].data)


def test_two_people_who_answer_at_once_leave_one_answer(shop: Shop, system: OtherSystem) -> None:
    agent, conversation, call = breaks_off(shop, system)

    def answers(done: bool) -> str:
        try:
            shop.database.run(settle, call, done=done, by=shop.samira)
        except Conflict as late:
            return late.message
        return "settled"

    with ThreadPoolExecutor(2) as pair:
        told = sorted(pair.map(answers, (True, False)))
    assert "its outcome is known" in told[1] or "its outcome is known" in told[0]
    assert told.count("settled") == 1
    states = [one.data["state"] for one in agent.entries(conversation, EntryKind.ACTION)]
    assert len([one for one in states if one.startswith("was_")]) == 1


def test_only_an_unknown_outcome_is_settled_and_only_by_those_with_the_workspace(shop: Shop, system: OtherSystem) -> None:
    agent = Agent(shop, refund(system))
    agent.talk("refund for A-7 please")
    with pytest.raises(Conflict, match="done"):
        shop.database.run(settle, agent.calls()[0].id, done=False, by=shop.samira)
    system.answers.append((500, "broken", {}))
    agent.talk("refund for A-8 please")
    call = agent.calls("unknown")[0].id
    with pytest.raises(Forbidden):
        shop.database.run(settle, call, done=True, by=Actor(ActorKind.TEAMMATE, "tmt_x", "Nobody"))
    assert shop.database.run(calls.which, call).state == "unknown"


def _kept(shop: Shop, system: OtherSystem) -> tuple[Agent, str, str]:
    agent = Agent(shop, refund(system))
    shop.database.run(agents.set_handoff, agent.id, KEEPS, by=shop.ines)
    system.answers.append((500, "broken", {}))
    conversation = agent.talk("refund for A-7 please")
    assert agent.owner(conversation) == "agent"
    return agent, conversation, agent.calls("unknown")[0].id
