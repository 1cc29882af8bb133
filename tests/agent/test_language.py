"""The language of a message."""

import pytest

from firstline.agent.language import PRODUCT_LANGUAGES, detect

MESSAGES = [
    ("Where is my parcel? It should have come yesterday.", "en"),
    ("Wie lange habe ich Zeit, das Rad zurückzugeben?", "de"),
    ("Combien de temps faut-il pour la livraison ?", "fr"),
    ("¿Cuánto tarda en llegar mi pedido?", "es"),
    ("Quanto tempo ci vuole per il rimborso?", "it"),
    ("Hoe lang duurt de levering van mijn fiets?", "nl"),
    ("Quanto tempo demora a entrega da bicicleta?", "pt"),
    ("Jak długo trwa dostawa roweru do domu?", "pl"),
]


@pytest.mark.parametrize(("text", "language"), MESSAGES)
def test_a_sentence_tells_its_language(text: str, language: str) -> None:
    assert detect(text, PRODUCT_LANGUAGES, "en").language == language


@pytest.mark.parametrize("text", ["hi", "ciao", "ok", "20418", "hola!", "https://veloria.example/de/rueckgabe", "👍👍👍", ""])
def test_a_short_text_keeps_the_language_of_the_conversation(text: str) -> None:
    found = detect(text, PRODUCT_LANGUAGES, "nl")
    assert (found.language, found.how) == ("nl", "kept")


def test_without_a_conversation_the_first_allowed_language_is_kept() -> None:
    assert detect("ok", ["fr", "en"]).language == "fr"


def test_only_allowed_languages_are_found() -> None:
    assert detect("Wie lange habe ich Zeit, das Rad zurückzugeben?", ["en", "nl"], "en").language in {"en", "nl"}


def test_one_allowed_language_is_always_the_answer() -> None:
    assert detect("Wie lange habe ich Zeit, das Rad zurückzugeben?", ["en"], "en").language == "en"


def test_a_script_that_one_language_uses_decides_at_any_length() -> None:
    assert detect("退货政策", ["en", "zh"], "en").language == "zh"
    assert detect("返品できますか", ["en", "zh", "ja"], "en").language == "ja"
    assert detect("שלום", ["en", "he"], "en").language == "he"
    assert detect("привет", ["en", "ru", "uk"], "uk").language == "uk"


def test_a_foreign_name_in_another_script_does_not_change_the_language() -> None:
    assert detect("I would like to order the 自転車 model in blue please", ["en", "ja"], "en").language == "en"


def test_regions_are_ignored() -> None:
    assert detect("Quanto tempo demora a entrega da bicicleta?", ["pt-BR", "en-GB"], "en-GB").language == "pt"


def test_a_very_long_text_is_read_at_its_beginning() -> None:
    assert detect("Wo bleibt meine Bestellung von letzter Woche? " * 50_000, PRODUCT_LANGUAGES, "en").language == "de"
