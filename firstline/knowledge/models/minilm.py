"""all-MiniLM-L6-v2 as an int8 ONNX file, built from the publisher's weights with numpy alone.

The network is a BERT encoder (6 layers, 12 heads, 384 wide; mean pooling, unit length):
huggingface.co/sentence-transformers/all-MiniLM-L6-v2, Apache-2.0. Matrices are quantised per column, embeddings per row,
activations by the runtime for each text. One text a run: nothing is padded, so there is no mask, and a text's vector
does not depend on what else is embedded.
"""

import json
import struct
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from firstline.knowledge.models.onnx_file import Graph

LAYERS, HEADS, WIDE = 6, 12, 384
_LEVELS = 127

Weights = Mapping[str, NDArray[np.float32]]


def read_safetensors(file: bytes) -> Weights:
    """The tensors of a safetensors file, as views into it (format: github.com/huggingface/safetensors)."""
    (length,) = struct.unpack("<Q", file[:8])
    header = json.loads(file[8 : 8 + length])
    start = 8 + length
    found = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            first, last = entry["data_offsets"]
            found[name] = np.frombuffer(file, "<f4", (last - first) // 4, start + first).reshape(entry["shape"])
    return found


def quantised(matrix: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric int8 with one scale for each column (axis 0) or row (axis 1)."""
    scale = (np.abs(matrix).max(axis=axis) / np.float32(_LEVELS)).astype(np.float32)
    scale[scale == 0] = 1
    return np.rint(matrix / np.expand_dims(scale, axis)).astype(np.int8), scale


class _Encoder:
    """The graph of the encoder, layer by layer."""

    def __init__(self, weights: Weights, *, exact: bool) -> None:
        self.weights = weights
        self.exact = exact
        self.graph = Graph("all-MiniLM-L6-v2")
        for name, value in (("zero", [0]), ("one", [1]), ("last", [-1])):
            self.graph.constant(name, np.array(value, np.int64))
        self.graph.constant("split_heads", np.array([1, -1, 3 * HEADS, WIDE // HEADS], np.int64))
        self.graph.constant("join_heads", np.array([1, -1, WIDE], np.int64))
        self.graph.constant("head_scale", np.array([1 / np.sqrt(WIDE // HEADS)], np.float32))
        for name, number in (("half", 0.5), ("root_half", np.sqrt(0.5)), ("unit", 1.0)):
            self.graph.constant(name, np.array([number], np.float32))

    def normalised(self, x: str, name: str) -> str:
        gain = self.graph.constant(f"{name}.gain", self.weights[f"{name}.weight"])
        shift = self.graph.constant(f"{name}.shift", self.weights[f"{name}.bias"])
        return self.graph.operation("LayerNormalization", x, gain, shift, axis=-1, epsilon=1e-12)

    def linear(self, x: str, *names: str) -> str:
        """``x W + b``; several matrices over the same input are one product."""
        matrix = np.concatenate([self.weights[f"{name}.weight"].T for name in names], axis=1)
        bias = self.graph.constant(f"{names[0]}.b", np.concatenate([self.weights[f"{name}.bias"] for name in names]))
        g = self.graph
        if self.exact:
            return g.operation("Add", g.operation("MatMul", x, g.constant(f"{names[0]}.w", matrix)), bias)
        values, scale = quantised(matrix, 0)
        x8, x_scale, x_zero = g.operations("DynamicQuantizeLinear", [x], 3)
        weight = g.constant(f"{names[0]}.w", values)
        product = g.operation("MatMulInteger", x8, weight, x_zero, g.constant(f"{names[0]}.z", np.zeros(len(scale), np.int8)))
        both = g.operation("Mul", x_scale, g.constant(f"{names[0]}.s", scale))
        return g.operation("Add", g.operation("Mul", g.operation("Cast", product, to=1), both), bias)

    def embedded(self) -> str:
        """Word, place and type embeddings of the input."""
        g, prefix = self.graph, "embeddings."
        words = self.weights[f"{prefix}word_embeddings.weight"]
        ids = g.takes("input_ids", "int64", [1, "n"])
        if self.exact:
            looked_up = g.operation("Gather", g.constant("words", words), ids)
        else:
            values, scale = quantised(words, 1)
            rows = g.operation("Cast", g.operation("Gather", g.constant("words", values), ids), to=1)
            scales = g.operation("Gather", g.constant("word_scales", scale[:, None]), ids)
            looked_up = g.operation("Mul", rows, scales)
        length = g.operation("Shape", ids, start=1, end=2)
        places = self.weights[f"{prefix}position_embeddings.weight"] + self.weights[f"{prefix}token_type_embeddings.weight"][0]
        placed = g.operation("Slice", g.constant("places", places), "zero", length, "zero")
        return self.normalised(g.operation("Add", looked_up, placed), f"{prefix}LayerNorm")

    def layer(self, x: str, number: int) -> str:
        g, prefix = self.graph, f"encoder.layer.{number}."
        one = f"{prefix}attention.self."
        together = self.linear(x, f"{one}query", f"{one}key", f"{one}value")
        heads = g.operation("Transpose", g.operation("Reshape", together, "split_heads"), perm=[0, 2, 1, 3])
        query, key, value = g.operations("Split", [heads], 3, axis=1)
        scores = g.operation("MatMul", query, g.operation("Transpose", key, perm=[0, 1, 3, 2]))
        attention = g.operation("Softmax", g.operation("Mul", scores, "head_scale"), axis=-1)
        mixed = g.operation("Transpose", g.operation("MatMul", attention, value), perm=[0, 2, 1, 3])
        joined = self.linear(g.operation("Reshape", mixed, "join_heads"), f"{prefix}attention.output.dense")
        x = self.normalised(g.operation("Add", joined, x), f"{prefix}attention.output.LayerNorm")
        h = self.linear(x, f"{prefix}intermediate.dense")
        bent = g.operation("Add", g.operation("Erf", g.operation("Mul", h, "root_half")), "unit")
        h = g.operation("Mul", g.operation("Mul", h, "half"), bent)
        return self.normalised(g.operation("Add", self.linear(h, f"{prefix}output.dense"), x), f"{prefix}output.LayerNorm")

    def unit(self, x: str, result: str) -> str:
        return self.graph.operation("Div", x, self.graph.operation("ReduceL2", x, axes=[-1], keepdims=1), result=result)


def build(weights: Weights, *, exact: bool = False) -> bytes:
    """The ONNX file. Outputs: ``embedding`` [1, 384] and ``tokens`` [n - 2, 384] (first and last dropped), unit length.

    :param exact: keep 32-bit floats: four times the size, the publisher's own vectors.
    """
    encoder = _Encoder(weights, exact=exact)
    x = encoder.embedded()
    for number in range(LAYERS):
        x = encoder.layer(x, number)
    g = encoder.graph
    encoder.unit(g.operation("ReduceMean", x, axes=[1], keepdims=0), "embedding")
    inner = g.operation("Slice", g.operation("Squeeze", x, "zero"), "one", "last", "zero")
    encoder.unit(inner, "tokens")
    g.gives("embedding", "float32", [1, WIDE])
    g.gives("tokens", "float32", ["m", WIDE])
    return g.file({"source": "sentence-transformers/all-MiniLM-L6-v2", "licence": "Apache-2.0", "exact": str(exact)})
