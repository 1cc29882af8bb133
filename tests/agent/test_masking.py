"""Personal data stays here: masked before a model sees it, put back in what it writes."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.agent.models.base import KnownContact
from firstline.agent.models.masking import Mask, Showing, mask_of, personal
from firstline.contacts import commands as contacts
from firstline.conversations import queries
from tests.agent import talk
from tests.agent.minds import Velo
from tests.agent.provider import Handler, Provider, form, writes
from tests.world import Shop

EMAILS = st.from_regex(r"[a-z][a-z0-9.]{0,8}[a-z0-9]@[a-z]{2,8}\.(com|example|de)", fullmatch=True)
PHONES = st.from_regex(r"\+49 1[567]\d \d{7}|0341 / \d{6}|\+1 \(\d{3}\) \d{3}-\d{4}", fullmatch=True)
CARDS = st.sampled_from(["4111 1111 1111 1111", "5500000000000004", "3782-822463-10005"])
IBANS = st.sampled_from(["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR1420041010050500013M02606"])
PRIVATE = st.one_of(EMAILS, PHONES, CARDS, IBANS)
WORDS = st.lists(st.sampled_from(["my", "order", "came", "late", "write", "to", "or", "call", "bike"]), min_size=1, max_size=6)


def mask(text: str, **contact: Any) -> Mask:
    """The mask of a customer's message."""
    here = talk.situation(talk.Library({}), text, contact=KnownContact(**contact))
    return mask_of(here)


@pytest.mark.promise("AN7")
@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(WORDS, PRIVATE), min_size=1, max_size=4))
def test_nothing_personal_is_left_and_everything_comes_back(parts: list[tuple[list[str], str]]) -> None:
    text = ". ".join(f"{' '.join(words)} {value}" for words, value in parts) + " thanks"
    hidden = mask(text).hide(text)
    for _, value in parts:
        assert value not in hidden
        assert "".join(filter(str.isdigit, value))[:9] not in "".join(filter(str.isdigit, hidden)) or value.count("@")
    assert mask(text).show(hidden) == text


@pytest.mark.promise("AN7")
@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(WORDS, PRIVATE), min_size=1, max_size=3), st.integers(1, 9))
def test_a_text_that_comes_in_pieces_shows_the_same(parts: list[tuple[list[str], str]], size: int) -> None:
    text = ". ".join(f"{' '.join(words)} {value}" for words, value in parts)
    made = mask(text)
    hidden = made.hide(text)
    showing = Showing(made)
    pieces = [showing.add(hidden[at : at + size]) for at in range(0, len(hidden), size)]
    assert "".join(pieces) + showing.end() == made.show(hidden)
    assert all("[" not in piece for piece in pieces)


@pytest.mark.parametrize(
    "text",
    [
        "Order 4711-2026 of 2026-11-22",
        "It costs 1,299.00 EUR",
        "12.11.2026 at 14:30",
        "Serial FR2031998",
        "Version 1.2.3.4",
        "90 days",
    ],
)
def test_orders_prices_dates_and_serials_are_not_personal(text: str) -> None:
    assert personal(text) == []


def test_the_same_value_has_the_same_token_whatever_its_case() -> None:
    text = "I am mira@veloria.example, write to MIRA@veloria.example"
    assert mask(text).hide(text) == "I am [EMAIL_1], write to [EMAIL_1]"


def test_a_token_that_a_model_made_up_is_left_out() -> None:
    assert mask("Call +49 170 1234567").show("At [PHONE_1] or [PHONE_2].") == "At +49 170 1234567 or ."


def test_a_name_is_masked_as_a_word_and_not_inside_others() -> None:
    hidden = mask("Anna here, Annabel too", name="Anna Berg").hide("Anna here, Annabel too. Yours, anna berg")
    assert hidden == "[NAME_2] here, Annabel too. Yours, [NAME_1]"


@given(st.text(max_size=400))
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_the_mask(text: str) -> None:
    made = mask(text)
    made.show(made.hide(text))


@pytest.mark.promise("AN7")
def test_no_byte_of_a_request_holds_what_is_personal_and_the_answer_does(shop: Shop) -> None:
    velo = Velo(shop)

    def echoes(handler: Handler, body: Mapping[str, Any]) -> None:
        segments = [{"text": "Thank you, [NAME_1]. You can return a bike within 30 days.", "sources": ["P1"]}]
        writes(json.dumps(form(decision="answer", segments=segments)))(handler, body)

    with Provider(echoes) as provider:
        velo.thinks_with(provider, mask=True)
        received = shop.hears("Hello")
        shop.gives_to_agent(received.conversation_id, velo.id)
        contact = shop.database.run(queries.which, received.conversation_id).contact_id
        shop.database.run(contacts.describe, contact, by=shop.ines, name="Mira Öztürk", email="mira@posteo.example")
        conversation = velo.asked(
            "Can I return it? I am Mira, mira.private@mail.example, +49 170 1234567, DE89 3704 0044 0532 0130 00"
        )
        sent = b"".join(provider.raw).decode()
    for private in ("Mira", "ztürk", "mail.example", "posteo", "1234567", "3704", "0532"):
        assert private not in sent, private
        assert private.encode("unicode_escape").decode() not in sent
    assert "Thank you, Mira Öztürk." in velo.said(conversation)[-1]
