"""Picking among what the agent offered."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.agent.models.base import Clarify, HandOff, Reply, Said
from firstline.agent.models.choosing import chosen, numbered
from firstline.agent.models.standing import standing
from firstline.agent.phrases import languages, say
from firstline.people.rules import ActorKind
from tests.agent.talk import Library, answer, found, hit

OFFERED = ("Returns and refunds", "Flat tyre repair", "Battery warranty")


@pytest.mark.promise("AN3")
@pytest.mark.parametrize(
    ("text", "language", "picked"),
    [
        ("returns and refunds", "en", 0),
        ("2", "en", 1),
        ("2.", "en", 1),
        ("number 3 please", "en", 2),
        ("#1", "en", 0),
        ("option 2, thanks", "en", 1),
        ("4", "en", None),
        ("0", "en", None),
        ("the second one", "en", 1),
        ("The last one please", "en", 2),
        ("der zweite", "de", 1),
        ("Nummer 3 bitte", "de", 2),
        ("la dernière", "fr", 2),
        ("el segundo", "es", 1),
        ("la terza", "it", 2),
        ("de eerste", "nl", 0),
        ("o segundo", "pt", 1),
        ("drugi", "pl", 1),
        ("the second one", "de", 1),
        ("the flat tyre", "en", 1),
        ("it is about my warranty", "en", 2),
        ("refund", "en", 0),
        ("2 weeks ago", "en", None),
        ("Do you sell helmets for children?", "en", None),
        ("flat tyre or battery warranty", "en", None),
        ("", "en", None),
    ],
)
def test_an_option_is_picked_by_its_words_its_number_or_its_place(text: str, language: str, picked: int | None) -> None:
    assert chosen(text, OFFERED, language) == (None if picked is None else OFFERED[picked])


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=5), st.sampled_from(["en", "de", "ja", "xx"]))
@settings(max_examples=60, deadline=None)
def test_nothing_is_picked_that_was_not_offered(text: str, offered: list[str], language: str) -> None:
    assert chosen(text, offered, language) in (None, *offered)


@given(st.lists(st.sampled_from(["Returns", "Repairs", "Hours", "Prices", "Delivery"]), min_size=1, unique=True), st.data())
@settings(max_examples=30, deadline=None)
def test_a_number_is_always_the_place_in_the_list(offered: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(offered)))
    assert chosen(str(place), offered, "en") == offered[place - 1]


def test_what_was_offered_is_read_from_the_message_or_from_its_list() -> None:
    assert numbered("Is it one of these?\n1. Returns\n2. Flat tyre") == ("Returns", "Flat tyre")
    assert numbered("We open at 10. Come by.") == ()
    shown = Said(ActorKind.AGENT, say("clarify.near", "en"), datetime(2026, 11, 1, tzinfo=UTC), 1, offered=("Returns",))
    assert standing([shown]).offered == ("Returns",)


SHELF = {"back": found(hit("Send it back.", "Returns"), hit("A tyre costs €19.", "Flat tyre"), covered=0.4)}
ASKED = ("How do I bring it back to you?", f"> {say('clarify.near', 'en')}\n1. Returns\n2. Flat tyre\n3. Talk to a person")


@pytest.mark.promise("AN3", "AN2")
@pytest.mark.parametrize("agreed", ["yes", "ok", "sure", "exactly", "right"])
def test_agreement_to_several_topics_asks_which_one(agreed: str) -> None:
    draft = answer(SHELF, agreed, *ASKED)
    assert isinstance(draft, Clarify)
    assert [one.label for one in draft.options] == ["Returns", "Flat tyre", "Talk to a person"]


def test_agreement_to_one_topic_is_answered_from_it() -> None:
    one = ("How do I bring it back to you?", f"> {say('clarify.near', 'en')}\n1. Flat tyre\n2. Talk to a person")
    draft = answer(SHELF, "yes", *one)
    assert isinstance(draft, Reply)
    assert "€19" in draft.text


@pytest.mark.promise("HO2")
@pytest.mark.parametrize("language", languages())
def test_the_person_among_the_options_is_a_handoff_by_number_too(language: str) -> None:
    person = say("uncovered.person", language)
    listed = f"> {say('clarify.near', language)}\n1. Returns\n2. {person}"
    draft = answer(Library(SHELF), "2", "How do I bring it back to you?", listed, language=language)
    assert isinstance(draft, HandOff)
    assert draft.reason.code == "asked_for_person"


def test_a_topic_that_was_not_offered_is_not_taken_from_a_number_beyond_the_list() -> None:
    draft = answer(SHELF, "7", *ASKED)
    assert not isinstance(draft, Reply)
