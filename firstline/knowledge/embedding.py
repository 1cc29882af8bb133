"""Texts as vectors: the port, and the local model behind it."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray
from tokenizers import Tokenizer

Vector = NDArray[np.float32]
DIMENSIONS = 384
LONGEST = 256
"""Tokens the model reads of one text; the rest is not seen."""
REMEMBERED_TOKENS = 64
"""Only texts as short as a question are remembered: a passage takes 400 kB and is embedded once."""


@dataclass(frozen=True)
class Embedding:
    """A text's vector (384, unit length), the vectors of its tokens (n × 384, each unit length), and where each token stands."""

    vector: Vector
    tokens: Vector
    offsets: tuple[tuple[int, int], ...]


class Embedder(Protocol):
    """Turns a text into vectors."""

    def embed(self, text: str) -> Embedding:
        """Embed one text; empty text has a zero vector and no tokens. May be called from several threads."""
        ...


EMPTY = Embedding(np.zeros(DIMENSIONS, np.float32), np.zeros((0, DIMENSIONS), np.float32), ())


class OnnxEmbedder:
    """The local model. One text a run, one thread: the same text has the same vector, whatever else is embedded."""

    def __init__(self, model: Path, tokenizer: Path, *, remembered: int = 256) -> None:
        self._model = model
        self._tokenizer_file = tokenizer
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, Embedding] = OrderedDict()
        self._remembered = remembered

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(self._model), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(self._tokenizer_file))
        tokenizer.no_padding()
        tokenizer.enable_truncation(LONGEST)
        return tokenizer

    def load(self) -> None:
        """Load the model now (about 0.2 s); otherwise the first text does."""
        with self._lock:
            self._session, self._tokenizer  # noqa: B018

    def embed(self, text: str) -> Embedding:
        """Embed one text; questions asked a moment ago are remembered."""
        with self._lock:
            if (known := self._seen.get(text)) is not None:
                self._seen.move_to_end(text)
                return known
            session, tokenizer = self._session, self._tokenizer
        encoded = tokenizer.encode(text)
        if len(encoded.ids) <= 2:
            return EMPTY
        vector, tokens = session.run(["embedding", "tokens"], {"input_ids": np.array([encoded.ids], np.int64)})
        made = Embedding(vector[0], tokens, tuple(encoded.offsets[1:-1]))
        if len(made.offsets) > REMEMBERED_TOKENS:
            return made
        with self._lock:
            self._seen[text] = made
            if len(self._seen) > self._remembered:
                self._seen.popitem(last=False)
        return made


def written(vector: Vector) -> str:
    """A vector as pgvector reads it."""
    return "[" + ",".join(f"{value:.5g}" for value in vector.tolist()) + "]"
