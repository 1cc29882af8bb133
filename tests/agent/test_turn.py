"""Live turns: one answer a burst, never after a human, never silence."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from firstline.agent import commands as agents
from firstline.agent import queries as agent_queries
from firstline.agent import turns
from firstline.agent.listening import Listening
from firstline.agent.models.base import Act, Draft, KnownContact, Part, Situation, StayQuiet, Tools
from firstline.agent.tables import turn
from firstline.agent.turn import Turns
from firstline.channels.base import Channel
from firstline.channels.livechat.channel import LiveChat
from firstline.contacts.tables import contact
from firstline.conversations import ownership, queries, replying
from firstline.conversations.rules import Entry, EntryKind, Owner, OwnerKind
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Conflict, Retry
from tests.agent.thinkers import EmptyLibrary, Says, courtesy
from tests.world import Shop


class Velo:
    """The shop's agent with a thinker of the test's choice."""

    def __init__(self, shop: Shop, draft: Draft | Exception, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
        self.shop = shop
        self.id = shop.database.run(agents.create, {"name": "Velo", "company": "Veloria"}, by=shop.ines)
        shop.database.run(agents.set_handoff, self.id, {"destination": {"kind": "teams", "ids": [shop.workshop]}}, by=shop.ines)
        self.thinker = Says(draft, meanwhile)
        self.signals: list[dict[str, Any]] = []
        chat = LiveChat()
        channels: dict[str, Channel] = {chat.kind: chat}
        self.turns = Turns(
            shop.database,
            EmptyLibrary(),
            self.thinker,
            channels,
            Listening(shop.database),
            lambda **signal: self.signals.append(signal),
        )

    def hears(self, *texts: str, **more: Any) -> str:
        """A customer writes, and the agent gets it."""
        conversation = ""
        for text in texts:
            received = self.shop.hears(text, **more)
            conversation = received.conversation_id
            if received.new:
                self.shop.gives_to_agent(conversation, self.id)
        return conversation

    def runs(self, conversation: str) -> None:
        """The turn's job runs."""
        asyncio.run(self.turns.run(conversation))

    def said(self, conversation: str) -> list[str]:
        """What went out."""
        return [one.text for one in self.shop.database.run(queries.said, conversation) if one.direction == "out"]

    def timeline(self, conversation: str) -> list[Entry]:
        """Everything."""
        return list(self.shop.database.run(queries.timeline, conversation))

    def last_turn(self, conversation: str) -> dict[str, Any]:
        """Why."""
        newest = self.shop.database.run(agent_queries.turns_of, conversation)[0]
        return self.shop.database.run(agent_queries.turn_of, newest)


@pytest.mark.promise("AN5")
def test_a_burst_of_five_messages_gets_one_answer(shop: Shop) -> None:
    velo = Velo(shop, courtesy("One answer"))
    conversation = velo.hears("Hi", "one question", "about my Trail 4", "it clicks", "since yesterday")
    for _ in range(5):
        velo.runs(conversation)
    assert velo.said(conversation) == ["One answer"]
    assert len(velo.thinker.seen) == 1
    assert [said.text for said in velo.thinker.seen[0].new][-1] == "since yesterday"
    assert len(velo.thinker.seen[0].new) == 5


@pytest.mark.promise("AN5")
def test_a_message_that_arrives_while_it_thinks_is_taken_into_account(shop: Shop) -> None:
    written = False

    async def meanwhile() -> None:
        nonlocal written
        if not written:
            written = True
            await asyncio.to_thread(shop.hears, "No, the City 3")

    velo = Velo(shop, courtesy("Answer"), meanwhile)
    conversation = velo.hears("Does the Trail 4 fit me?")
    velo.runs(conversation)
    assert velo.said(conversation) == ["Answer"]
    assert [len(seen.new) for seen in velo.thinker.seen] == [1, 2]


def test_a_customer_who_never_stops_is_answered_by_the_next_job(shop: Shop) -> None:
    async def meanwhile() -> None:
        await asyncio.to_thread(shop.hears, "and another thing")

    velo = Velo(shop, courtesy("Answer"), meanwhile)
    conversation = velo.hears("Hello")
    with pytest.raises(Retry):
        velo.runs(conversation)
    velo.thinker.meanwhile = None
    velo.runs(conversation)
    assert velo.said(conversation) == ["Answer"]


