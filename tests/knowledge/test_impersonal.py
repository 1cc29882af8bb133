"""Questions are kept without what is personal in them, and only when somebody says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstline.knowledge import answering
from firstline.knowledge.gaps import commands, queries
from firstline.knowledge.gaps.impersonal import impersonal
from tests.knowledge.test_gaps import gap
from tests.world import Shop


@pytest.mark.promise("KN5", "AN7")
@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Where is order 19922, please write to mira@sandoval.example", "Where is order [number], please write to [email]"),
        ("My name is Mira Sandoval and I want a refund", "My name is [name] and I want a refund"),
        ("Ich heiße Jörg Müller. Was kostet der Versand?", "Ich heiße [name]. Was kostet der Versand?"),
        ("call me on +49 30 5557 0142", "call me on [number]"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [number]"),
        ("repair W-4410 at https://veloria.example/r/W-4410?t=abc", "repair [number] at [link]"),
        ("Is the Trail 4 still €1,849.00 in 2026?", "Is the Trail 4 still €1,849.00 in 2026?"),
        ("Lohnt sich das ab 12.000 €?", "Lohnt sich das ab 12.000 €?"),
    ],
)
def test_what_is_personal_is_replaced_by_what_it_is(said: str, kept: str) -> None:
    assert impersonal(said) == kept


def test_the_contacts_own_name_goes_wherever_it_stands() -> None:
    assert impersonal("Sandoval here, is it ready? – mira", ["Mira Sandoval"]) == "[name] here, is it ready? – [name]"
    assert impersonal("Is al dente pasta ok?", ["Al Bo"]) == "Is al dente pasta ok?"


@given(st.text(max_size=300), st.text(max_size=20))
def test_whatever_the_text_nothing_breaks_and_no_address_is_left(text: str, name: str) -> None:
    assert "mira@sandoval.example" not in impersonal(f"{text} mira@sandoval.example", [name])


@pytest.mark.promise("KN5")
def test_questions_join_the_gates_list_only_when_somebody_says_so(shop: Shop) -> None:
    silent = gap(shop, "trailers, can I rent one?", "a")
    shop.database.run(commands.resolve, [silent], "Do you rent trailers?", "Yes, for 12 euros a day.", by=shop.ines)
    assert shop.database.run(answering.questions) == []
    asked = [
        gap(shop, f"towing, how much may order {number} pull?", visitor) for number, visitor in (("55555", "b"), ("55556", "c"))
    ]
    made = shop.database.run(commands.resolve, asked, "How much may it pull?", "Up to 40 kg.", by=shop.ines, keep=True)
    kept = shop.database.run(answering.questions)
    assert [(one.question, one.source_id, one.origin) for one in kept] == [
        ("towing, how much may order [number] pull?", made, "conversation")
    ]


@pytest.mark.promise("KN5")
def test_a_dismissed_question_may_be_kept_as_one_that_nothing_answers(shop: Shop) -> None:
    asked = gap(shop, "weather tomorrow in Leipzig?", "a")
    assert shop.database.run(queries.impersonal_questions, [asked]) == {asked: "weather tomorrow in Leipzig?"}
    shop.database.run(commands.dismiss, [asked], by=shop.ines, keep=True)
    assert [(one.question, one.source_id) for one in shop.database.run(answering.questions)] == [
        ("weather tomorrow in Leipzig?", None)
    ]
