"""What fits best: the features of a passage for a question, and their weighted sum. Pure.

The recipe and its weights were chosen on public development sets; docs/reference/benchmarks.md says what each part brings.
Token vectors are compared by weighted MaxSim: each token of the question looks for its best match in the passage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from firstline.knowledge.compact import Packed, Vector, compared
from firstline.knowledge.query import Asked, Corpus
from firstline.knowledge.rules import EntryKind

K1, B = 1.2, 0.75
"""BM25's saturation and length normalisation."""

NAMED: Mapping[str, float] = {"cq": 1.0, "ms": 2.0, "qf": 0.6, "cov": 0.2, "bl": 0.2, "ch": 0.2, "en": 2.0}
"""Weights when a thing is in focus, or nothing was said before."""

FOLLOWING: Mapping[str, float] = {"ch": 1.0, "ms": 1.0, "mh": 1.0, "bh": 1.0, "cov": 0.2, "bl": 0.1}
"""Weights when something was said before and no thing is in focus: what was said before has to find it."""

APART: Mapping[str, float] = {"cq": 1.0, "ms": 2.0, "qf": 0.6, "cov": 0.2, "bl": 0.2}
"""Weights of the score that two entries are set apart by: without history and names."""


@dataclass(frozen=True)
class Candidate:
    """A passage that may fit, as the database gave it. Similarities are cosines; ``qf`` equals ``cq`` for running text."""

    passage_id: str
    page_id: str
    kind: EntryKind
    cq: float
    ch: float
    qf: float
    en: float
    length: int
    counts: Mapping[str, int]
    tokens: Packed


@dataclass(frozen=True)
class Ranked:
    """A candidate with its features and its score."""

    candidate: Candidate
    score: float
    features: Mapping[str, float] = field(default_factory=dict)


def weights_for(*, named: bool, history: bool) -> Mapping[str, float]:
    """Which line of weights holds for a question."""
    return NAMED if named or not history else FOLLOWING


def rank(asked: Asked, corpus: Corpus, last_weights: Vector, candidates: Sequence[Candidate], *, named: bool) -> list[Ranked]:
    """Candidates with their scores, best first.

    :param last_weights: how much each token of the last turn counts.
    :param named: whether a thing is in focus.
    """
    if not candidates:
        return []
    weights = weights_for(named=named, history=asked.has_history)
    passages = [candidate.tokens for candidate in candidates]
    ms, weak = matched(asked.last.tokens, last_weights, passages)
    mh = matched(asked.whole.tokens, np.ones(len(asked.whole.tokens), np.float32), passages)[0] if "mh" in weights else None
    ranked = []
    for place, candidate in enumerate(candidates):
        features = _features(asked, corpus, candidate)
        features |= {"ms": float(ms[place]), "weak": float(weak[place])}
        if mh is not None:
            features |= {"mh": float(mh[place]), "bh": bm25(asked.whole_terms, corpus, candidate.counts, candidate.length)}
        features["apart"] = sum(weight * features[name] for name, weight in APART.items())
        score = sum(weight * features[name] for name, weight in weights.items())
        ranked.append(Ranked(candidate, score, features))
    return sorted(ranked, key=lambda one: (-one.score, one.candidate.passage_id))


def _features(asked: Asked, corpus: Corpus, candidate: Candidate) -> dict[str, float]:
    return {
        "cq": candidate.cq,
        "ch": candidate.ch,
        "qf": candidate.qf,
        "en": candidate.en,
        "cov": coverage(asked.last_terms, corpus, candidate.counts),
        "bl": bm25(asked.last_terms, corpus, candidate.counts, candidate.length),
    }


def matched(question: Vector, weights: Vector, passages: Sequence[Packed]) -> tuple[Vector, Vector]:
    """For each passage the weighted MaxSim, and the mean best match of the two worst-matched content tokens.

    All passages are compared in one product; a passage without tokens matches nothing.
    """
    none = np.zeros(len(passages), np.float32)
    lengths = [len(passage) for passage in passages]
    filled = [place for place, length in enumerate(lengths) if length]
    if not len(question) or not filled:
        return none, none
    similar = compared(question, np.concatenate([passages[place] for place in filled]))
    starts = np.cumsum([0, *(lengths[place] for place in filled[:-1])])
    best = np.maximum.reduceat(similar, starts, axis=1)
    content = np.sort(best[weights > 0.06], axis=0)[:2]
    ms, weak = none.copy(), none.copy()
    ms[filled] = weights @ best / weights.sum()
    weak[filled] = content.mean(axis=0) if len(content) else best.mean(axis=0)
    return ms, weak


def coverage(wanted: Sequence[str], corpus: Corpus, counts: Mapping[str, int]) -> float:
    """The share of the question's terms that the passage has, weighted by how telling they are."""
    total = sum(corpus.idf(term) for term in wanted)
    return sum(corpus.idf(term) for term in wanted if term in counts) / total if total else 0.0


def bm25(wanted: Sequence[str], corpus: Corpus, counts: Mapping[str, int], length: int) -> float:
    """BM25 as a share of the most it could be: 0 to 1."""
    total = sum(corpus.idf(term) for term in wanted)
    if not total:
        return 0.0
    longer = K1 * (1 - B + B * length / max(corpus.average_length, 1.0))
    score = sum(corpus.idf(term) * counts[term] * (K1 + 1) / (counts[term] + longer) for term in wanted if term in counts)
    return score / ((K1 + 1) * total)


def entries(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The best passage of each page, in order: pages are what two answers are told apart by."""
    seen: dict[str, Ranked] = {}
    for one in ranked:
        seen.setdefault(one.candidate.page_id, one)
    return list(seen.values())
