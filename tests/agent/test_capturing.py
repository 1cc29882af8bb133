"""Asking for an email address in a chat, at the chosen moment (HO5)."""

import pytest

from firstline.agent import commands as agents
from firstline.agent import turns
from firstline.agent.capturing import moments, take_address
from firstline.agent.channel_settings import Capture
from firstline.agent.models.base import Brief, HandOff, Reason, Reply, Segment
from firstline.contacts import commands as contacts
from firstline.contacts.queries import who_is
from firstline.conversations import queries
from firstline.conversations.rules import Received
from firstline.kit.database import Event
from tests.agent.test_turn import Velo
from tests.agent.thinkers import courtesy
from tests.conftest import NOW
from tests.world import Shop

ASKED = "Would you tell me your email address, so that we can reach you?"
THANKS = "Thank you, I have noted it. What else can I do for you?"


def answer() -> Reply:
    reason = Reason("covered", "Covered")
    return Reply(reasons=(reason,), segments=(Segment("In two days.", passages=("psg_1",)),), confidence=0.9, language="en")


def handoff() -> HandOff:
    reason = Reason("uncovered", "The content does not cover it")
    return HandOff(reasons=(reason,), reason=reason, brief=Brief("A refund", (), (), (), (), "English", "neutral"), language="en")


def velo(shop: Shop, draft: Reply | HandOff, capture: Capture) -> Velo:
    found = Velo(shop, draft)
    shop.database.run(agents.set_channels, found.id, {"email_capture": capture.value}, by=shop.ines)
    return found


def asked(velo: Velo, conversation: str) -> list[bool]:
    return [ASKED in text for text in velo.said(conversation)]


def wrote(shop: Shop, received: Received) -> Event:
    data = {"entry": received.entry_id, "channel_account": shop.chat.channel_account_id}
    return Event(1, "message.received", received.conversation_id, data, NOW)


@pytest.mark.promise("HO5")
def test_at_the_start_the_first_reply_asks_and_no_other(shop: Shop) -> None:
    agent = velo(shop, courtesy("Hello!"), Capture.START)
    conversation = agent.hears("Hi")
    agent.runs(conversation)
    shop.hears("And now?")
    agent.runs(conversation)
    assert asked(agent, conversation) == [True, False]


@pytest.mark.promise("HO5")
def test_after_the_first_answer_a_greeting_does_not_ask_but_the_answer_does(shop: Shop) -> None:
    agent = velo(shop, courtesy("Hello!"), Capture.AFTER_FIRST_ANSWER)
    conversation = agent.hears("Hi")
    agent.runs(conversation)
    assert asked(agent, conversation) == [False]
    shop.hears("When does it come?")
    begun = shop.database.run(turns.begin, conversation)
    assert begun is not None
    assert moments(begun, courtesy("Hello again!")) == ()
    assert moments(begun, answer()) == (Capture.AFTER_FIRST_ANSWER,)
    shop.database.run(turns.say, begun, "In two days.", {"decision": "answer", "courtesy": False}, decision="answer", trace={})
    shop.hears("And the other one?")
    after = shop.database.run(turns.begin, conversation)
    assert after is not None
    assert moments(after, answer()) == ()


@pytest.mark.promise("HO5")
def test_before_a_handoff_its_message_asks(shop: Shop) -> None:
    agent = velo(shop, handoff(), Capture.BEFORE_HANDOFF)
    conversation = agent.hears("I want a refund")
    agent.runs(conversation)
    assert asked(agent, conversation) == [True]


@pytest.mark.promise("HO5")
@pytest.mark.parametrize("capture", [Capture.START, Capture.NEVER])
def test_a_contact_whose_address_is_known_and_an_agent_that_never_asks_ask_nobody(shop: Shop, capture: Capture) -> None:
    agent = velo(shop, courtesy("Hello!"), capture)
    conversation = agent.hears("Hi")
    if capture is Capture.START:
        contact = shop.database.run(queries.which, conversation).contact_id
        shop.database.run(contacts.describe, contact, email="mira@example.com", by=shop.ines)
    agent.runs(conversation)
    assert asked(agent, conversation) == [False]


@pytest.mark.promise("HO5")
def test_an_address_that_was_asked_for_is_kept_and_thanked_for_without_thinking(shop: Shop) -> None:
    agent = velo(shop, courtesy("Hello!"), Capture.START)
    conversation = agent.hears("Hi")
    agent.runs(conversation)
    received = shop.hears("mira@example.com")
    shop.database.run(take_address, wrote(shop, received))
    agent.runs(conversation)
    assert agent.said(conversation)[-1] == THANKS
    assert len(agent.thinker.seen) == 1
    contact = shop.database.run(queries.which, conversation).contact_id
    assert shop.database.run(who_is, contact).email == "mira@example.com"


@pytest.mark.promise("HO5")
def test_somebody_elses_address_is_not_taken_over_and_one_that_nobody_asked_for_is_left(shop: Shop) -> None:
    shop.database.run(contacts.create, email="mira@example.com", by=shop.ines)
    for capture in (Capture.START, Capture.NEVER):
        agent = velo(shop, courtesy("Hello!"), capture)
        conversation = agent.hears("Hi", visitor=f"v-{capture}")
        agent.runs(conversation)
        address = "mira@example.com" if capture is Capture.START else "new@example.com"
        received = shop.hears(address, visitor=f"v-{capture}")
        shop.database.run(take_address, wrote(shop, received))
        contact = shop.database.run(queries.which, conversation).contact_id
        assert shop.database.run(who_is, contact).email is None
