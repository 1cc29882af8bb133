"""Questions that lean on one asked before."""

from datetime import UTC, datetime

import pytest

from firstline.agent.models.base import Clarify, Reply, Said
from firstline.agent.models.following import answering, leans_on
from firstline.knowledge.rules import Found
from firstline.people.rules import ActorKind
from tests.agent.talk import Library, answer, found, hit

AUSTRIA = ("How long does delivery to Austria take?", "> Austria: 2 to 4 days.")


def history(*texts: str) -> list[Said]:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    kinds = (ActorKind.CONTACT, ActorKind.AGENT)
    return [Said(kinds[place % 2], text, at, place) for place, text in enumerate(texts)]


@pytest.mark.promise("AN3")
@pytest.mark.parametrize(
    ("text", "language", "leans"),
    [
        ("and to Belgium?", "en", True),
        ("What about the Pro plan?", "en", True),
        ("how much does it cost?", "en", True),
        ("und für den Pro-Tarif?", "de", True),
        ("wie ist es mit Belgien?", "de", True),
        ("et pour la Belgique ?", "fr", True),
        ("¿y los domingos?", "es", True),
        ("Can I pay by invoice?", "en", False),
        ("And how do I register my new bicycle in the passport of the city?", "en", False),
        ("Kann ich auf Rechnung zahlen?", "de", False),
    ],
)
def test_a_short_question_that_points_back_leans_on_the_last_whole_one(text: str, language: str, leans: bool) -> None:
    before = "How long does delivery to Austria take?"
    assert leans_on(text, history(before, "2 to 4 days."), language) == (before if leans else None)


def test_a_chain_of_such_questions_goes_back_to_the_whole_one() -> None:
    said = history("How long does delivery to Austria take?", "2 to 4 days.", "and to Belgium?", "The same.")
    assert leans_on("and France?", said, "en") == "How long does delivery to Austria take?"
    assert leans_on("and France?", history("hi", "Hello!"), "en") is None


class Together(Library):
    """Covers the first question, and what is asked together with it; what leans on it covers nothing alone."""

    def __init__(self, *passages: str) -> None:
        hits = [hit(text, "Delivery", passage_id=f"p{n}") for n, text in enumerate(passages)]
        super().__init__({"delivery to austria": found(*hits)})


def test_a_follow_up_is_answered_from_content_that_has_its_own_words() -> None:
    shelf = Together("Austria: 2 to 4 days.", "Belgium: 3 to 5 days.")
    draft = answer(shelf, "and to Belgium?", *AUSTRIA)
    assert isinstance(draft, Reply)
    assert draft.text == "Belgium: 3 to 5 days."


@pytest.mark.promise("AN2")
def test_what_was_asked_before_does_not_make_another_thing_covered() -> None:
    draft = answer(Together("Austria: 2 to 4 days.", "Belgium: 3 to 5 days."), "and to Mars?", *AUSTRIA)
    assert isinstance(draft, Clarify)
    assert draft.reasons[0].code == "not_covered"


def test_a_follow_up_without_words_of_its_own_may_be_answered_by_any_passage() -> None:
    hits = (hit("It costs €5."), hit("By mail."))
    assert answering("and how much?", hits, "en") == hits
    assert answering("and to Mars?", hits, "en") == ()
    assert answering("and to Mars?", Found().hits, "en") == ()
