"""A provider that fails in the middle of a conversation, an answer, an action: the customer gets an answer or a person (AN3)."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from firstline.agent.actions import commands
from firstline.agent.actions.caller import Caller
from firstline.agent.actions.running import Running
from firstline.agent.actions.tables import action_call
from firstline.channels.livechat.channel import LiveChat
from firstline.kit.clock import FixedClock
from tests.agent import talk
from tests.agent.actions.workshop import OtherSystem, order_status
from tests.agent.minds import Velo
from tests.agent.provider import Behaviour, Handler, Provider, answers, decides, hangs, stalls, writes
from tests.agent.test_models import ENDLESS, TROUBLES
from tests.world import KEYRING, Shop

SHORTENED = tuple(f"It took longer than {seconds} seconds" for seconds in (1, 2))
"""What is said of a model that had to stop because the turn had three seconds left at the most."""


def drips(handler: Handler, _: Mapping[str, Any]) -> None:
    """Goes on and on, one letter at a time, so that no single pause is long."""
    handler.begin()
    while not handler.provider.over.wait(0.1):
        handler.piece("a")


def floods(handler: Handler, _: Mapping[str, Any]) -> None:
    """Writes without end."""
    handler.begin()
    for _n in range(60):
        handler.piece("word " * 1000)
    handler.end()


def shows_a_page(handler: Handler, _: Mapping[str, Any]) -> None:
    """A gateway that answers with a web page and 200."""
    body = b"<html><body>Maintenance</body></html>"
    handler.send_response(200)
    handler.send_header("content-type", "text/html")
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def hangs_up(handler: Handler, _: Mapping[str, Any]) -> None:
    """Closes the connection without a word."""
    handler.close_connection = True
    handler.connection.close()


def filters(handler: Handler, _: Mapping[str, Any]) -> None:
    """Stops in the middle because of its content filter."""
    handler.begin()
    handler.piece('{"decision": "answer", "segm')
    handler.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "content_filter"}]})
    handler.line("[DONE]")


def acts(velo: Velo) -> None:
    """The jobs of calls run."""
    running = Running(velo.shop.database, KEYRING, Caller(allow_private=True), velo.turns.channels)
    ready = select(action_call.c.id).where(action_call.c.state == "ready")
    for row in velo.shop.database.run(lambda tx: tx.rows(ready)):
        asyncio.run(running.act(row.id))


ALL: dict[str, Behaviour] = {
    **TROUBLES,
    "drips for ever": drips,
    "floods": floods,
    "a web page": shows_a_page,
    "hangs up": hangs_up,
    "content filter": filters,
    "an empty object": writes("{}"),
    "a list": writes("[1, 2, 3]"),
    "an unknown decision": decides("explode"),
    "an action that does not exist": decides("act", action="launch_rocket", arguments=[]),
}


def shelves(count: int) -> dict[str, Any]:
    """A subject of its own for each question."""
    return {
        f"subject{n} ": talk.found(talk.hit(f"The subject{n} repair takes {n + 10} days.", f"Subject{n}")) for n in range(count)
    }


@pytest.mark.slow
@pytest.mark.promise("AN3", "AN4")
def test_whatever_happens_to_the_provider_between_good_turns_each_question_is_answered(shop: Shop, clock: FixedClock) -> None:
    velo = Velo(shop, shelves(2 * len(ALL)))
    with Provider(answers("x")) as provider:
        velo.thinks_with(provider, seconds=1)
        for n, (name, trouble) in enumerate(ALL.items()):
            clock.advance(timedelta(minutes=10))
            good = answers(f"The subject{2 * n} repair takes {2 * n + 10} days.", "P1")
            for number, script in ((2 * n, good), (2 * n + 1, trouble)):
                provider.script[:] = [script]
                conversation = velo.asked(f"How long does the subject{number} repair take?", visitor=f"v{n // 4}")
                said = velo.said(conversation)
                assert f"{number + 10} days" in said[-1], name
                assert len(said) == number % 8 + 1, (name, "one answer each, and no half of one")
            if name in {*ENDLESS, "drips for ever"}:
                assert [call["outcome"] for call in velo.turn(conversation)["trace"]["models"]] == ["slow"], name
        assert len(provider.requests) >= 2 * len(ALL)
    velo.asked("How long does the subject3 repair take?", visitor="last")
    clock.advance(timedelta(minutes=10))
    conversation = velo.asked("How long does the subject4 repair take?", visitor="last")
    assert "14 days" in velo.said(conversation)[-1], "killed for good: still answered"


@pytest.mark.promise("AN3")
@pytest.mark.parametrize("second", [hangs, stalls, TROUBLES["dies in the middle"], TROUBLES["402"], TROUBLES["streams garbage"]])
def test_trouble_in_the_second_draft_leaves_what_stands(shop: Shop, second: Behaviour) -> None:
    velo = Velo(shop)
    with Provider(answers("You can return a bike within 90 days.", "P1"), second) as provider:
        velo.thinks_with(provider, seconds=1)
        said = velo.said(velo.asked("Can I return my bike?"))
        assert len(provider.requests) == 2
    assert len(said) == 1
    assert "30 days" in said[0]
    assert "90" not in said[0]


@pytest.mark.promise("AN3", "AN4")
def test_both_models_gone_in_the_middle_and_back_again(shop: Shop, clock: FixedClock) -> None:
    velo = Velo(shop, shelves(3))
    good = answers("The subject0 repair takes 10 days.", "P1")
    with Provider(good) as first, Provider(good) as second:
        velo.thinks_with(first, second, seconds=1)
        velo.asked("How long does the subject0 repair take?")
        first.script[:], second.script[:] = [hangs], [TROUBLES["out of money"]]
        conversation = velo.asked("How long does the subject1 repair take?")
        assert "11 days" in velo.said(conversation)[-1]
        assert [call["outcome"] for call in velo.turn(conversation)["trace"]["models"]] == ["slow", "money"]
        clock.advance(timedelta(minutes=10))
        first.script[:] = [answers("The subject2 repair takes 12 days.", "P1")]
        velo.asked("How long does the subject2 repair take?")
        assert velo.turn(conversation)["trace"]["thinker"] == "compatible:scripted"


@pytest.mark.promise("AN3", "AC2")
@pytest.mark.parametrize("trouble", [hangs, TROUBLES["dies in the middle"], TROUBLES["402"]])
def test_trouble_in_the_middle_of_an_action_does_not_stop_it(shop: Shop, trouble: Behaviour) -> None:
    velo = Velo(shop)
    with OtherSystem().running() as system, Provider(decides("act", action="order_status", arguments=[])) as provider:
        shop.database.run(commands.create, KEYRING, velo.id, order_status(system), {"key": "k"}, by=shop.ines)
        velo.thinks_with(provider, seconds=1)
        velo.asked("Where is it?")
        provider.script[:] = [trouble]
        conversation = velo.asked("Can I return my bike?")
        assert "30 days" in velo.said(conversation)[-1]
        velo.asked("A-7")
        acts(velo)
        assert [one["path"] for one in system.seen] == ["/orders/A-7"]
    assert velo.said(conversation)[-1] == "Order A-7 is sent."


@pytest.mark.promise("AN3")
@pytest.mark.parametrize("trouble", [hangs, drips, stalls])
def test_a_turn_keeps_to_the_time_of_its_channel_however_long_a_model_may_take(shop: Shop, trouble: Behaviour) -> None:
    velo = Velo(shop)
    short = LiveChat()
    short.capabilities = replace(LiveChat.capabilities, turn_budget=3.0)
    velo.turns.channels = {short.kind: short}
    with Provider(trouble) as provider:
        velo.thinks_with(provider, seconds=240)
        conversation = velo.asked("Can I return my bike?")
    turn = velo.turn(conversation)
    assert len(velo.said(conversation)) == 1
    assert turn["decision"] in ("answer", "handoff")
    cut_short = [call["said"].startswith(SHORTENED) for call in turn["trace"]["models"]]
    by_the_turn = turn["trace"]["thinker"] == "code"  # where even the built-in answer comes too late
    assert by_the_turn or (turn["trace"]["thinker"], cut_short) == ("built-in", [True])