@pytest.mark.promise("HO9")
def test_a_human_who_replies_while_it_thinks_has_the_last_word(shop: Shop) -> None:
    conversation = ""

    async def meanwhile() -> None:
        await asyncio.to_thread(shop.database.run, replying.reply, conversation, "I take this", shop.jonas)

    velo = Velo(shop, courtesy("Too late"), meanwhile)
    conversation = velo.hears("Hello")
    velo.runs(conversation)
    velo.runs(conversation)
    assert velo.said(conversation) == ["I take this"]
    turn = velo.last_turn(conversation)
    assert turn["state"] == "superseded"
    assert "not_said" in turn["trace"]


@pytest.mark.promise("HO8", "HO9")
def test_a_conversation_given_back_is_not_answered_until_the_customer_writes_again(shop: Shop) -> None:
    velo = Velo(shop, courtesy("Answer"))
    conversation = velo.hears("Hello")
    shop.database.run(replying.reply, conversation, "Hello Mira", shop.jonas)
    shop.database.run(ownership.return_to_agent, conversation, shop.jonas, velo.id)
    velo.runs(conversation)
    assert velo.said(conversation) == ["Hello Mira"]
    shop.hears("And the price?")
    velo.runs(conversation)
    assert velo.said(conversation) == ["Hello Mira", "Answer"]
    assert velo.thinker.seen[0].history == ()


@pytest.mark.promise("HO1", "HO6")
@pytest.mark.parametrize(
    "draft",
    [
        RuntimeError("provider down"),
        TimeoutError(),
        Act(reasons=(), action="refund", arguments={}),
    ],
)
def test_an_agent_that_cannot_run_hands_over_and_says_so(shop: Shop, draft: Draft | Exception) -> None:
    velo = Velo(shop, draft)
    conversation = velo.hears("Where is my order?")
    velo.runs(conversation)
    found = shop.database.run(queries.which, conversation)
    assert found.owner == Owner(OwnerKind.TEAMMATE, shop.jonas.id)
    assert len(velo.said(conversation)) == 1
    handoff = next(one for one in velo.timeline(conversation) if one.kind is EntryKind.HANDOFF)
    assert handoff.data["reason"]["code"] == "unable"
    assert handoff.data["brief"]["wants"]
    everything = str([(one.text, one.data) for one in velo.timeline(conversation)])
    assert not re.search(r"[A-Z][a-z]+Error|provider down|refund", everything)
    (trace,) = shop.database.run(lambda tx: [row.trace for row in tx.rows(select(turn))])
    assert trace["error"]


@pytest.mark.promise("HO2")
def test_the_button_for_a_person_is_honoured_without_thinking(shop: Shop) -> None:
    velo = Velo(shop, courtesy("Let me try first"))
    conversation = velo.hears("I'd like to talk to a person", data={"asks_for_person": True})
    velo.runs(conversation)
    assert velo.thinker.seen == []
    handoff = next(one for one in velo.timeline(conversation) if one.kind is EntryKind.HANDOFF)
    assert handoff.data["reason"]["code"] == "asked_for_person"
    assert shop.database.run(queries.which, conversation).owner.id == shop.jonas.id


@pytest.mark.promise("RT3", "HO3")
def test_a_handoff_waits_in_the_teams_queue_when_nobody_is_available(shop: Shop) -> None:
    from firstline.people import commands as people

    shop.database.run(people.set_available, shop.jonas.id, False, by=shop.jonas)
    velo = Velo(shop, RuntimeError("down"))
    conversation = velo.hears("Where is my order?")
    velo.runs(conversation)
    assert shop.database.run(queries.which, conversation).owner == Owner(OwnerKind.TEAM, shop.workshop)


@pytest.mark.promise("HO1")
def test_a_teammate_can_make_the_agent_hand_over(shop: Shop) -> None:
    velo = Velo(shop, courtesy("Answer"))
    conversation = velo.hears("Hello")
    shop.database.run(turns.let_go, conversation, shop.samira, "A matter for the workshop")
    assert shop.database.run(queries.which, conversation).owner.id == shop.jonas.id
    assert velo.said(conversation) == []
    with pytest.raises(Conflict, match="does not have"):
        shop.database.run(turns.let_go, conversation, shop.samira, "again")


@pytest.mark.promise("HO8")
def test_a_question_nobody_answered_is_answered_when_a_teammate_gives_it_to_the_agent(shop: Shop) -> None:
    velo = Velo(shop, courtesy("Answer"))
    conversation = shop.hears("What does a service cost?").conversation_id
    shop.database.run(ownership.assign, conversation, Owner(OwnerKind.AGENT, velo.id), shop.samira)
    velo.runs(conversation)
    assert velo.said(conversation) == ["Answer"]


