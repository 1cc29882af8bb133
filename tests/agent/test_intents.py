"""Courtesies, moods, and what a message is about."""

import pytest

from firstline.agent.models.intents import read
from firstline.agent.models.lexicon import fold
from firstline.agent.models.questions import questions_of


@pytest.mark.parametrize(
    ("text", "language", "what"),
    [
        ("hi", "en", "greets"),
        ("Good morning!", "en", "greets"),
        ("Hallo zusammen", "de", "greets"),
        ("Bonjour", "fr", "greets"),
        ("你好", "zh", "greets"),
        ("Thanks a lot!", "en", "thanks"),
        ("Danke dir, super!", "de", "thanks"),
        ("Gracias", "en", "thanks"),
        ("bye, have a nice weekend", "en", "leaves"),
        ("Tschüss", "de", "leaves"),
        ("That's all for now.", "en", "leaves"),
        ("yes please", "en", "agrees"),
        ("ja gerne", "de", "agrees"),
        ("oui", "fr", "agrees"),
        ("no thanks", "en", "declines"),
        ("nein danke", "de", "declines"),
    ],
)
def test_a_courtesy_has_nothing_to_look_up(text: str, language: str, what: str) -> None:
    reading = read(text, language)
    assert getattr(reading, what)
    assert reading.social_only


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("Hi, can I return my bike? Thanks!", "can I return my bike?"),
        ("hello how long does delivery take", "how long does delivery take"),
        ("Thanks, but what about the pedals?", "but what about the pedals?"),
        ("Is it €1,849.00 or €1,899.00?", "Is it €1,849.00 or €1,899.00?"),
    ],
)
def test_the_matter_is_what_is_left_without_courtesies(text: str, matter: str) -> None:
    assert read(text).matter == matter


@pytest.mark.parametrize(
    "text",
    ["that didn't help", "it doesn't work", "no, that's not what I asked", "you already said that", "I tried that already"],
)
def test_an_answer_that_did_not_help_is_noticed(text: str) -> None:
    assert read(text).not_helped


@pytest.mark.parametrize("text", ["My display doesn't work", "The brake still squeaks", "Does the app not work offline?"])
def test_a_thing_that_does_not_work_is_no_complaint_about_the_answer(text: str) -> None:
    assert not read(text).not_helped


@pytest.mark.parametrize(
    ("text", "language"),
    [("this is ridiculous!", "en"), ("DAS IST EINE FRECHHEIT", "de"), ("c'est scandaleux", "fr"), ("what?!?!!!", "en")],
)
def test_anger_is_noticed(text: str, language: str) -> None:
    assert read(text, language).upset


@pytest.mark.parametrize(
    ("text", "talk"),
    [
        ("are you a bot?", "who"),
        ("Bist du ein Mensch?", "who"),
        ("how are you?", "how"),
        ("I have a question", "what"),
        ("can you help me", "what"),
    ],
)
def test_small_talk_is_noticed(text: str, talk: str) -> None:
    assert read(text, "de" if "Bist" in text else "en").talk == talk


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        (
            "How much is a basic service and do I need an appointment?",
            ("How much is a basic service?", "do I need an appointment?"),
        ),
        ("What are your hours? And do you sell helmets?", ("What are your hours?", "And do you sell helmets?")),
        ("Is it free? And who pays?", ("Is it free? And who pays?",)),
        ("My chain broke. What does a new one cost?", ("My chain broke. What does a new one cost?",)),
        (
            "Chain is worn after 500 km. Seriously? Is that supposed to happen?",
            ("Chain is worn after 500 km. Seriously? Is that supposed to happen?",),
        ),
        (
            "We are six. Is there a discount? Can you leave out the VAT?",
            ("We are six. Is there a discount?", "We are six. Can you leave out the VAT?"),
        ),
    ],
)
def test_questions_that_stand_for_themselves_are_taken_apart(text: str, questions: tuple[str, ...]) -> None:
    assert questions_of(read(text), "en") == questions


def test_folding_leaves_scripts_alone_and_drops_accents() -> None:
    assert fold("Ça coûte ŁÓDŹ ‘x’") == "ca coute lodz 'x'"
    assert fold("상담원") == "상담원"
    assert fold("नमस्ते") == "नमस्ते"
