"""Content and questions in other languages than English: found by their words, and never answered by what says something else."""

import pytest

from firstline.knowledge import commands
from firstline.knowledge.rules import Found, Query
from firstline.knowledge.words import stop_words, terms
from tests.knowledge.conftest import Library

GERMAN = {
    "Möbel zurückgeben": "Sie können Möbel innerhalb von 60 Tagen zurückgeben. Die Abholung kostet 39,00 €.",
    "Versandkosten": "Ein Paket kostet 5,90 € in Deutschland und 12,90 € in Österreich.",
    "Garantie": "Wir geben zehn Jahre Garantie auf Gestelle und zwei Jahre auf Scharniere.",
    "Holz pflegen": "Geöltes Holz braucht zweimal im Jahr neues Öl.",
    "Unsere Ausstellung": "Die Ausstellung in Freiburg ist dienstags bis freitags von 11 bis 19 Uhr geöffnet.",
}
ENGLISH = {
    "Returning furniture": "You can return furniture within 60 days. Collection costs €39.00.",
    "Delivery": "A parcel costs €5.90 in Germany and €12.90 in Austria.",
}


def _ask(library: Library, question: str) -> Found:
    return library.finder.find_now(Query(question, language="de"))


def _filled(library: Library, texts: dict[str, str]) -> Library:
    for title, text in texts.items():
        library.database.run(commands.add_text, title, text, by=library.by)
    library.read()
    return library


@pytest.mark.promise("KN4")
def test_a_german_question_finds_german_content_also_beside_english_content(library: Library) -> None:
    _filled(library, ENGLISH | GERMAN)
    for question, title in (
        ("Was kostet ein Paket nach Österreich?", "Versandkosten"),
        ("Wie oft braucht geöltes Holz Öl?", "Holz pflegen"),
        ("Wie lange ist die Garantie auf Scharniere?", "Garantie"),
    ):
        found = _ask(library, question)
        assert found.best is not None
        assert found.best.title == title
        assert found.covered >= 0.6


@pytest.mark.promise("AN2")
def test_a_german_question_is_not_answered_by_what_says_something_else(library: Library) -> None:
    _filled(library, ENGLISH)
    assert _ask(library, "Wie oft muss ich die Tischplatte ölen?").covered < 0.3
    _filled(library, GERMAN)
    assert _ask(library, "Verkauft ihr auch Matratzen für Kinderbetten?").covered < 0.6


@pytest.mark.promise("KN4")
def test_words_that_say_nothing_are_left_out_in_their_own_language() -> None:
    assert terms("Was kostet die Lieferung nach Österreich?", "de") == terms("kostet Lieferung Österreich", "de")
    assert terms("¿Cuánto cuesta el envío a Canarias?", "es") == terms("cuesta envío Canarias", "es")
    assert "der" in stop_words("de-AT")
    assert stop_words("xx") == stop_words("en")
