"""The meaning of sentences, remembered: the same content is looked at again and again. The port, and a small memory."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

REMEMBERED = 1_500
"""Texts whose vectors are kept: about 15 kB each."""


class Embedded(Protocol):
    """What an embedder gives: a vector of unit length, and one for each token with its place in the text."""

    @property
    def vector(self) -> Vectors:
        """The text's vector."""
        ...

    @property
    def tokens(self) -> Vectors:
        """The vectors of its tokens, n × d."""
        ...

    @property
    def offsets(self) -> tuple[tuple[int, int], ...]:
        """Where each token stands in the text."""
        ...


class Meaning(Protocol):
    """Turns a text into vectors; :class:`firstline.knowledge.embedding.Embedder` is one."""

    def embed(self, text: str) -> Embedded:
        """Embed one text. May be called from several threads."""
        ...


@dataclass(frozen=True)
class _Kept:
    vector: Vectors
    small: NDArray[np.float16]
    offsets: tuple[tuple[int, int], ...]

    @property
    def tokens(self) -> Vectors:
        return self.small.astype(np.float32)


class Remembering:
    """A meaning that is asked once for each text, as long as the text is remembered."""

    def __init__(self, meaning: Meaning, most: int = REMEMBERED) -> None:
        self._meaning = meaning
        self._most = most
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def embed(self, text: str) -> Embedded:
        """Embed one text, or remember it."""
        with self._lock:
            if (known := self._kept.get(text)) is not None:
                self._kept.move_to_end(text)
                return known
        made = self._meaning.embed(text)
        kept = _Kept(made.vector, made.tokens.astype(np.float16), made.offsets)
        with self._lock:
            self._kept[text] = kept
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return kept
