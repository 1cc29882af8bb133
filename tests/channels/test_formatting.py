"""Marks of messages in the forms that channels show, against independent readers of those forms."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from firstline.channels.formatting import MARKS, Mark, formatted, plain

pytestmark = pytest.mark.promise("CH8")
COMMONMARK = MarkdownIt("commonmark", {"html": True}).enable("strikethrough")
TAGS: dict[str, Mark] = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "s": "strike", "code": "code", "pre": "code",
    "a": "links", "ul": "lists", "ol": "lists", "li": "lists",
}  # fmt: skip
PIECES = (
    "**bold**", "*soft*", "~~old~~", "`x*y`", "[page](https://shop.example/a_b)", "https://shop.example/a_b?c=1.",
    "- item", "2. item", "# Head", "```", "\n", "\n\n", " ", "word", "*", "**", "_", "~", "`", "[", "](", "<b>", "&amp;", "\\",
    "> q", "    ", "+ ", "===", "---", "2*3*4", "__init__", "重点", ".", "(",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def read(html: str) -> tuple[set[Mark], str]:
    """The marks of a page, and its words without white space."""
    tree = LexborHTMLParser(f"<main>{html}</main>").css_first("main")
    assert tree is not None
    found = {TAGS[str(node.tag)] for node in tree.traverse() if node.tag not in ("main", "p", "br", "-text")}
    return found, re.sub(r"\s", "", tree.text())


def bare(text: str) -> str:
    """The words as plain text has them, without the addresses of links, which stand elsewhere where links are shown."""
    return re.sub(r"\s", "", re.sub(r"page \(https://shop\.example/a_b\)", "page", text))


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sets(st.sampled_from(MARKS)))
def test_whatever_is_written_only_declared_marks_come_out_and_no_word_is_lost(text: str, marks: set[Mark]) -> None:
    wanted = bare(plain(text))
    assert len(plain(text)) <= len(text) + 1
    for page in (formatted(text, marks, "html"), COMMONMARK.render(formatted(text, marks, "markdown"))):
        found, words = read(page)
        assert found <= marks, page
        if "links" in marks or "page" not in text:
            assert _numberless(words, marks) == _numberless(wanted, marks), page


def _numberless(text: str, marks: set[Mark]) -> str:
    """Signs of items are drawn by whoever shows a list."""
    return re.sub(r"[-•*\d.)]", "", text) if "lists" in marks else text


ALL = frozenset(MARKS)
LINK = '<a href="https://shop.example/r">post</a>'
HTML_END = "in the shop: <code>R-1</code> &amp; &lt;more&gt;</li></ul>"
SAID = "**Returns**: *30 days*, ~~14~~.\n- by [post](https://shop.example/r)\n- in the shop: `R-1` & <more>"


@pytest.mark.parametrize(
    ("marks", "form", "wanted"),
    [
        (
            ALL,
            "html",
            "<b>Returns</b>: <i>30 days</i>, <s>14</s>.\n<ul><li>by " + LINK + "</li><li>" + HTML_END,
        ),
        (
            {"bold"},
            "html",
            "<b>Returns</b>: 30 days, 14.\n- by post (https://shop.example/r)\n- in the shop: R-1 &amp; &lt;more&gt;",
        ),
        (
            ALL,
            "markdown",
            "**Returns**: *30 days*, ~~14~~.\n\n- by [post](<https://shop.example/r>)\n- in the shop: `R-1` \\& \\<more\\>",
        ),
        (
            {"code"},
            "markdown",
            "Returns: 30 days, 14.\n\\- by post (https://shop.example/r)\n\\- in the shop: `R-1` \\& \\<more\\>",
        ),
    ],
)
def test_marks_are_written_as_the_channel_reads_them(marks: set[Mark], form: str, wanted: str) -> None:
    assert formatted(SAID, marks, "html" if form == "html" else "markdown") == wanted


def test_a_channel_without_marks_gets_the_words_alone() -> None:
    assert plain(SAID) == "Returns: 30 days, 14.\n- by post (https://shop.example/r)\n- in the shop: R-1 & <more>"
    assert plain("# Hours\n```\na = 2 * 3\n```\n2*3*4 __init__ [1] [x](javascript:alert(1))") == (
        "Hours\na = 2 * 3\n2*3*4 __init__ [1] [x](javascript:alert(1))"
    )


@pytest.mark.parametrize("text", ["**a" * 6_000, "[" * 20_000, "*" * 20_000, "https://" * 2_500, "**a" + " " * 19_000])
def test_the_longest_message_of_nothing_but_beginnings_is_read(text: str) -> None:
    assert plain(text)
    assert formatted(text, ALL, "markdown")
