"""Guidelines: conditions, drafts, versions, what code says and what a model confirms."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstline.agent.guidelines import commands, queries
from firstline.agent.guidelines.matching import Matcher
from firstline.agent.guidelines.rules import Guideline, Known, differences, forced
from firstline.kit.errors import Forbidden, Invalid, NotFound
from firstline.knowledge.embedding import OnnxEmbedder
from firstline.knowledge.models import MODEL, TOKENIZER
from firstline.settings import Settings
from tests.agent.minds import Velo
from tests.agent.provider import Provider, answers, decides
from tests.world import Shop

TONE = {"section": "tone", "title": "No slang", "text": "Never use slang."}
LEGAL = {
    "section": "guardrail",
    "title": "No legal advice",
    "text": "I cannot give legal advice. A lawyer can.",
    "condition": "the customer asks for legal advice",
    "examples": ["Can I sue the manufacturer?", "What are my legal rights after an accident?", "Should I take you to court?"],
    "counter_examples": ["Is the lamp road legal?"],
}
RECALL = {
    "section": "scripted_response",
    "title": "Fork recall",
    "text": "We recall the F200 fork.\n\nStop riding and send us the frame number.",
    "words": ["fork recall", "F200"],
}


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """With the product's embedder."""
    models = Settings().models.expanduser()
    return Matcher(OnnxEmbedder(models / MODEL, models / TOKENIZER))


def known(**values: Any) -> Known:
    """A guideline."""
    return Known(str(values["title"]), Guideline.model_validate(values))


ALL = tuple(known(**one) for one in (TONE, LEGAL, RECALL))


@pytest.mark.promise("ID2")
@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Can I sue the maker of the frame?", "No legal advice"),
        ("what legal rights do I have after my accident", "No legal advice"),
        ("Is there a FORK  recall?", "Fork recall"),
        ("Is the lamp road legal in Germany?", None),
        ("Where is my order?", None),
        ("My f2000 bag is torn", None),
    ],
)
def test_a_condition_holds_by_examples_or_words(matcher: Matcher, text: str, holds: str | None) -> None:
    match = forced(matcher.match(text, ALL, "chat"))
    assert (match.known.id if match else None) == holds


def test_what_holds_always_needs_no_condition(matcher: Matcher) -> None:
    assert [one.known.id for one in matcher.match("Where is my order?", ALL, "chat")] == ["No slang"]


def test_a_condition_without_examples_waits_for_a_model(matcher: Matcher) -> None:
    vague = known(section="guardrail", title="Vague", text="No.", condition="the customer is a competitor")
    found = matcher.match("Where is my order?", [vague], "chat")
    assert [(one.known.id, one.sure) for one in found] == [("Vague", False)]


def test_a_guideline_of_one_channel_is_silent_on_others(matcher: Matcher) -> None:
    mail = known(**{**RECALL, "channels": ["email"]})
    assert forced(matcher.match("fork recall", [mail], "chat")) is None
    assert forced(matcher.match("fork recall", [mail], "email")) is not None


def test_a_disabled_guideline_does_nothing(matcher: Matcher) -> None:
    assert matcher.match("fork recall", [known(**{**RECALL, "enabled": False})], "chat") == ()


def test_a_guardrail_goes_before_a_scripted_response_and_high_before_normal(matcher: Matcher) -> None:
    words = {"words": ["fork recall"], "text": "x"}
    low = known(section="scripted_response", title="normal", **words)
    high = known(section="scripted_response", title="high", priority="high", **words)
    guard = known(section="guardrail", title="guard", priority="low", **words)
    found = matcher.match("fork recall", [low, high, guard], "chat")
    assert [one.known.id for one in found] == ["guard", "high", "normal"]


@given(st.text(max_size=300))
def test_no_text_breaks_the_matching(text: str) -> None:
    Matcher().match(text, ALL, "chat")


@pytest.mark.parametrize("section", ["guardrail", "scripted_response"])
def test_approved_words_need_a_condition(shop: Shop, section: str) -> None:
    velo = Velo(shop)
    with pytest.raises(Invalid, match="would answer everything"):
        shop.database.run(commands.add, velo.id, {"section": section, "title": "All", "text": "No."}, by=shop.ines)


@pytest.mark.promise("PM2")
def test_guidelines_need_the_permission_and_a_seat(shop: Shop) -> None:
    velo = Velo(shop)
    with pytest.raises(Forbidden):
        shop.database.run(commands.add, velo.id, TONE, by=shop.samira)


