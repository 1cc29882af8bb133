"""The owner fence: never a word of the agent after a human's (HO9)."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstline.conversations import closing, handoff, ownership, queries, replying
from firstline.conversations.record import locked
from firstline.conversations.rules import EntryKind, Owner, OwnerKind
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, TakenOver
from firstline.people.rules import Actor
from tests.world import Shop

VELO = Actor.agent("agt_velo", "Velo")


def _speak(tx: Tx, conversation_id: str, epoch: int, text: str = "From the agent") -> None:
    found = locked(tx, conversation_id)
    replying.fence(found, epoch)
    replying.agent_reply(tx, found, text, VELO, {}, turn_id="trn_1")


@pytest.mark.promise("HO9")
def test_a_reply_of_a_teammate_ends_the_agents_word(shop: Shop) -> None:
    conversation = shop.hears("Hello").conversation_id
    epoch = shop.gives_to_agent(conversation)
    shop.database.run(_speak, conversation, epoch)
    shop.database.run(replying.reply, conversation, "I take this", shop.jonas)
    with pytest.raises(TakenOver):
        shop.database.run(_speak, conversation, epoch)
    found = shop.database.run(queries.which, conversation)
    assert found.owner == Owner(OwnerKind.TEAMMATE, shop.jonas.id)


@pytest.mark.promise("HO8", "HO9")
def test_a_turn_that_began_before_take_over_and_return_says_nothing(shop: Shop) -> None:
    """The agent owns it again, but under another epoch: what it thought before is not said now."""
    conversation = shop.hears("Hello").conversation_id
    epoch = shop.gives_to_agent(conversation)
    shop.database.run(ownership.take_over, conversation, shop.jonas)
    shop.database.run(ownership.return_to_agent, conversation, shop.jonas)
    with pytest.raises(TakenOver):
        shop.database.run(_speak, conversation, epoch)


@pytest.mark.promise("HO9")
def test_a_handoff_loses_against_a_human_who_was_faster(shop: Shop) -> None:
    conversation = shop.hears("Hello").conversation_id
    epoch = shop.gives_to_agent(conversation)
    shop.database.run(replying.reply, conversation, "I take this", shop.jonas)
    with pytest.raises(TakenOver):
        _hand_off(shop, conversation, epoch)
    assert all(entry.kind is not EntryKind.HANDOFF for entry in shop.database.run(queries.timeline, conversation))


def _hand_off(shop: Shop, conversation: str, epoch: int) -> None:
    shop.database.run(
        handoff.hand_off,
        conversation,
        epoch=epoch,
        by=VELO,
        reason={"code": "asked_for_person", "text": "Customer asked for a person"},
        brief={"wants": "Shifting repaired"},
        destination=Owner(OwnerKind.TEAM, shop.workshop),
        message="I am handing you over to a colleague.",
    )


@pytest.mark.promise("HO6")
def test_a_handoff_tells_the_customer_and_changes_the_owner_in_one_act(shop: Shop) -> None:
    conversation = shop.hears("I want a person").conversation_id
    epoch = shop.gives_to_agent(conversation)
    _hand_off(shop, conversation, epoch)
    entries = shop.database.run(queries.timeline, conversation)
    assert [entry.kind.value for entry in entries] == ["message", "assignment", "message", "handoff", "assignment"]
    found = shop.database.run(queries.which, conversation)
    assert found.owner == Owner(OwnerKind.TEAM, shop.workshop)
    assert found.waiting_since is not None
    with pytest.raises(TakenOver):
        _hand_off(shop, conversation, epoch)


Step = Callable[[Shop, str, list[int]], Any]


def _take(shop: Shop, conversation: str, epochs: list[int]) -> None:
    shop.database.run(ownership.take_over, conversation, shop.jonas)


def _reply(shop: Shop, conversation: str, epochs: list[int]) -> None:
    shop.database.run(replying.reply, conversation, "human", shop.samira)


def _give_back(shop: Shop, conversation: str, epochs: list[int]) -> None:
    shop.database.run(ownership.return_to_agent, conversation, shop.jonas, "agt_velo")


def _begin(shop: Shop, conversation: str, epochs: list[int]) -> None:
    found = shop.database.run(queries.which, conversation)
    if found.held_by_agent:
        epochs.append(found.epoch)


def _close(shop: Shop, conversation: str, epochs: list[int]) -> None:
    shop.database.run(closing.close, conversation, shop.samira)


def _reopen(shop: Shop, conversation: str, epochs: list[int]) -> None:
    shop.database.run(closing.reopen, conversation, shop.samira)


def _commit(shop: Shop, conversation: str, epochs: list[int]) -> None:
    if epochs:
        shop.database.run(_speak, conversation, epochs[-1], "agent")


@pytest.mark.promise("HO9")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([_take, _reply, _give_back, _begin, _close, _reopen, _commit]), max_size=14))
def test_in_no_order_of_deeds_does_the_agent_speak_after_a_human_in_the_same_epoch(shop: Shop, steps: list[Step]) -> None:
    conversation = shop.hears("Hello", visitor=f"v{id(steps)}").conversation_id
    shop.gives_to_agent(conversation)
    epochs: list[int] = []
    for step in steps:
        try:
            step(shop, conversation, epochs)
        except Conflict:
            continue
    speaker: dict[int, str] = {}
    for entry in shop.database.run(queries.timeline, conversation):
        if entry.kind is EntryKind.MESSAGE and entry.direction == "out":
            assert not (entry.by_kind == "agent" and speaker.get(entry.epoch) == "teammate")
            speaker[entry.epoch] = entry.by_kind


@pytest.mark.promise("HO9")
def test_in_a_race_of_threads_the_agent_never_speaks_after_the_human(shop: Shop) -> None:
    for round_ in range(12):
        conversation = shop.hears("Hello", visitor=f"v{round_}").conversation_id
        epoch = shop.gives_to_agent(conversation)
        start = threading.Barrier(2)

        def human(conversation: str = conversation, start: threading.Barrier = start) -> None:
            start.wait()
            shop.database.run(replying.reply, conversation, "human", shop.jonas)

        def agent(conversation: str = conversation, epoch: int = epoch, start: threading.Barrier = start) -> None:
            start.wait()
            with contextlib.suppress(TakenOver):
                shop.database.run(_speak, conversation, epoch, "agent")

        threads = [threading.Thread(target=human), threading.Thread(target=agent)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        said = [entry.by_kind for entry in shop.database.run(queries.said, conversation) if entry.direction == "out"]
        assert said in (["teammate"], ["agent", "teammate"])
