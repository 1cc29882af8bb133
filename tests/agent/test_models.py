"""Turns with a language model behind a real HTTP server that is good, slow, broken, out of money, or gone."""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from firstline.agent.connections import commands, queries, spending
from firstline.conversations import replying
from firstline.conversations.tables import conversation as conversation_table
from tests.agent.minds import Velo
from tests.agent.provider import (
    Behaviour,
    Handler,
    Provider,
    answers,
    decides,
    dies,
    fails,
    form,
    garbles,
    hangs,
    stalls,
    without_schema,
    writes,
)
from tests.world import Shop

GOOD = "You can return a bike within 30 days."


@pytest.mark.promise("AN4", "AN1")
def test_a_model_answers_in_one_call_and_names_its_source(shop: Shop) -> None:
    velo = Velo(shop)
    with Provider(answers(GOOD, "P1")) as provider:
        velo.thinks_with(provider, input_price=0.25, output_price=2.0)
        conversation = velo.asked("Can I return my bike?")
        assert len(provider.requests) == 1
    assert velo.said(conversation) == [f"{GOOD}[1]"]
    done = velo.turn(conversation)
    assert done["trace"]["thinker"] == "compatible:scripted"
    assert done["trace"]["cost"] == 1000 * 0.25 + 100 * 2
    spent = shop.database.run(spending.of_turn, done["id"])
    assert (spent.input_tokens, spent.output_tokens, spent.micros) == (1000, 100, 450)


TROUBLES: dict[str, Behaviour] = {
    "hangs": hangs,
    "stalls in the middle": stalls,
    "dies in the middle": dies,
    "streams garbage": garbles,
    "429": fails(429, "slow down"),
    "out of money": fails(429, "You exceeded your current quota, check your billing details", "insufficient_quota"),
    "402": fails(402, "pay first"),
    "500": fails(500, "oops"),
    "503": fails(503, "overloaded"),
    "401": fails(401, "Incorrect API key provided: sk-very-secret-key"),
    "404": fails(404, "no such model"),
    "writes nothing": writes(""),
    "writes signs": writes("%%%% 12 %%%%"),
    "writes half a form": writes('{"decision": "answer", "segments": [{"te'),
}
ENDLESS = {"hangs", "stalls in the middle"}
"""Whoever waited for these would never be answered."""


@pytest.mark.promise("AN3", "AN4")
@pytest.mark.parametrize("trouble", TROUBLES)
def test_in_any_trouble_of_the_provider_the_customer_gets_the_built_in_answer_in_time(shop: Shop, trouble: str) -> None:
    velo = Velo(shop)
    with Provider(TROUBLES[trouble]) as provider:
        velo.thinks_with(provider, seconds=1)
        conversation = velo.asked("Can I return my bike?")
        assert provider.requests
    said = velo.said(conversation)
    assert len(said) == 1
    assert "30 days" in said[0]
    trace = velo.turn(conversation)["trace"]
    if trouble in ENDLESS:
        assert [(call["outcome"], call["said"][:27]) for call in trace["models"]] == [("slow", "It took longer than 1 secon")]
    assert trace["thinker"] == "built-in"
    assert any(reason["code"] == "model_not_used" for reason in trace["reasons"])
    assert "sk-very-secret-key" not in str(velo.turn(conversation))


@pytest.mark.promise("AN4")
def test_the_second_model_steps_in_for_the_first(shop: Shop) -> None:
    velo = Velo(shop)
    with Provider(fails(500)) as first, Provider(answers(GOOD, "P1")) as second:
        velo.thinks_with(first, second)
        conversation = velo.asked("Can I return my bike?")
        assert (len(first.requests), len(second.requests)) == (1, 1)
    assert velo.said(conversation) == [f"{GOOD}[1]"]
    assert [call["outcome"] for call in velo.turn(conversation)["trace"]["models"]] == ["down", "ok"]


