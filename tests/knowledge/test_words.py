"""Words, terms, and the names of things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstline.kit.database import Database
from firstline.knowledge.names import Names
from firstline.knowledge.words import as_tsquery, as_tsvector, stem, terms

PLACES = Names.of(
    ["A and B Guest House", "Hobsons House", "Ashley Hotel", "Lovell Lodge", "City Stop Restaurant", "Prince of India"]
)


def never(word: str) -> bool:
    return False


def test_terms_are_stems_without_stop_words() -> None:
    assert terms("Can you please tell me how returning bikes works?") == ["return", "bike", "work"]


def test_codes_and_prices_stay_in_one_piece() -> None:
    assert terms("Part VP-2210 costs 79.00") == ["part", "vp-2210", "cost", "79.00"]


@pytest.mark.promise("KN4")
def test_other_languages_have_their_own_stems() -> None:
    assert terms("Lieferungen", "de") == terms("Lieferung", "de")
    assert terms("devoluciones", "es") == terms("devolución", "es")
    assert terms("返品 ポリシー", "ja") == ["返品", "ポリシー"]


@pytest.mark.parametrize("language", ["el", "en", "de", "tr", "xx"])
@given(text=st.text(max_size=400))
def test_whatever_the_text_it_can_be_stored_and_asked_for(language: str, text: str) -> None:
    found = terms(text, language)
    assert all(one for one in found)
    assert as_tsvector(found).count(":") >= len(set(found))


def test_no_stem_is_empty() -> None:
    assert terms("κ.λπ. ένα εμάς", "el")
    assert all(stem(word, "el") for word in ("ενα", "εμας", "ημας", "ησουν"))


def test_odd_terms_survive_the_database(database: Database) -> None:
    odd = ["it's", "back\\slash", "a:b", "x|y", "'quoted'", "ü", "&"]
    with database.engine.connect() as connection:
        for one in odd:
            matches = connection.exec_driver_sql(
                "select %s::tsvector @@ %s::tsquery", (as_tsvector([one]), as_tsquery([one]))
            ).scalar()
            assert matches, one


@pytest.mark.parametrize(
    ("turn", "meant"),
    [
        ("Does Hobsons House have a lift?", "Hobsons House"),
        ("I mean the Ashley.", "Ashley Hotel"),
        ("is the hobson's house nice", "Hobsons House"),
        ("What about the A and B Guesthouse?", "A and B Guest House"),
        ("and the Lovel Lodge", "Lovell Lodge"),
        ("Do citystop restaurant tables have candles?", "City Stop Restaurant"),
    ],
)
def test_a_name_is_recognised_as_people_write_it(turn: str, meant: str) -> None:
    assert next(iter(PLACES.in_focus([turn], never))) == meant


def test_the_name_that_the_agent_said_a_while_ago_is_still_in_focus() -> None:
    focus = PLACES.in_focus(["I suggest the Ashley Hotel.", "Fine, is breakfast included?", "And parking?"], never)
    assert focus == {"Ashley Hotel": 1.0}


def test_a_later_name_takes_the_focus() -> None:
    focus = PLACES.in_focus(["Tell me of the Ashley Hotel.", "I prefer the Lovell Lodge."], never)
    assert next(iter(focus)) == "Lovell Lodge"
    assert focus["Ashley Hotel"] < 1


def test_an_ordinary_word_is_no_misspelt_name() -> None:
    assert PLACES.in_focus(["What is the price?"], {"price"}.__contains__) == {}


def test_without_a_name_nothing_is_in_focus() -> None:
    assert PLACES.in_focus(["How long do returns take?"], never) == {}


@pytest.mark.promise("KN4")
def test_of_two_names_one_inside_the_other_the_longer_one_written_in_full_is_meant() -> None:
    places = Names.of(["Nandos", "Nandos City Centre", "Pizza Hut City Centre"])
    assert next(iter(places.in_focus(["Is Nandos City Centre open?"], never))) == "Nandos City Centre"
    assert next(iter(places.in_focus(["Is Nandos open?"], never))) == "Nandos"
