"""The model is built from the publisher's weights, the same on every machine, and means what it should."""

import json
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
import pytest

from firstline.kit import fetch
from firstline.knowledge import models
from firstline.knowledge.embedding import DIMENSIONS, OnnxEmbedder
from firstline.knowledge.models import MODEL, TOKENIZER, minilm
from firstline.knowledge.models.minilm import HEADS, LAYERS, WIDE
from firstline.knowledge.models.onnx_file import Graph
from firstline.knowledge.models.proof import Unproven, prove
from firstline.settings import Settings


def test_vectors_have_unit_length_and_alike_texts_are_near(embedder: OnnxEmbedder) -> None:
    first, second, other = (embedder.embed(text) for text in ("I want my money back", "refund please", "The chain needs oil"))
    assert np.linalg.norm(first.vector) == pytest.approx(1, abs=1e-3)
    assert np.linalg.norm(first.tokens, axis=1) == pytest.approx(1, abs=1e-3)
    assert first.vector.shape == (DIMENSIONS,)
    assert first.tokens.shape == (len(first.offsets), DIMENSIONS)
    assert first.vector @ second.vector > first.vector @ other.vector + 0.2


def test_a_text_has_the_same_vector_whatever_came_before(embedder: OnnxEmbedder) -> None:
    fresh = OnnxEmbedder(embedder._model, embedder._tokenizer_file, remembered=0)
    before = fresh.embed("Do you rent bikes?").vector
    fresh.embed("Something else entirely, and much longer than the first. " * 10)
    assert np.array_equal(fresh.embed("Do you rent bikes?").vector, before)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_no_text_has_no_vector(embedder: OnnxEmbedder, text: str) -> None:
    assert not embedder.embed(text).vector.any()
    assert len(embedder.embed(text).tokens) == 0


def test_token_places_point_into_the_text(embedder: OnnxEmbedder) -> None:
    text = "Returning unicycles?"
    assert text[slice(*embedder.embed(text).offsets[0])].lower() == "returning"


def test_long_text_is_cut(embedder: OnnxEmbedder) -> None:
    assert len(embedder.embed("word " * 2_000).tokens) == 254


def _tiny_weights() -> dict[str, np.ndarray]:
    """Random weights of the right shape, with a vocabulary of 50."""
    dice = np.random.default_rng(7)

    def some(*shape: int) -> np.ndarray:
        return dice.normal(0, 0.05, shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": some(50, WIDE),
        "embeddings.position_embeddings.weight": some(512, WIDE),
        "embeddings.token_type_embeddings.weight": some(2, WIDE),
        "embeddings.LayerNorm.weight": np.ones(WIDE, np.float32),
        "embeddings.LayerNorm.bias": some(WIDE),
    }
    for number in range(LAYERS):
        prefix = f"encoder.layer.{number}."
        for name, out, into in (
            ("attention.self.query", WIDE, WIDE), ("attention.self.key", WIDE, WIDE), ("attention.self.value", WIDE, WIDE),
            ("attention.output.dense", WIDE, WIDE), ("intermediate.dense", 4 * WIDE, WIDE), ("output.dense", WIDE, 4 * WIDE),
        ):  # fmt: skip
            weights |= {f"{prefix}{name}.weight": some(out, into), f"{prefix}{name}.bias": some(out)}
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            weights |= {f"{prefix}{name}.weight": np.ones(WIDE, np.float32), f"{prefix}{name}.bias": some(WIDE)}
    return weights


def _plain(weights: dict[str, np.ndarray], ids: list[int]) -> Any:
    """The network in numpy, step by step as the paper has it: the oracle for the graph."""

    def norm(x: Any, name: str) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        return (
            centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) * weights[f"{name}.weight"] + weights[f"{name}.bias"]
        )

    def linear(x: Any, name: str) -> Any:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    erf = np.vectorize(math.erf)

    e = "embeddings."
    x = weights[f"{e}word_embeddings.weight"][ids] + weights[f"{e}position_embeddings.weight"][: len(ids)]
    x = norm(x + weights[f"{e}token_type_embeddings.weight"][0], f"{e}LayerNorm")
    wide = WIDE // HEADS
    for number in range(LAYERS):
        p = f"encoder.layer.{number}."
        q, k, v = (linear(x, f"{p}attention.self.{one}").reshape(len(ids), HEADS, wide) for one in ("query", "key", "value"))
        scores = np.einsum("ihd,jhd->hij", q, k) / np.sqrt(wide)
        share = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = np.einsum("hij,jhd->ihd", share / share.sum(-1, keepdims=True), v).reshape(len(ids), WIDE)
        x = norm(linear(mixed, f"{p}attention.output.dense") + x, f"{p}attention.output.LayerNorm")
        h = linear(x, f"{p}intermediate.dense")
        x = norm(linear(h * 0.5 * (1 + erf(h / np.sqrt(2))), f"{p}output.dense") + x, f"{p}output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def _run(file: bytes, ids: list[int]) -> np.ndarray:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    vector: np.ndarray = session.run(["embedding"], {"input_ids": np.array([ids], np.int64)})[0][0]
    return vector


def test_the_graph_computes_the_network() -> None:
    weights, ids = _tiny_weights(), [1, 5, 9, 30, 2]
    oracle = _plain(weights, ids)
    assert np.abs(_run(minilm.build(weights, exact=True), ids) - oracle).max() < 1e-4
    assert _run(minilm.build(weights), ids) @ oracle > 0.99


def test_the_same_weights_give_the_same_bytes() -> None:
    weights = _tiny_weights()
    assert minilm.build(weights) == minilm.build(dict(weights))


def test_a_safetensors_file_is_read() -> None:
    values = np.arange(6, dtype="<f4").reshape(2, 3)
    header = json.dumps({"__metadata__": {"a": "b"}, "x": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}).encode()
    found = minilm.read_safetensors(struct.pack("<Q", len(header)) + header + values.tobytes())
    assert np.array_equal(found["x"], values)


def test_models_that_are_there_are_not_fetched_again(embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch.Fetcher, "get", lambda *_: pytest.fail("nothing has to be fetched"))
    assert models.ensure_models(Settings()) == Settings().models
    assert models.present(Settings().models)


def test_a_damaged_model_is_noticed(embedder: OnnxEmbedder, tmp_path: Path) -> None:
    for name in (MODEL, TOKENIZER):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((Settings().models / name).read_bytes())
    assert models.present(tmp_path)
    whole = (tmp_path / MODEL).read_bytes()
    (tmp_path / MODEL).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert not models.present(tmp_path)


def test_a_model_that_computes_nonsense_is_refused(embedder: OnnxEmbedder, tmp_path: Path) -> None:
    graph = Graph("nonsense")
    ids = graph.takes("input_ids", "int64", [1, "n"])
    many = graph.operation("Cast", graph.operation("Unsqueeze", ids, graph.constant("axis", np.array([2], np.int64))), to=1)
    row = graph.operation("MatMul", many, graph.constant("row", np.ones((1, WIDE), np.float32)))
    graph.operation("ReduceMean", row, axes=[1], keepdims=0, result="embedding")
    graph.operation("Squeeze", row, graph.constant("zero", np.array([0], np.int64)), result="tokens")
    graph.gives("embedding", "float32", [1, WIDE])
    graph.gives("tokens", "float32", ["m", WIDE])
    (tmp_path / "model.onnx").write_bytes(graph.file({}))
    with pytest.raises(Unproven):
        prove(tmp_path / "model.onnx", embedder._tokenizer_file)