def test_a_turn_that_crashed_again_and_again_ends_with_people(shop: Shop) -> None:
    velo = Velo(shop, courtesy("Answer"))
    conversation = velo.hears("Hello")
    for _ in range(3):
        assert shop.database.run(turns.begin, conversation) is not None
    velo.runs(conversation)
    assert velo.thinker.seen == []
    assert shop.database.run(queries.which, conversation).owner.kind is OwnerKind.TEAMMATE


def test_a_turn_committed_twice_speaks_once(shop: Shop) -> None:
    velo = Velo(shop, courtesy("Answer"))
    conversation = velo.hears("Hello")
    begun = shop.database.run(turns.begin, conversation)
    assert begun is not None
    velo.runs(conversation)
    with pytest.raises(Exception, match="ended already"):
        shop.database.run(turns.say, begun, "Again", {}, decision="answer", trace={})
    assert velo.said(conversation) == ["Answer"]


def test_staying_quiet_settles_the_message(shop: Shop) -> None:
    velo = Velo(shop, StayQuiet(reasons=()))
    conversation = velo.hears("ok")
    velo.runs(conversation)
    velo.runs(conversation)
    assert velo.said(conversation) == []
    assert len(velo.thinker.seen) == 1
    assert shop.database.run(queries.which, conversation).held_by_agent


@pytest.mark.promise("AN8")
def test_a_turn_keeps_why(shop: Shop) -> None:
    velo = Velo(shop, courtesy("Answer"))
    conversation = velo.hears("Hello")
    velo.runs(conversation)
    turn = velo.last_turn(conversation)
    assert turn["state"] == "committed"
    assert turn["trace"]["reasons"] == [{"code": "courtesy", "text": "Test"}]
    assert {step["step"] for step in turn["steps"]} >= {"search", "think"}
    assert [signal["on"] for signal in velo.signals] == [True, False]


def test_a_turn_over_its_budget_hands_over(shop: Shop) -> None:
    class Slow:
        name = "slow"

        async def think(self, situation: Situation, tools: Tools) -> Any:
            await asyncio.Event().wait()
            yield Part()

    velo = Velo(shop, courtesy(""))
    velo.turns.thinker = Slow()
    capabilities = LiveChat.capabilities
    velo.turns.channels = {"live_chat": _with(turn_budget=0.05)}
    conversation = velo.hears("Hello")
    velo.runs(conversation)
    assert capabilities.turn_budget == 30
    assert shop.database.run(queries.which, conversation).owner.kind is OwnerKind.TEAMMATE


def _with(**abilities: Any) -> Channel:
    class Other(LiveChat):
        capabilities = replace(LiveChat.capabilities, **abilities)

    return Other()


@pytest.mark.promise("CH8", "HO2")
def test_what_is_too_old_to_be_answered_by_a_machine_goes_to_people_without_a_thought(shop: Shop, clock: FixedClock) -> None:
    velo = Velo(shop, courtesy("Hi"))
    velo.turns.channels = {"live_chat": _with(window=timedelta(hours=24), human_window=timedelta(days=7), window_cure="tag")}
    conversation = velo.hears("Is the blue one there?")
    clock.advance(timedelta(hours=25))
    velo.runs(conversation)
    assert velo.thinker.seen == []
    assert velo.said(conversation) == []
    found = shop.database.run(queries.which, conversation)
    assert found.owner.kind is not OwnerKind.AGENT
    (handoff,) = [one for one in velo.timeline(conversation) if one.kind is EntryKind.HANDOFF]
    assert handoff.data["reason"]["code"] == "too_late"
    assert velo.last_turn(conversation)["decision"] == "handoff"


@pytest.mark.promise("AN6", "CH2")
def test_a_forged_sender_learns_nothing_of_the_contact(shop: Shop) -> None:
    velo = Velo(shop, courtesy("Hi"))
    known = velo.hears("Who am I?")
    shop.database.run(lambda tx: tx.execute(update(contact).values(name="Mira", email="mira@example.org")))
    velo.runs(known)
    assert velo.thinker.seen[-1].contact.email == "mira@example.org"
    forged = velo.hears("Who am I really?", trusted=False)
    velo.runs(forged)
    assert velo.thinker.seen[-1].contact == KnownContact()
