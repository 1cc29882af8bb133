"""A numeric check that a model built on this machine means what it should, before anything relies on it."""

from pathlib import Path

import numpy as np

from firstline.knowledge.embedding import OnnxEmbedder

_ALIKE = ("How do I get my money back?", "I would like a refund for my order.")
_OTHER = "The brake cable of the rear wheel is loose."


class Unproven(Exception):
    """The model gives wrong numbers on this machine."""


def prove(model: Path, tokenizer: Path) -> None:
    """:raises Unproven: if vectors are not of unit length, or texts that mean the same are not closer than others."""
    embedder = OnnxEmbedder(model, tokenizer)
    first, second, other = (embedder.embed(text) for text in (*_ALIKE, _OTHER))
    near, far = float(first.vector @ second.vector), float(first.vector @ other.vector)
    lengths = np.linalg.norm(first.tokens, axis=1)
    if not (abs(np.linalg.norm(first.vector) - 1) < 1e-3 and np.allclose(lengths, 1, atol=1e-3) and near - far > 0.2):
        raise Unproven(f"The embedding model computes wrong numbers on this machine (alike {near:.2f}, other {far:.2f}).")