@pytest.mark.promise("ID2")
def test_versions_tell_what_changed_and_any_of_them_can_be_brought_back(shop: Shop) -> None:
    velo, run = Velo(shop), shop.database.run
    tone = run(commands.add, velo.id, TONE, by=shop.ines)
    assert run(queries.published_of, velo.id) == ()
    assert run(commands.publish, velo.id, note="First rules", by=shop.ines) == 1
    run(commands.change, velo.id, tone, {"text": "Never use slang or emoji."}, by=shop.ines)
    legal = run(commands.add, velo.id, LEGAL, by=shop.ines)
    assert run(queries.waits, velo.id)
    assert run(commands.publish, velo.id, by=shop.ines) == 2
    assert run(commands.publish, velo.id, by=shop.ines) == 2
    first, second = (run(queries.version, velo.id, number).guidelines for number in (1, 2))
    assert [(one.id, one.kind, [name for name, _, _ in one.fields]) for one in differences(first, second)] == [
        (tone, "changed", ["text"]),
        (legal, "added", ["section", "title", "text", "condition", "examples", "counter_examples", "priority", "enabled"]),
    ]
    assert run(commands.restore, velo.id, 1, by=shop.ines) == 3
    assert run(queries.published_of, velo.id) == first
    assert run(queries.draft_of, velo.id) == first
    last = run(queries.versions, velo.id)[0]
    assert (last.restores, last.by_name) == (1, "Ines Moreau")
    with pytest.raises(NotFound):
        run(commands.restore, velo.id, 9, by=shop.ines)


def test_what_was_removed_can_be_brought_back_and_a_draft_discarded(shop: Shop) -> None:
    velo, run = Velo(shop), shop.database.run
    tone = run(commands.add, velo.id, TONE, by=shop.ines)
    run(commands.publish, velo.id, by=shop.ines)
    run(commands.remove, velo.id, tone, by=shop.ines)
    assert run(queries.draft_of, velo.id) == ()
    run(commands.bring_back, velo.id, tone, by=shop.ines)
    assert [one.id for one in run(queries.draft_of, velo.id)] == [tone]
    run(commands.add, velo.id, LEGAL, by=shop.ines)
    run(commands.discard, velo.id, by=shop.ines)
    assert [one.id for one in run(queries.draft_of, velo.id)] == [tone]
    assert not run(queries.waits, velo.id)


def _with(shop: Shop, matcher: Matcher, *values: dict[str, Any]) -> tuple[Velo, list[str]]:
    velo = Velo(shop)
    velo.turns.matcher = matcher
    ids = [shop.database.run(commands.add, velo.id, one, by=shop.ines) for one in values]
    shop.database.run(commands.publish, velo.id, by=shop.ines)
    return velo, ids


@pytest.mark.promise("ID2", "AN3")
def test_a_guardrail_refuses_with_its_words_and_asks_no_model(shop: Shop, matcher: Matcher) -> None:
    velo, ids = _with(shop, matcher, LEGAL)
    with Provider(answers("Yes, sue them.")) as provider:
        velo.thinks_with(provider)
        conversation = velo.asked("Can I sue the manufacturer?")
        assert provider.requests == []
    assert velo.said(conversation) == ["I cannot give legal advice. A lawyer can."]
    assert [(one["id"], one["applied"]) for one in velo.turn(conversation)["trace"]["guidelines"]] == [(ids[0], True)]


@pytest.mark.promise("ID2")
def test_a_scripted_response_is_said_word_for_word_and_needs_no_evidence(shop: Shop, matcher: Matcher) -> None:
    velo, _ = _with(shop, matcher, RECALL)
    conversation = velo.asked("Is my F200 affected?")
    assert velo.said(conversation) == [RECALL["text"]]


@pytest.mark.promise("HO2")
def test_a_wish_for_a_person_goes_before_any_guideline(shop: Shop, matcher: Matcher) -> None:
    velo, _ = _with(shop, matcher, {**RECALL, "words": ["human"]})
    conversation = velo.asked("I want to talk to a human")
    assert velo.turn(conversation)["decision"] == "handoff"


@pytest.mark.promise("ID2")
def test_what_is_not_sure_is_confirmed_by_the_model_in_the_same_call(shop: Shop, matcher: Matcher) -> None:
    vague = {
        "section": "guardrail",
        "title": "Competitors",
        "text": "I say nothing about others.",
        "condition": "it is about rivals",
    }
    velo, ids = _with(shop, matcher, vague, TONE)
    with Provider(answers("Theirs are worse.", guidelines=["G1"])) as provider:
        velo.thinks_with(provider)
        conversation = velo.asked("How good are the bikes of Radmeister?")
        prompt = next(provider.prompts())
        assert len(provider.requests) == 1
    assert "Never use slang." in prompt
    assert velo.said(conversation) == ["I say nothing about others."]
    applied = {one["id"]: one["applied"] for one in velo.turn(conversation)["trace"]["guidelines"]}
    assert applied == {ids[0]: True, ids[1]: True}


def test_a_model_cannot_confirm_what_it_was_not_told_of(shop: Shop, matcher: Matcher) -> None:
    velo, _ = _with(shop, matcher, RECALL)
    with Provider(decides("clarify", question="Which bike do you mean?", guidelines=["G1", "G7", "gdl_1"])) as provider:
        velo.thinks_with(provider)
        conversation = velo.asked("Does it fit me?")
    assert velo.said(conversation)[0].startswith("Which bike")


def test_a_draft_is_not_met_by_customers(shop: Shop, matcher: Matcher) -> None:
    velo, _ = _with(shop, matcher, TONE)
    shop.database.run(commands.add, velo.id, RECALL, by=shop.ines)
    conversation = velo.asked("Is there a fork recall?")
    assert velo.said(conversation) != [RECALL["text"]]
