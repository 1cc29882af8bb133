"""Does a turn ask for knowledge, or does it book, thank, or give a detail? A logistic regression on the turn's vector.

It is fitted when it is first asked, on the example turns in ``asking_examples.toml``: each as it stands, and in lower case
without punctuation, as speech recognition writes. One signal among others, never a lock.
"""

import re
import tomllib
from functools import cached_property
from importlib import resources

import numpy as np

from firstline.knowledge.embedding import Embedder, Vector

_RIDGE = 1 / 3.0
_STEPS = 25


def fit(vectors: Vector, wanted: Vector, ridge: float = _RIDGE) -> Vector:
    """Weights of a logistic regression with an unpenalised constant as the last one, classes balanced (Newton's method)."""
    x = np.hstack([vectors, np.ones((len(vectors), 1), np.float32)]).astype(np.float64)
    share = wanted.mean()
    balance = np.where(wanted > 0.5, 0.5 / share, 0.5 / (1 - share))
    penalty = np.full(x.shape[1], ridge)
    penalty[-1] = 1e-6
    weights = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (balance * (p - wanted)) + penalty * weights
        curvature = (x * (balance * p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights.astype(np.float32)


class AsksForKnowledge:
    """The probability that a turn asks for knowledge."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @cached_property
    def _weights(self) -> Vector:
        listed = tomllib.loads(resources.files(__package__).joinpath("asking_examples.toml").read_text("utf-8"))
        examples = [(text, 1.0) for text in listed["knowledge"]]
        examples += [(text, 0.0) for kind in ("task", "social") for text in listed[kind]]
        examples += [(_as_spoken(text), label) for text, label in examples]
        vectors = np.array([self._embedder.embed(text).vector for text, _ in examples])
        return fit(vectors, np.array([label for _, label in examples], np.float32))

    def probability(self, vector: Vector) -> float:
        """0 to 1 for the vector of a turn."""
        weights = self._weights
        return float(1 / (1 + np.exp(-(vector @ weights[:-1] + weights[-1]))))


def _as_spoken(text: str) -> str:
    return re.sub(r"[^\w\s']", "", text.lower())
