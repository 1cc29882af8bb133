"""Topics that people take over, in plain language."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstline.agent import commands as agents
from firstline.agent.guidelines.matching import Matcher
from firstline.agent.handoff_topics import Topic, exceeds, topic_in
from firstline.conversations import queries
from firstline.conversations.rules import EntryKind
from firstline.kit.errors import Invalid
from firstline.knowledge.embedding import OnnxEmbedder
from firstline.knowledge.models import MODEL, TOKENIZER
from firstline.settings import Settings
from tests.agent.test_turn import Velo
from tests.agent.thinkers import courtesy
from tests.world import Shop

LEGAL = Topic(
    about="Legal threats",
    examples=("I will take you to court", "You will hear from my lawyer", "I am going to sue you"),
)
REFUND = Topic(
    about="Refunds over 100 euros",
    examples=("I want my 250 euros back", "Please refund my 180 €", "Refund me $ 400"),
)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    models = Settings().models.expanduser()
    if not (Path(models) / MODEL).exists():
        pytest.skip("the embedding model is not here: run firstline prepare")
    return Matcher(OnnxEmbedder(models / MODEL, models / TOKENIZER))


@pytest.mark.promise("HO1")
@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("My lawyer will contact you tomorrow.", "Legal threats"),
        ("If this goes on I will sue your company", "Legal threats"),
        ("I want the 320 euros back that I paid", "Refunds over 100 euros"),
        ("I want the 32 euros back that I paid", None),
        ("I want my money back", None),
        ("Which tyres fit the Trail 4?", None),
        ("Where is my order?", None),
        ("", None),
    ],
)
def test_a_topic_is_recognised_by_its_meaning_and_its_limit(matcher: Matcher, text: str, about: str | None) -> None:
    found = topic_in(matcher, text, [LEGAL, REFUND], "chat")
    assert (found[0].about if found else None) == about


def test_without_an_embedder_no_topic_holds_by_chance() -> None:
    assert topic_in(Matcher(), "I will take you to court", [LEGAL], "chat") is None


@pytest.mark.parametrize(
    ("about", "text", "holds"),
    [
        ("Refunds over 100 euros", "refund 100 euros", False),
        ("Refunds over 100 euros", "refund 100,50 €", True),
        ("Refunds of at least 100 euros", "refund 100 euros", True),
        ("Refunds of at least 100 euros", "refund 99,99 euros", False),
        ("Erstattungen ab 100 Euro", "100 Euro zurück", True),
        ("Refunds over 1,000 dollars", "give me $1,200 back", True),
        ("Erstattungen über 1.000 Euro", "999,99 Euro zurück", False),
        ("Refunds over 100 euros", "order 4711, the refund please", False),
        ("Legal threats", "no figure at all", True),
    ],
)
def test_an_amount_in_a_topic_is_a_limit(about: str, text: str, holds: bool) -> None:
    assert exceeds(Topic(about=about, examples=("a b", "c d")).limit, text) is holds


@given(st.text(max_size=80))
def test_any_text_can_be_read_for_amounts(text: str) -> None:
    assert exceeds(None, text)
    exceeds(100.0, text + " € 5")


@pytest.mark.promise("HO1")
def test_a_topic_hands_over_before_anything_is_thought(shop: Shop, matcher: Matcher) -> None:
    agent = Velo(shop, courtesy("An answer"))
    agent.turns.matcher = matcher
    given_ = {"destination": {"kind": "teams", "ids": [shop.workshop]}, "topics": [LEGAL.model_dump()]}
    shop.database.run(agents.set_handoff, agent.id, given_, by=shop.ines)
    conversation = agent.hears("You will hear from my lawyer about this!")
    agent.runs(conversation)
    assert agent.thinker.seen == []
    handoff = next(one for one in shop.database.run(queries.timeline, conversation) if one.kind is EntryKind.HANDOFF)
    assert handoff.data["reason"]["code"] == "trigger_topic"
    assert "Legal threats" in handoff.data["reason"]["text"]


@pytest.mark.promise("HO1")
@pytest.mark.parametrize(
    "wrong",
    [
        [{"about": " ", "examples": ["a b", "c d"]}],
        [{"about": "Legal threats", "examples": ["only one"]}],
        [{"about": "x" * 121, "examples": ["a b", "c d"]}],
        [{"about": "Legal", "examples": ["a", "x" * 301]}],
        [{"about": f"Topic {n}", "examples": ["a b", "c d"]} for n in range(21)],
        [{"about": "Legal", "examples": ["a b", "c d"], "surprise": 1}],
    ],
)
def test_topics_that_cannot_be_right_are_refused_with_the_field(shop: Shop, wrong: list[dict[str, Any]]) -> None:
    agent = Velo(shop, courtesy("Hi"))
    with pytest.raises(Invalid) as refused:
        shop.database.run(agents.set_handoff, agent.id, {"topics": wrong}, by=shop.ines)
    assert (refused.value.field or "").startswith("topics")
