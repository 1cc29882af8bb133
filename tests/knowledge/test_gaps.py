"""Questions without an answer: noted, grouped, closed."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from firstline.agent import commands as agents
from firstline.agent import turns
from firstline.agent.models.base import Clarify, Reason, Reply, Segment
from firstline.agent.noticing import noticing
from firstline.agent.turn import QUICK, _matter
from firstline.conversations import ownership, replying
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Forbidden, Invalid, NotFound
from firstline.knowledge import queries as sources
from firstline.knowledge.embedding import EMPTY, Embedding
from firstline.knowledge.gaps import commands, queries
from firstline.knowledge.gaps.grouping import ALIKE, groups
from firstline.knowledge.gaps.jobs import Placing
from firstline.people.rules import ALL, Permission
from tests.agent.test_turn import Velo
from tests.world import Shop


class ByFirstWord:
    """An embedder for tests: texts with the same first word are alike."""

    def embed(self, text: str) -> Embedding:
        vector = np.zeros(384, np.float32)
        vector[sum(map(ord, text.split(maxsplit=1)[0].lower())) % 384] = 1
        return replace(EMPTY, vector=vector)


def gap(shop: Shop, question: str, visitor: str = "mira") -> str:
    """A question that stays open, in a conversation of its own."""
    conversation = shop.hears(question, visitor=visitor).conversation_id
    made = shop.database.run(
        lambda tx: commands.note(
            tx,
            agent_id="agt_1",
            conversation_id=conversation,
            turn_id="trn_1",
            question=question,
            language="en",
            reason="not_covered",
        )
    )
    assert made is not None
    asyncio.run(Placing(shop.database, ByFirstWord()).place(made))
    return made


@given(arrays(np.float32, st.tuples(st.integers(0, 40), st.just(6)), elements=st.floats(-1, 1, width=32)))
def test_every_question_is_in_one_topic_and_near_its_centre(raw: Any) -> None:
    length = np.linalg.norm(raw, axis=1, keepdims=True)
    vectors = np.where(length > 0, raw / np.where(length > 0, length, 1), 0).astype(np.float32)
    found = groups(vectors)
    assert sorted(one for group in found for one in group.members) == list(range(len(vectors)))
    assert [len(group.members) for group in found] == sorted((len(group.members) for group in found), reverse=True)
    for group in found:
        for one in group.members[1:]:
            assert vectors[group.members[0]] @ vectors[one] >= ALIKE - 1e-6


@pytest.mark.promise("KN5")
def test_alike_questions_are_one_topic_and_the_most_asked_comes_first(shop: Shop) -> None:
    gap(shop, "insurance for leased bikes?", "a")
    for visitor in "bcd":
        gap(shop, f"trailers, do you rent them {visitor}?", visitor)
    topics = shop.database.run(queries.topics, shop.ines)
    assert [len(topic.gaps) for topic in topics] == [3, 1]
    assert topics[0].question.startswith("trailers")


@pytest.mark.promise("KN5")
def test_create_and_resolve_makes_a_short_answer_and_closes_the_topic(shop: Shop) -> None:
    ids = [gap(shop, f"trailers {visitor}?", visitor) for visitor in "ab"]
    made = shop.database.run(commands.resolve, ids, "Do you rent trailers?", "Yes, for 12 euros a day.", by=shop.ines)
    assert shop.database.run(sources.which, made).question == "Do you rent trailers?"
    assert shop.database.run(queries.topics, shop.ines) == []
    assert shop.database.run(queries.counts) == {"resolved": 2}
    with pytest.raises(NotFound):
        shop.database.run(commands.resolve, ids, "Again?", "Yes.", by=shop.ines)


def test_a_wrong_answer_closes_nothing(shop: Shop) -> None:
    made = gap(shop, "trailers?")
    with pytest.raises(Invalid):
        shop.database.run(commands.resolve, [made], "Trailers?", "   ", by=shop.ines)
    with pytest.raises(Forbidden):
        shop.database.run(commands.resolve, [made], "Trailers?", "Yes", by=replace(shop.ines, seat=False))
    assert len(shop.database.run(queries.topics, shop.ines)) == 1


def test_a_dismissed_topic_can_be_put_back(shop: Shop) -> None:
    made = gap(shop, "trailers?")
    shop.database.run(commands.dismiss, [made], by=shop.ines)
    assert shop.database.run(queries.topics, shop.ines) == []
    shop.database.run(commands.reopen, [made], by=shop.ines)
    assert len(shop.database.run(queries.topics, shop.ines)) == 1


@pytest.mark.promise("KN5", "PM1")
def test_only_thirty_days_count_and_only_conversations_that_one_may_see(shop: Shop, clock: FixedClock) -> None:
    gap(shop, "trailers?")
    blind = replace(shop.samira, permissions=ALL - {Permission.USE_INBOX})
    assert shop.database.run(queries.topics, blind) == []
    clock.advance(timedelta(days=31))
    assert shop.database.run(queries.topics, shop.ines) == []


@pytest.mark.promise("KN5")
def test_what_a_teammate_answered_afterwards_is_the_draft(shop: Shop, clock: FixedClock) -> None:
    made = gap(shop, "trailers, can I rent one?")
    conversation = shop.database.run(queries.topics, shop.ines)[0].gaps[0].conversation_id
    clock.advance(timedelta(minutes=1))
    shop.database.run(replying.reply, conversation, "One moment.", shop.jonas)
    shop.database.run(replying.reply, conversation, "Yes, we rent trailers for 12 euros a day, with a deposit of 50.", shop.jonas)
    topic = shop.database.run(queries.topics, shop.ines)[0]
    assert topic.gaps[0].id == made
    assert topic.suggestion is not None
    assert topic.suggestion.text.startswith("Yes, we rent")
    assert topic.suggestion.teammate_id == shop.jonas.id


@pytest.mark.promise("KN5")
def test_a_turn_notes_what_it_could_not_answer_and_settles_it_when_it_can(shop: Shop) -> None:
    velo = Velo(shop, Clarify(reasons=(Reason("not_covered", "No"),), text="Could you put it another way?"))
    conversation = velo.hears("Hello, do you rent trailers? Thanks!")
    velo.runs(conversation)
    topic = shop.database.run(queries.topics, shop.ines)[0]
    assert topic.question == "do you rent trailers?"
    velo.hears("a trailer for a child")
    begun = shop.database.run(turns.begin, conversation)
    assert begun is not None
    matter = shop.database.run(_matter, begun, QUICK)
    answer = Reply(reasons=(Reason("covered", "Yes"),), segments=(Segment("Yes, for 12 euros.", passages=("psg_1",)),))
    shop.database.run(noticing(begun, matter, answer))
    assert shop.database.run(queries.counts) == {"answered": 1}


def test_the_same_question_in_one_conversation_counts_once_and_noise_not_at_all(shop: Shop) -> None:
    conversation = shop.hears("trailers?").conversation_id
    shop.database.run(agents.create, {"name": "Velo"}, by=shop.ines)

    def note(question: str) -> str | None:
        return shop.database.run(
            lambda tx: commands.note(
                tx,
                agent_id="agt_1",
                conversation_id=conversation,
                turn_id="t",
                question=question,
                language="en",
                reason="not_covered",
            )
        )

    assert note("trailers?") is not None
    assert note("trailers?  ") is None
    assert note("?!") is None
    assert note("") is None
    shop.database.run(ownership.take_over, conversation, shop.jonas)
    assert len(shop.database.run(queries.topics, shop.ines)) == 1
