"""Token vectors made small."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.knowledge.compact import DIMENSIONS, MOST, ROW, pack, packed, unpack
from firstline.knowledge.embedding import OnnxEmbedder
from firstline.knowledge.rank import matched


def some(number: int, seed: int = 1) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    rows = np.random.default_rng(seed).normal(size=(number, DIMENSIONS)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.mark.promise("KN4")
@pytest.mark.parametrize("number", [0, 1, 79, 80, 81, 254])
def test_no_passage_takes_more_than_twelve_kilobytes(number: int) -> None:
    stored = pack(some(number))
    assert len(stored) == ROW * min(number, MOST) <= 12_000
    assert unpack(packed(stored)).shape == (min(number, MOST), DIMENSIONS)


@given(st.integers(1, MOST), st.integers(0, 1_000))
@settings(max_examples=20, deadline=None)
def test_what_was_packed_points_where_it_pointed(number: int, seed: int) -> None:
    tokens = some(number, seed)
    again = unpack(packed(pack(tokens)))
    assert np.linalg.norm(again, axis=1) == pytest.approx(1, abs=1e-3)
    assert (again * tokens).sum(1).min() > 0.9


def test_a_vector_of_nothing_stays_nothing() -> None:
    assert not unpack(packed(pack(np.zeros((2, DIMENSIONS), np.float32)))).any()


@pytest.mark.promise("KN4")
def test_a_long_passage_still_says_what_its_words_say(embedder: OnnxEmbedder) -> None:
    long = "The battery is charged in four hours. " + "Our shop in Leipzig opens at ten and closes at seven on weekdays. " * 14
    passages = [packed(pack(embedder.embed(text).tokens)) for text in (long, "Returns are free within thirty days.")]
    assert len(passages[0]) == MOST
    asked = embedder.embed("how long does the battery take to charge").tokens
    about, other = matched(asked, np.ones(len(asked), np.float32), passages)[0]
    assert about > other + 0.2


def _migration(name: str) -> ModuleType:
    file = Path(__file__).parents[2] / "migrations" / "versions" / name
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    return migration


def test_an_upgrade_rewrites_what_older_versions_stored() -> None:
    older, old = _migration("0008_knowledge.py"), _migration("0016_knowledge.py")
    tokens = some(70)
    in_bytes = np.rint(tokens * 127).astype(np.int8).tobytes()
    rewritten = unpack(packed(old._in_three_bits(older._in_four_bits(in_bytes))))
    assert (rewritten * tokens).sum(1).min() > 0.9
    assert old._in_three_bits(older._in_four_bits(b"")) == b""
    assert old._in_three_bits(b"cut off") == b""
