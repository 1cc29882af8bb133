"""Long texts are cut at legal borders."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstline.channels.splitting import MEASURES, split


@given(
    st.text(alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from(" \n.é👩‍👧🏽"))),
    st.integers(8, 90),
    st.sampled_from(list(MEASURES)),
)
def test_parts_fit_and_nothing_but_white_space_is_lost(text: str, limit: int, unit: str) -> None:
    parts = split(text, limit, unit)
    assert all(MEASURES[unit](part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@pytest.mark.promise("CH8")
@pytest.mark.parametrize(
    ("text", "limit", "unit", "parts"),
    [
        ("short", 20, "characters", ["short"]),
        ("One. Two. Three four", 12, "characters", ["One. Two.", "Three four"]),
        ("First paragraph.\n\nSecond one.", 20, "characters", ["First paragraph.", "Second one."]),
        ("é" * 600, 1000, "bytes", ["é" * 500, "é" * 100]),
        ("a" * 2001, 2000, "characters", ["a" * 2000, "a"]),
        ("😀" * 10, 8, "utf16", ["😀" * 4, "😀" * 4, "😀" * 2]),
        ("", 10, "characters", []),
        (" \n ", 10, "characters", []),
    ],
)
def test_a_text_is_cut_where_a_reader_would_cut_it(text: str, limit: int, unit: str, parts: list[str]) -> None:
    assert split(text, limit, unit) == parts


@given(st.text(alphabet="ae\u0301\u0308x", max_size=80), st.integers(8, 20))
def test_a_letter_is_not_torn_from_its_accent(text: str, limit: int) -> None:
    for part in split("x" + text, limit)[1:]:
        assert not unicodedata.combining(part[0]) or "".join(c for c in text if unicodedata.combining(c)) * 8 > text


def test_a_long_text_is_cut_quickly() -> None:
    assert len(split("word " * 20_000, 1000)) >= 100
