"""A draft in the form of a channel."""

import pytest

from firstline.agent.models.base import Clarify, Option, Reply, Segment
from firstline.agent.wording import word
from firstline.channels.base import Capabilities
from firstline.channels.splitting import MEASURES, split
from firstline.knowledge.rules import Access, EntryKind, Hit

CHAT = Capabilities(text_limit=4_000, rich_text=True, citations=True)
TEXT = Capabilities(text_limit=120)
ONE = Capabilities(text_limit=120, splits=False)


def _hit(passage: str, *, page: str = "pag_1", title: str = "Returns", access: Access = Access.PUBLIC) -> Hit:
    url = f"https://veloria.example/{page}"
    return Hit(passage, page, "src_" + page, title, url, "text", EntryKind.PASSAGE, access, 1.0)


def _reply(*segments: Segment) -> Reply:
    return Reply(reasons=(), segments=segments)


@pytest.mark.promise("AN1")
def test_each_segment_carries_the_numbers_of_its_sources_and_a_page_has_one_number() -> None:
    hits = (_hit("p1"), _hit("p2"), _hit("p3", page="pag_2", title="Delivery"))
    reply = _reply(
        Segment("You have 30 days.", ("p1",), ("p1",)),
        Segment("Collection is free.", ("p3", "p2"), ("p3", "p2")),
        Segment("Anything else?", own=True, block=True),
    )
    worded = word(reply, hits, CHAT)
    assert worded.text == "You have 30 days.[1] Collection is free.[2][1]\n\nAnything else?"
    assert [(one.n, one.title) for one in worded.citations] == [(1, "Returns"), (2, "Delivery")]
    assert worded.citations[0].quote == "You have 30 days."


@pytest.mark.promise("KN2")
def test_a_private_source_is_never_cited_even_if_the_draft_names_it() -> None:
    reply = _reply(Segment("The stand is free.", ("p1",), ("p1",)))
    worded = word(reply, (_hit("p1", access=Access.PRIVATE),), CHAT)
    assert worded.text == "The stand is free."
    assert worded.citations == ()


def test_a_source_nobody_found_is_not_cited() -> None:
    assert word(_reply(Segment("So.", ("p9",), ("p9",))), (), CHAT).citations == ()


@pytest.mark.promise("CH8")
def test_where_sources_cannot_be_marked_their_links_stand_below_and_the_limit_holds() -> None:
    worded = word(_reply(Segment("word " * 60, ("p1",), ("p1",))), (_hit("p1"),), ONE)
    assert len(worded.text) <= 120
    assert worded.text.endswith("Returns: https://veloria.example/pag_1")
    assert "[1]" not in worded.text


@pytest.mark.promise("CH8")
@pytest.mark.parametrize("unit", ["characters", "utf16", "bytes"])
def test_a_long_answer_goes_out_in_several_messages_with_its_links_and_nothing_lost(unit: str) -> None:
    can = Capabilities(text_limit=160, text_unit=unit)
    steps = [f"{n}. Löse die Schraube und ziehe sie wieder fest." for n in range(1, 7)]
    worded = word(_reply(*(Segment(one, ("p1",), ("p1",), block=True) for one in steps)), (_hit("p1"),), can)
    parts = split(worded.text, can.text_limit, unit)
    assert 1 < len(parts) <= 3
    assert all(MEASURES[unit](part) <= 160 for part in parts)
    assert all(any(one in part for part in parts) for one in steps)
    assert parts[-1].endswith("Returns: https://veloria.example/pag_1")


@pytest.mark.promise("CH8")
def test_an_answer_for_more_than_three_messages_is_shortened_and_keeps_its_links() -> None:
    worded = word(_reply(Segment("One sentence of many. " * 40, ("p1",), ("p1",))), (_hit("p1"),), TEXT)
    parts = split(worded.text, 120)
    assert len(parts) == 3
    assert "…" in worded.text
    assert parts[-1].endswith("Returns: https://veloria.example/pag_1")


@pytest.mark.promise("CH8")
def test_options_are_numbered_text_where_there_are_no_buttons() -> None:
    clarify = Clarify(reasons=(), text="Which one?", options=(Option("City 3"), Option("Trail 4")))
    assert word(clarify, (), TEXT).text == "Which one?\n1. City 3\n2. Trail 4"
    assert word(clarify, (), CHAT).text == "Which one?"
