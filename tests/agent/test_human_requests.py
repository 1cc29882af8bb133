"""Asking for a person, in thirty languages, against messages that look like it."""

import tomllib
from pathlib import Path

import pytest

from firstline.agent.models.intents import asks_for_person, read
from firstline.agent.models.lexicon import all_words
from firstline.agent.phrases import languages, say

SET = tomllib.loads(Path(__file__).with_name("human_requests.toml").read_text("utf-8"))
REQUESTS = [(language, text) for language, table in SET.items() for text in table["requests"]]
OTHERS = [(language, text) for language, table in SET.items() for text in table["others"]]


def test_the_set_is_large_enough() -> None:
    assert len(SET) >= 20
    assert min(len(table["requests"]) for table in SET.values()) >= 6
    assert len(OTHERS) >= 150


@pytest.mark.promise("HO2")
@pytest.mark.parametrize("known", ["its own", "en", "de"])
def test_requests_are_recognised_whatever_language_the_conversation_is_taken_for(known: str) -> None:
    right = [bool(asks_for_person(text, language if known == "its own" else known)) for language, text in REQUESTS]
    wrong = [bool(asks_for_person(text, language if known == "its own" else known)) for language, text in OTHERS]
    recall, precision = sum(right) / len(right), sum(right) / (sum(right) + sum(wrong))
    assert recall >= 0.95
    assert precision >= 0.95


def test_every_language_has_all_its_words() -> None:
    assert set(SET) <= set(all_words())
    for language in languages():
        assert all_words()[language].stop, language


@pytest.mark.parametrize("language", languages())
def test_the_agents_own_offer_asks_for_a_person_when_the_customer_takes_it(language: str) -> None:
    assert asks_for_person(say("uncovered.person", language), language)


@pytest.mark.parametrize(
    "text",
    [
        "Hello, my chain broke yesterday.\nCan I talk to a human?\nThanks",
        "I WANT TO SPEAK TO AN AGENT!!!",
        "i want to speak to an agent 😡😡",
        "\u200bI want to talk to a human",
        "I don’t want to talk to a bot",
        "Thanks, but I’d rather talk to somebody from the workshop",
    ],
)
def test_a_request_is_found_inside_other_words_and_signs(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize(
    "text", ["", " ", "👍", "?!", "a" * 50_000, "talk to " * 5_000, "no " * 10_000, "\x00\ud800 human?".replace("\ud800", "")]
)
def test_any_text_can_be_read_in_time(text: str) -> None:
    read(text)


def test_a_request_at_the_end_of_a_very_long_message_is_found() -> None:
    assert asks_for_person("My bike is broken. " * 2_000 + "I want to talk to a human.")
