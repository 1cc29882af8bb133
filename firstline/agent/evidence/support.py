"""How well a sentence is supported by passages: words, word pairs, longest run, negation; token vectors where there are any.

The weights come from BEGIN (Dziri et al., TACL 2022), measured there with token vectors: AUROC .951 by cross-validation.
Without vectors the same weights are used, and a constant that lets as many grounded replies pass: AUROC .940. The value
orders sentences; it is no proof, and facts are checked beside it.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
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
    features = {
        "cov": sum(one in there for one in mine) / len(mine) if mine else 1.0,
        "bi": sum(pair in pairs for pair in own_pairs) / len(own_pairs) if own_pairs else float(bool(set(stems) <= there)),
        "lcs": max((longest_run(plain, other) for _, _, other in theirs), default=0) / max(1, len(plain)),
        "num": float(min(3, len(missing))),
        "name": float(min(4, len(strange))),
        "neg": float(_negates(plain) != any(_negates(other) for _, _, other in theirs)) if theirs else 0.0,
        "unsup": float(min(6, sum(one not in there for one in mine))),
    }
    rms = rlow = 0.0
    if vectors is None:
        probability = _sigmoid(_WORDS_ALONE, features)
    else:
        rms, rlow = _nearness(sentence, passages, vectors)
        probability = _sigmoid(_WITH_VECTORS, features | {"rms": rms, "rlow": rlow})
    return Support(
        features["cov"],
        features["bi"],
        features["lcs"],
        len(missing),
        len(strange),
        int(features["neg"]),
        int(features["unsup"]),
        len(plain),
        probability,
        rms,
        rlow,
    )


_WITH_VECTORS = {
    "cov": 0.34, "bi": 3.56, "lcs": -1.39, "num": -0.66, "name": -0.82, "neg": -0.49, "unsup": -0.55, "rms": -0.90, "rlow": 5.37,
    "constant": -1.80,
}  # fmt: skip
_WORDS_ALONE = {name: weight for name, weight in _WITH_VECTORS.items() if name not in ("rms", "rlow")} | {"constant": -0.67}


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
