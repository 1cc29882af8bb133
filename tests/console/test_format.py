"""How times, counts and texts are written."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from firstline.console import format as written

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 9, 46, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Mira Sandoval", "MS"), ("ines", "I"), ("+49 151 5550", "?"), ("", "?"), ("anna.b@example.com", "AC"), ("Żaneta Ö", "ŻÖ")],
)
def test_an_avatar_has_at_most_two_letters(name: str, letters: str) -> None:
    assert written.initials(name) == letters


@pytest.mark.parametrize(
    ("ago", "short"),
    [
        (timedelta(minutes=5), "10:41"),
        (timedelta(days=1), "Sat"),
        (timedelta(days=10), "12 Nov"),
        (timedelta(days=400), "18 Oct 2025"),
    ],
)
def test_lists_show_an_instant_as_short_as_it_stays_clear(ago: timedelta, short: str) -> None:
    assert written.moment(NOW - ago, NOW, BERLIN) == short


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=20), "Just now"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=12), "Yesterday"),
        (timedelta(days=9), "13 Nov"),
    ],
)
def test_recent_instants_are_told_by_their_distance(ago: timedelta, words: str) -> None:
    assert written.ago(NOW - ago, NOW, BERLIN) == words


def test_changes_carry_a_real_minus() -> None:
    assert [written.signed(one) for one in (1000, -1, 0)] == ["+1,000", "−1", "0"]


def test_a_text_becomes_paragraphs_lists_links_and_citations() -> None:
    html = written.prose("Two ways:\n- **by post** [1]\n- in the shop\n\nSee https://veloria.example/returns.", 1, "m-")
    assert html == (
        '<p>Two ways:</p><ul><li><b>by post</b><a class="cite" href="#m-1" aria-label="Source 1">1</a></li>'
        "<li>in the shop</li></ul>"
        '<p>See <a class="link" href="https://veloria.example/returns" target="_blank" rel="noopener nofollow">'
        "https://veloria.example/returns</a>.</p>"
    )


def test_a_number_in_brackets_that_is_no_source_stays_as_it_is() -> None:
    assert written.prose("Array[3] and [9]", 1) == "<p>Array[3] and [9]</p>"


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "**<b onclick=x>**",
        "javascript:alert(1)",
        'https://a.example/"onmouseover="alert(1)',
        "[1](javascript:alert(1))",
        "- <iframe src=//evil.example>",
    ],
)
def test_a_customers_text_is_never_markup(hostile: str) -> None:
    tree = LexborHTMLParser(f"<div>{written.prose(hostile, 2)}</div>")
    tags = {node.tag for node in tree.css("div *")}
    assert tags <= {"p", "a", "b", "br", "ul", "ol", "li"}
    for node in tree.css("div *"):
        assert set(node.attributes) <= {"class", "href", "target", "rel", "aria-label", "start"}
        assert str(node.attributes.get("href") or "#").startswith(("#", "https://", "http://"))


@given(st.text(max_size=300))
def test_any_text_is_written_with_its_words_kept(text: str) -> None:
    html = str(written.prose(text, 3))
    tree = LexborHTMLParser(f"<div>{html}</div>")
    assert {node.tag for node in tree.css("div *")} <= {"p", "a", "b", "br", "ul", "ol", "li"}
    kept = {letter for letter in text if letter.isalpha()}
    assert kept <= set(html) | set("&;")
