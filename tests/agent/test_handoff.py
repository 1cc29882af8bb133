"""When the agent hands over, what follows, and what the customer is told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from firstline.agent import commands as agents
from firstline.agent import turns
from firstline.agent.handoff import NEVER_KEPT, OUTCOMES, HandoffSettings, outcome_of, told, trigger_in
from firstline.agent.models.base import Brief, HandOff, Reason
from firstline.conversations import ownership, queries
from firstline.conversations.rules import EntryKind, OwnerKind
from firstline.kit.errors import Invalid
from tests.agent.test_turn import Velo
from tests.agent.thinkers import courtesy
from tests.world import Shop

BRIEF = Brief("A refund", (), (), (), (), "English", "neutral")


def uncovered() -> HandOff:
    reason = Reason("uncovered", "The content does not cover it")
    return HandOff(reasons=(reason,), reason=reason, brief=BRIEF, language="en")


def velo(shop: Shop, draft: Any, **settings: Any) -> Velo:
    found = Velo(shop, draft)
    given_ = {"destination": {"kind": "teams", "ids": [shop.workshop]}, **settings}
    shop.database.run(agents.set_handoff, found.id, given_, by=shop.ines)
    return found


@pytest.mark.promise("HO1")
@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("I want a REFUND!", ("refund",), "refund"),
        ("I was refunded already", ("refund",), None),
        ("je veux un remboursement intégral", ("Remboursement integral",), "Remboursement integral"),
        ("legal   action, then", ("legal action", "action"), "legal action"),
        ("我要退款。", ("退款",), "退款"),
        ("", ("refund",), None),
        ("refund", (), None),
        ("a.b", ("a+b",), "a+b"),
        ("xaab", ("a+b",), None),
    ],
)
def test_listed_words_are_found_as_whole_words_whatever_case_and_accents(
    text: str, words: tuple[str, ...], found: str | None
) -> None:
    assert trigger_in(text, words) == found


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=20), max_size=5))
def test_no_text_and_no_list_of_words_breaks_the_search(text: str, words: list[str]) -> None:
    try:
        settings = HandoffSettings(words=tuple(words))
    except ValidationError:
        return
    found = trigger_in(text, settings.words)
    assert found is None or found in settings.words
    for word in settings.words:
        assert trigger_in(f"well, {word} then", (word,)) == word


@pytest.mark.promise("HO2", "HO3")
@given(st.sampled_from(OUTCOMES), st.sampled_from(OUTCOMES), st.booleans(), st.sampled_from(sorted(NEVER_KEPT)))
def test_whoever_asks_for_a_person_is_never_kept_by_the_agent(here: Any, away: Any, available: bool, code: str) -> None:
    settings = HandoffSettings(when_available=here, when_away=away)
    assert outcome_of(settings, code, available=available) != "keep"
    assert outcome_of(settings, "uncovered", available=available) == (here if available else away)


@pytest.mark.promise("HO4")
def test_own_words_are_said_only_to_whom_they_speak() -> None:
    settings = HandoffSettings(messages={"now": {"de": "Jonas kommt.", "en": " "}})
    assert told(settings, "now", "de-AT", "friendly", "en", available=True) == "Jonas kommt."
    assert "passing you on" in told(settings, "now", "en", "friendly", "de", available=True)
    assert told(settings, "now", "fr", "friendly", "de", available=True).startswith("Je vous passe")
    assert told(settings, "now", "ja", "friendly", "de", available=True) == "Jonas kommt."


@pytest.mark.promise("HO4", "HO6")
@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "it", "nl", "pl", "pt"])
def test_no_person_is_promised_now_while_nobody_is_there_and_nobody_is_said_to_be_away_who_is_not(language: str) -> None:
    settings = HandoffSettings()
    now = told(settings, "now", language, "friendly", "en", available=True)
    away = told(settings, "now", language, "friendly", "en", available=False)
    assert away == told(settings, "later", language, "friendly", "en", available=True)
    assert away != now
    for claim in ("nobody", "niemand", "personne n", "nadie", "nessuno", "nikt", "ninguém", " now", "jetzt"):
        assert claim not in away.lower()


@pytest.mark.parametrize(
    "wrong",
    [
        {"words": ["…"]},
        {"words": ["x" * 81]},
        {"words": [f"w{n}" for n in range(101)]},
        {"when_available": "maybe"},
        {"messages": {"now": {"de": "x" * 1001}}},
        {"messages": {"now": {"../": "x"}}},
        {"messages": {"never": {"de": "x"}}},
        {"surprise": 1},
    ],
)
def test_settings_that_cannot_be_right_are_refused_with_the_field(shop: Shop, wrong: dict[str, Any]) -> None:
    found = Velo(shop, courtesy("Hi"))
    with pytest.raises(Invalid) as refused:
        shop.database.run(agents.set_handoff, found.id, wrong, by=shop.ines)
    assert refused.value.field is not None
    assert refused.value.field.split(".")[0] in wrong


@pytest.mark.promise("HO1")
def test_a_listed_word_hands_over_at_once_without_thinking(shop: Shop) -> None:
    agent = velo(shop, courtesy("An answer"), words=["refund"])
    conversation = agent.hears("I demand a refund for my lock")
    agent.runs(conversation)
    assert agent.thinker.seen == []
    handoff = next(one for one in shop.database.run(queries.timeline, conversation) if one.kind is EntryKind.HANDOFF)
    assert handoff.data["reason"]["code"] == "trigger_words"
    assert "refund" in handoff.data["brief"]["wants"]
    assert agent.said(conversation)


@pytest.mark.promise("HO3")
def test_kept_conversations_stay_with_the_agent_and_leave_a_brief(shop: Shop) -> None:
    agent = velo(shop, uncovered(), when_available="keep", when_away="keep", messages={"keep": {"en": "Not here, sorry."}})
    conversation = agent.hears("Can you paint my bike with stars?")
    agent.runs(conversation)
    found = shop.database.run(queries.which, conversation)
    assert found.owner.kind is OwnerKind.AGENT
    assert agent.said(conversation) == ["Not here, sorry."]
    note = next(one for one in shop.database.run(queries.timeline, conversation) if one.kind is EntryKind.HANDOFF)
    assert note.data["kept"]
    assert note.data["brief"]["wants"] == "A refund"
    agent.hears("And with hearts?")
    agent.runs(conversation)
    assert agent.said(conversation) == ["Not here, sorry."] * 2


@pytest.mark.promise("HO3")
def test_what_is_answered_later_goes_on_in_the_help_desk(shop: Shop) -> None:
    agent = velo(shop, uncovered(), when_available="later", when_away="later")
    conversation = agent.hears("Can you paint my bike with stars?")
    agent.runs(conversation)
    found = shop.database.run(queries.which, conversation)
    assert found.workspace == "help_desk"
    assert found.owner.kind in (OwnerKind.TEAM, OwnerKind.TEAMMATE)
    assert found.status == "open"
    assert "A person will answer you" in agent.said(conversation)[0]


@pytest.mark.promise("HO9", "HO3")
def test_a_note_that_comes_after_a_teammate_took_over_is_not_written(shop: Shop) -> None:
    agent = velo(shop, uncovered(), when_available="keep", when_away="keep")
    conversation = agent.hears("Can you paint my bike with stars?")

    async def take_over() -> None:
        await shop.database.tx(ownership.take_over, conversation, shop.jonas)

    agent.thinker.meanwhile = take_over
    agent.runs(conversation)
    assert agent.said(conversation) == []


@pytest.mark.promise("HO8")
def test_given_back_the_agent_does_not_repeat_the_old_handoff(shop: Shop) -> None:
    agent = velo(shop, courtesy("Hello again"), words=["refund"])
    conversation = agent.hears("I demand a refund")
    agent.runs(conversation)
    shop.database.run(ownership.return_to_agent, conversation, shop.ines)
    agent.hears("By the way, when do you open?")
    agent.runs(conversation)
    timeline = shop.database.run(queries.timeline, conversation)
    assert len([one for one in timeline if one.kind is EntryKind.HANDOFF]) == 1
    assert agent.said(conversation)[-1] == "Hello again"


def test_a_teammate_may_make_the_agent_let_go_though_it_would_keep(shop: Shop) -> None:
    agent = velo(shop, uncovered(), when_available="keep", when_away="keep")
    conversation = agent.hears("Stars?")
    shop.database.run(turns.let_go, conversation, shop.ines, "I know the customer")
    assert shop.database.run(queries.which, conversation).owner.kind is not OwnerKind.AGENT
