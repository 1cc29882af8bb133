"""How well a sentence is supported by passages: words, word pairs, longest run, negation; token vectors where there are any.

The weights come from BEGIN (Dziri et al., TACL 2022), fitted there by ``bench/run evidence``: AUROC .955 by cross-validation
with token vectors, .946 without. Both let as many grounded replies pass at the same threshold. The value orders sentences; it
is no proof, and facts are checked beside it.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firstline.agent.facts.known import holds, known
from firstline.agent.facts.names import names
from firstline.agent.facts.reading import Kind
from firstline.agent.models.lexicon import base, words_of
from firstline.knowledge.words import STOP, stem

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_NEGATION = frozenset(
    """no not never none nobody nothing neither nor cannot without n't nicht kein keine keinen keiner keinem nie niemals ohne
    nichts ne pas jamais aucun aucune sans rien non nessun nessuna mai senza nunca ningún ninguna sin jamás tampoco niet geen
    nooit zonder niks não nenhum nenhuma sem nie żaden żadna bez nigdy""".split()  # noqa: SIM905
)

Vectors = NDArray[np.float32]


class TokenVectors(Protocol):
    """What gives token vectors of unit length, n × d; see :class:`firstline.knowledge.embedding.Embedder`."""

    def tokens(self, text: str) -> Vectors:
        """The vectors of a text's tokens."""
        ...


@dataclass(frozen=True)
class Support:
    """The features of one sentence, and the probability that the passages support it."""

    cov: float
    bi: float
    lcs: float
    num: int
    name: int
    neg: int
    unsup: int
    words: int
    probability: float
    rms: float = 0.0
    rlow: float = 0.0


@lru_cache(maxsize=2048)
def _terms(text: str, language: str) -> tuple[tuple[str, ...], tuple[bool, ...], tuple[str, ...]]:
    """Stems of all words in order, which of them carry content, and the words as they stand."""
    found = tuple(word.group().lower().replace("’", "'") for word in _WORD.finditer(text))
    stop = words_of(language).stop | STOP if base(language) == "en" else words_of(language).stop
    return tuple(stem(word, language) for word in found), tuple(word not in stop for word in found), found


def support(sentence: str, passages: Sequence[str], language: str, vectors: TokenVectors | None = None) -> Support:
    """How well passages support a sentence in their language."""
    stems, content, plain = _terms(sentence, language)
    theirs = [_terms(passage, language) for passage in passages]
    there = {one for other, _, _ in theirs for one in other}
    pairs = {pair for other, _, _ in theirs for pair in pairwise(other)}
    mine = [one for one, telling in zip(stems, content, strict=True) if telling]
    own_pairs = list(pairwise(stems))
    evidence = [known(passage) for passage in passages]
    numbers = known(sentence).of(Kind.NUMBER, Kind.MONEY, Kind.PERCENT)
    missing = [fact for fact in numbers if not holds(fact, evidence)]
    strange = [fact for fact in names(sentence, language) if not holds(fact, evidence)]
    measured = {
        "cov": sum(one in there for one in mine) / len(mine) if mine else 1.0,
        "bi": sum(pair in pairs for pair in own_pairs) / len(own_pairs) if own_pairs else float(bool(set(stems) <= there)),
        "lcs": max((longest_run(plain, other) for _, _, other in theirs), default=0) / max(1, len(plain)),
    }
    negated = bool(theirs) and _negates(plain) != any(_negates(other) for _, _, other in theirs)
    rms, rlow = _nearness(sentence, passages, vectors) if vectors is not None else (0.0, 0.0)
    found = Support(
        **measured,
        num=len(missing),
        name=len(strange),
        neg=int(negated),
        unsup=min(6, sum(one not in there for one in mine)),
        words=len(plain),
        probability=0.0,
        rms=rms,
        rlow=rlow,
    )
    return replace(found, probability=_sigmoid(_WORDS_ALONE if vectors is None else _WITH_VECTORS, features_of(found)))


def features_of(one: Support) -> dict[str, float]:
    """What the probability is computed from: the measures, and their products where the effect is not a straight line."""
    length = math.log1p(one.words)
    return {
        "cov": one.cov, "bi": one.bi, "lcs": one.lcs, "num": min(3.0, one.num), "name": min(4.0, one.name),
        "neg": float(one.neg), "unsup": float(one.unsup), "rms": one.rms, "rlow": one.rlow, "length": length,
        "cov²": one.cov**2, "bi²": one.bi**2, "rlow²": one.rlow**2, "lcs·length": one.lcs * length,
        "unsup/words": one.unsup / max(1, one.words), "cov·rlow": one.cov * one.rlow,
    }  # fmt: skip


_WITH_VECTORS = {
    "cov": 5.28, "bi": 4.08, "lcs": 0.20, "num": -0.52, "name": -1.37, "neg": -0.41, "unsup": -0.13, "rms": -1.58, "rlow": 4.94,
    "length": -1.26, "cov²": -0.51, "bi²": 1.68, "rlow²": 2.29, "lcs·length": -1.06, "unsup/words": 2.83, "cov·rlow": -1.50,
    "constant": -2.65,
}  # fmt: skip
_WORDS_ALONE = {
    "cov": 6.42, "bi": 3.22, "lcs": -2.46, "num": -0.32, "name": -1.24, "neg": -0.81, "unsup": -0.20, "length": -1.45,
    "cov²": -0.67, "bi²": 5.46, "lcs·length": -0.75, "unsup/words": 4.64, "constant": -2.04,
}  # fmt: skip


def _sigmoid(weights: dict[str, float], features: dict[str, float]) -> float:
    odds = weights["constant"] + sum(weight * features[name] for name, weight in weights.items() if name != "constant")
    return 1 / (1 + math.exp(-odds))


def longest_run(mine: Sequence[str], theirs: Sequence[str]) -> int:
    """The length of the longest run of words that both have."""
    best = 0
    places: dict[str, list[int]] = {}
    for place, word in enumerate(theirs):
        places.setdefault(word, []).append(place)
    lengths: dict[int, int] = {}
    for word in mine:
        now: dict[int, int] = {}
        for place in places.get(word, ()):
            now[place] = lengths.get(place - 1, 0) + 1
            best = max(best, now[place])
        lengths = now
    return best


def _negates(words: Sequence[str]) -> bool:
    return any(word in _NEGATION or word.endswith("n't") for word in words)


def _nearness(sentence: str, passages: Sequence[str], vectors: TokenVectors) -> tuple[float, float]:
    """The mean over the sentence's tokens of the best cosine to any token of the passages, and the mean of the lowest fifth."""
    mine = vectors.tokens(sentence)
    theirs = [found for passage in passages if len(found := vectors.tokens(passage))]
    if not len(mine) or not theirs:
        return 0.0, 0.0
    best = np.sort(np.max([np.max(mine @ one.T, axis=1) for one in theirs], axis=0))
    lowest = best[: max(1, len(best) // 5)]
    return float(best.mean()), float(lowest.mean())
