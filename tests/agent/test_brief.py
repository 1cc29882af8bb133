"""The brief that a handoff carries."""

from dataclasses import replace

import pytest

from firstline.agent.brief import language_name, missing_fields, write_brief
from firstline.agent.models.base import Brief, KnownContact, Reason
from tests.agent.talk import said

ASKED = (Reason("asked_for_person", "The customer asked for a person"),)
MIRA = KnownContact("Mira Sandoval", "mira@sandoval.example", {"Bike": "Trail 4"})


def _brief(*lines: str, contact: KnownContact = MIRA, language: str = "en") -> Brief:
    messages = said(*lines)
    cited = tuple(replace(one, cited=("First service", "Warranty terms")) if "two-year" in one.text else one for one in messages)
    return write_brief(cited[:-1], cited[-1:], contact, language, ASKED)


@pytest.mark.promise("HO7")
def test_a_brief_says_what_the_next_person_needs() -> None:
    brief = _brief(
        "Hi! I bought a Trail 4 from you, order #19922. Since yesterday the rear derailleur clicks. Is that covered?",
        "> Yes, the two-year warranty covers the drivetrain. Did the bike fall?",
        "No fall. I’d rather talk to someone in the workshop, I have a race on Saturday.",
    )
    assert brief.wants.startswith("I bought a Trail 4 from you")
    assert "rather talk" not in brief.wants
    assert brief.known[:3] == ("Name: Mira Sandoval", "Email: mira@sandoval.example", "Bike: Trail 4")
    assert "Code or order: #19922" in brief.known
    assert brief.tried[0].endswith("from First service, Warranty terms")
    assert brief.open_questions[0] == "Did the bike fall?"
    assert brief.language == "English"
    assert brief.mood == "pressed for time"


@pytest.mark.promise("HO7")
@pytest.mark.parametrize(
    "lines",
    [
        ("human",),
        ("?",),
        ("Ich will keinen Bot",),
        ("",),
        ("转人工",),
        ("hi", "> Hello!", "no thanks", "> All right.", "get me a person"),
    ],
)
def test_required_fields_are_never_empty(lines: tuple[str, ...]) -> None:
    assert missing_fields(_brief(*lines, contact=KnownContact(), language="de")) == ()


def test_a_missing_field_is_named() -> None:
    assert missing_fields(Brief(" ", (), (), (), (), "English", "")) == ("wants", "mood")


def test_what_was_promised_is_kept() -> None:
    brief = _brief("My parcel is lost.", "+ I will call you back tomorrow morning. Sorry again.", "Nobody called me!")
    assert brief.promised == ("I will call you back tomorrow morning.",)


def test_anger_is_told() -> None:
    assert _brief("Where is my parcel?", "> It is on its way.", "This is ridiculous, I am furious!").mood == "annoyed"


def test_statements_are_short_and_few() -> None:
    brief = _brief(*["My bike number 4471 makes a noise " + "and it goes on and on " * 60] * 20)
    assert len(brief.wants) <= 280
    assert all(len(one) <= 280 for one in (*brief.known, *brief.open_questions))
    assert len(brief.open_questions) <= 6


def test_languages_have_names() -> None:
    assert language_name("de") == "German"
    assert language_name("pt-BR") == "Portuguese"
    assert language_name("en", "de") == "Englisch"
    assert language_name("xx-nonsense") == "xx-nonsense"