@pytest.mark.promise("AN3")
def test_a_provider_that_fails_three_times_is_left_alone_and_tried_again_later(shop: Shop, clock: Any) -> None:
    velo = Velo(shop)
    with Provider(fails(500), fails(500), fails(500), answers(GOOD, "P1")) as provider:
        velo.thinks_with(provider)
        for n in range(5):
            velo.asked("Can I return my bike?", visitor=f"v{n}")
        assert len(provider.requests) == 3
        clock.advance(timedelta(seconds=31))
        conversation = velo.asked("Can I return my bike?", visitor="later")
        assert len(provider.requests) == 4
    assert velo.turn(conversation)["trace"]["thinker"] == "compatible:scripted"


@pytest.mark.promise("AN3")
def test_a_refused_key_is_not_tried_again_and_again(shop: Shop) -> None:
    velo = Velo(shop)
    with Provider(fails(401)) as provider:
        velo.thinks_with(provider)
        for n in range(3):
            velo.asked("Can I return my bike?", visitor=f"v{n}")
        assert len(provider.requests) == 1


def test_a_server_that_knows_no_forms_is_asked_in_words_and_that_is_remembered(shop: Shop) -> None:
    velo = Velo(shop)
    with Provider(without_schema(answers(GOOD, "P1"))) as provider:
        velo.thinks_with(provider)
        velo.asked("Can I return my bike?")
        conversation = velo.asked("Can I return my bike?", visitor="another")
        assert ["response_format" in one for one in provider.requests] == [True, False, False]
        assert "one JSON object" in list(provider.prompts())[-1]
    assert velo.said(conversation) == [f"{GOOD}[1]"]


def test_a_form_that_cannot_be_read_is_asked_for_once_more(shop: Shop) -> None:
    velo = Velo(shop)
    with Provider(writes("{{{{"), answers(GOOD, "P1")) as provider:
        velo.thinks_with(provider)
        conversation = velo.asked("Can I return my bike?")
        assert len(provider.requests) == 2
    assert velo.said(conversation) == [f"{GOOD}[1]"]


@pytest.mark.promise("AN4")
def test_after_a_crash_no_model_is_paid_twice(shop: Shop) -> None:
    """The process dies after the model answered and before the answer was committed."""
    velo = Velo(shop)
    with Provider(answers(GOOD, "P1")) as provider:
        velo.thinks_with(provider)
        received = shop.hears("Can I return my bike?")
        shop.gives_to_agent(received.conversation_id, velo.id)

        async def crash(*_: Any) -> None:
            raise KeyboardInterrupt

        commit, velo.turns._commit = velo.turns._commit, crash  # type: ignore[method-assign,assignment]
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(velo.turns.run(received.conversation_id))
        velo.turns._commit = commit  # type: ignore[method-assign]
        asyncio.run(velo.turns.run(received.conversation_id))
        assert len(provider.requests) == 1
    assert velo.said(received.conversation_id) == [f"{GOOD}[1]"]
    assert shop.database.run(queries.month).calls == 1


@pytest.mark.promise("AN1")
def test_a_wrong_number_is_objected_to_once_and_the_better_draft_is_said(shop: Shop) -> None:
    velo = Velo(shop)
    with Provider(answers("You can return a bike within 90 days.", "P1"), answers(GOOD, "P1")) as provider:
        velo.thinks_with(provider)
        conversation = velo.asked("Can I return my bike?")
        assert len(provider.requests) == 2
        assert "90 days" in list(provider.prompts())[1]
    assert velo.said(conversation) == [f"{GOOD}[1]"]


@pytest.mark.promise("AN1", "AN3")
def test_a_model_that_insists_on_a_wrong_number_is_not_heard(shop: Shop) -> None:
    velo = Velo(shop)
    with Provider(answers("You can return a bike within 90 days.", "P1")) as provider:
        velo.thinks_with(provider)
        conversation = velo.asked("Can I return my bike?")
        assert len(provider.requests) == 2
    said = velo.said(conversation)
    assert "90" not in said[0]
    assert "30 days" in said[0]
    assert velo.turn(conversation)["trace"]["thinker"] == "built-in"


