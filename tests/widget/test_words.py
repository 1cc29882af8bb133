"""The widget's words in every language, and the pure rules beside them."""

import re

import pytest
from pydantic import ValidationError

from firstline.channels.livechat.channel import LiveChat
from firstline.channels.livechat.config import LiveChatConfig, origin_allowed
from firstline.widget.rules import Allowance, Limits
from firstline.widget.wording import catalogues, wording

ENGLISH = wording("en").sentences


def test_the_promised_languages_are_there() -> None:
    assert {"en", "de", "fr", "es", "nl", "it", "pt", "pl"} <= catalogues().keys()


@pytest.mark.parametrize("language", sorted(catalogues()))
def test_every_language_has_every_sentence_with_the_same_places(language: str) -> None:
    sentences = wording(language).sentences
    assert sentences.keys() == ENGLISH.keys()
    for key, sentence in sentences.items():
        assert sentence.strip() == sentence != ""
        assert set(re.findall(r"\{(\w+)\}", sentence)) == set(re.findall(r"\{(\w+)\}", ENGLISH[key])), key


def test_every_sentence_is_used_by_the_widget() -> None:
    from importlib import resources

    used = "".join(
        file.read_text("utf-8")
        for folder in ("static", ".")
        for file in resources.files("firstline.widget").joinpath(folder).iterdir()
        if file.name.endswith((".js", ".py"))
    )
    assert [key for key in ENGLISH if not re.search(rf'(strings\.{key}\b|"{key}")', used)] == []


@pytest.mark.parametrize(("tag", "language"), [("de-AT", "de"), ("PT_br", "pt"), ("ja", "en"), ("", "en"), ("he-IL", "he")])
def test_a_page_gets_its_language_or_english(tag: str, language: str) -> None:
    assert wording(tag).language == language


def test_an_allowance_is_used_up_and_comes_back() -> None:
    allowance = Allowance(burst=2, rate=0.5)
    assert [allowance.take(0.0) for _ in range(3)] == [True, True, False]
    assert not allowance.take(1.9)
    assert allowance.take(4.0)


def test_limits_forget_who_has_not_been_seen_for_long() -> None:
    now = [0.0]
    limits = Limits(burst=1, rate=1, steady=lambda: now[0], keep=2)
    assert [limits.take(name) for name in "aabc"] == [True, False, True, False]
    now[0] = 5.0
    assert limits.take("c")


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://www.veloria.example", True),
        ("https://WWW.veloria.example", True),
        ("https://a.b.veloria.shop", True),
        ("https://veloria.shop", False),
        ("http://a.veloria.shop", False),
        ("https://evilveloria.shop", False),
        ("https://www.veloria.example.evil.example", False),
        ("null", False),
        (None, False),
    ],
)
def test_only_the_named_websites_may_use_the_chat(origin: str | None, allowed: bool) -> None:
    assert origin_allowed(["https://www.veloria.example", "https://*.veloria.shop"], origin) is allowed
    assert origin_allowed([], origin)


@pytest.mark.parametrize(
    "bad", ["veloria.example", "https://", "https://a b", "ftp://x.example", "https://*.", "https://x/path", "*"]
)
def test_what_is_no_origin_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="no origin"):
        LiveChatConfig.model_validate({"allowed_origins": [bad]})


@pytest.mark.parametrize(
    "settings", [{"accent": "red"}, {"accent": "#12345"}, {"theme": "pink"}, {"website": "javascript:x"}, {"nonsense": 1}]
)
def test_settings_that_cannot_be_right_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LiveChatConfig.model_validate(settings)


@pytest.mark.promise("CH8")
def test_the_channel_says_what_it_can_do() -> None:
    able = LiveChat.capabilities
    assert (able.text_limit, able.typing, able.live, able.citations, able.family, able.debounce) == (
        4000,
        True,
        True,
        True,
        "chat",
        0.7,
    )


def test_every_field_of_the_settings_has_title_and_help() -> None:
    for field in LiveChatConfig.model_fields.values():
        assert field.title
        assert field.description
