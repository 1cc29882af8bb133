"""The gate fitted to one company: from its own questions, each once as it is and once with its answer withheld. Pure.

The preset's log-odds stay the strongest sign; how near the question is and how well its words match may shift them. With
few questions nothing more can be learned. Error rates are those on questions that were left out of the fit.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from firstline.knowledge.asking import fit as logistic
from firstline.knowledge.beta import quantile

Weights = Mapping[str, float]

FEATURES = ("odds", "cq", "ms")
FEWEST = 50
"""Questions with a known entry from which on the gate is fitted."""
FOLDS = 10
RIDGE = 1 / 0.3
COUNTED = 0.75
"""What a question counts for in an interval. The questions are judged by fits that share most of their examples, and the fit in
use is another one again: as if each stood for itself, intervals would be too narrow (``bench/run refit`` shows how often they
hold)."""


@dataclass(frozen=True)
class Example:
    """One search: its features, whether the content holds the answer, and which question it came from."""

    features: Mapping[str, float]
    covered: bool
    question: int


@dataclass(frozen=True)
class Judged:
    """The probability that a question left out of the fit got, and whether the content held its answer."""

    probability: float
    covered: bool


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval (Clopper–Pearson, a question at :data:`COUNTED`) and the number of questions behind it."""

    value: float
    low: float
    high: float
    of: int

    @classmethod
    def counted(cls, hits: int, of: int) -> "Share":
        """``hits`` out of ``of``; of nothing, anything is possible."""
        if not of:
            return cls(0.0, 0.0, 1.0, 0)
        k, n = COUNTED * hits, COUNTED * of
        low = quantile(0.025, k, n - k + 1) if hits else 0.0
        high = quantile(0.975, k + 1, n - k) if hits < of else 1.0
        return cls(hits / of, low, high, of)


@dataclass(frozen=True)
class Rates:
    """Both errors at a threshold: answered though not covered, and covered though not answered."""

    wrong: Share
    missed: Share


def log_odds(probability: float) -> float:
    """The logarithm of p / (1 − p), within ±12."""
    p = min(max(probability, 6e-6), 1 - 6e-6)
    return math.log(p / (1 - p))


def probability(weights: Weights, features: Mapping[str, float]) -> float:
    """What the fitted gate gives for the features of a search."""
    odds = weights["constant"] + sum(weights[name] * features[name] for name in FEATURES)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def fitted(examples: Sequence[Example]) -> Weights:
    """Weights for these examples; both kinds have to be among them."""
    rows = np.array([[one.features[name] for name in FEATURES] for one in examples], np.float32)
    mean, spread = rows.mean(0), rows.std(0)
    spread[spread < 1e-6] = 1.0
    found = logistic((rows - mean) / spread, np.array([float(one.covered) for one in examples], np.float32), RIDGE)
    own = found[:-1] / spread
    return {**dict(zip(FEATURES, map(float, own), strict=True)), "constant": float(found[-1] - own @ mean)}


def left_out(examples: Sequence[Example]) -> list[Judged]:
    """What each question gets from a fit without it: in :data:`FOLDS` parts, a question and its withheld twin in one."""
    judged = []
    for part in range(FOLDS):
        rest = [one for one in examples if one.question % FOLDS != part]
        weights = fitted(rest)
        judged += [Judged(probability(weights, one.features), one.covered) for one in examples if one.question % FOLDS == part]
    return judged


def rates(judged: Sequence[Judged], threshold: float) -> Rates:
    """Both error rates where an answer is given from ``threshold`` on."""
    held = [one.probability >= threshold for one in judged if one.covered]
    lacking = [one.probability >= threshold for one in judged if not one.covered]
    return Rates(Share.counted(sum(lacking), len(lacking)), Share.counted(len(held) - sum(held), len(held)))


def threshold_for(judged: Sequence[Judged], wrong: float) -> float:
    """The lowest threshold, in steps of .01, at which no more than a share ``wrong`` of what is not covered is answered."""
    lacking = [one.probability for one in judged if not one.covered]
    for step in range(5, 100):
        if sum(one >= step / 100 for one in lacking) <= wrong * len(lacking):
            return step / 100
    return 0.99