@pytest.mark.promise("AN1")
def test_what_stands_is_kept_when_the_rest_is_cut(shop: Shop) -> None:
    wrong = {"text": "The voucher code is SAVE50.", "sources": ["P1"]}
    both = form(decision="answer", segments=[{"text": GOOD, "sources": ["P1"]}, wrong])
    velo = Velo(shop)

    with Provider(writes(json.dumps(both))) as provider:
        velo.thinks_with(provider)
        conversation = velo.asked("Can I return my bike?")
    assert velo.said(conversation) == [f"{GOOD}[1]"]


@pytest.mark.promise("HO6")
def test_a_promise_of_people_without_a_handoff_becomes_one(shop: Shop) -> None:
    velo = Velo(shop)
    with Provider(answers("I have forwarded this to our team, and somebody will call you back tomorrow.")) as provider:
        velo.thinks_with(provider)
        conversation = velo.asked("Can I return my bike?")
    entries = velo.timeline(conversation)
    assert any(one.kind == "handoff" for one in entries)
    assert "call you back tomorrow" not in "\n".join(velo.said(conversation))


@pytest.mark.promise("HO6")
def test_a_model_that_decides_to_hand_over_does_and_the_words_are_the_codes(shop: Shop) -> None:
    velo = Velo(shop)
    with Provider(decides("handoff", reason="Needs a refund", segments=[{"text": "I refunded you.", "sources": []}])) as provider:
        velo.thinks_with(provider)
        conversation = velo.asked("Can I return my bike?")
    assert "refunded" not in "\n".join(velo.said(conversation))
    assert velo.turn(conversation)["decision"] == "handoff"


@pytest.mark.promise("HO2")
def test_a_wish_for_a_person_asks_no_model(shop: Shop) -> None:
    velo = Velo(shop)
    with Provider(answers("No, talk to me.")) as provider:
        velo.thinks_with(provider)
        conversation = velo.asked("I want to talk to a human")
        assert provider.requests == []
    assert velo.turn(conversation)["decision"] == "handoff"


def test_a_model_may_not_stay_quiet_when_something_was_asked(shop: Shop) -> None:
    velo = Velo(shop)
    with Provider(decides("quiet")) as provider:
        velo.thinks_with(provider)
        conversation = velo.asked("Can I return my bike?")
    assert "30 days" in velo.said(conversation)[0]


@pytest.mark.promise("SW7")
def test_at_the_spend_limit_the_agent_goes_on_without_a_model(shop: Shop) -> None:
    velo = Velo(shop)
    with Provider(answers(GOOD, "P1")) as provider:
        velo.thinks_with(provider, input_price=1, output_price=1)
        shop.database.run(commands.set_limit, queries.ACCOUNT, {"tokens": 2000}, by=shop.ines)
        for n in range(4):
            conversation = velo.asked("Can I return my bike?", visitor=f"v{n}")
        assert len(provider.requests) == 2
    assert "30 days" in velo.said(conversation)[0]
    trace = velo.turn(conversation)["trace"]
    assert any("2,200 of 2,000 tokens" in reason["text"] for reason in trace["reasons"])


@pytest.mark.promise("SW7")
def test_a_limit_of_one_agent_stops_that_agent_only(shop: Shop) -> None:
    velo = Velo(shop)
    with Provider(answers(GOOD, "P1")) as provider:
        velo.thinks_with(provider, input_price=1000, output_price=1000)
        shop.database.run(commands.set_limit, velo.id, {"money": 1.0}, by=shop.ines)
        velo.asked("Can I return my bike?")
        velo.asked("Can I return my bike?", visitor="v2")
        assert len(provider.requests) == 1


@pytest.mark.promise("HO9", "SW7")
def test_a_draft_that_came_after_a_humans_word_is_not_said_but_counted(shop: Shop) -> None:
    velo = Velo(shop)

    def meanwhile(handler: Handler, body: Mapping[str, Any]) -> None:
        held = shop.database.run(lambda tx: tx.scalar(select(conversation_table.c.id)))
        shop.database.run(replying.reply, held, "I take this", shop.jonas)
        answers(GOOD, "P1")(handler, body)

    with Provider(meanwhile) as provider:
        velo.thinks_with(provider)
        conversation = velo.asked("Can I return my bike?")
    assert velo.said(conversation) == ["I take this"]
    assert shop.database.run(queries.month).calls == 1
