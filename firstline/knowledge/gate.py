"""Is the answer in the knowledge? A probability for the best entry, by its kind. Pure.

Entries that are questions are judged by how near the question is; running text by how well the question's words match, and
by how far the best page stands above the next ones.
The presets were fitted on public development sets (docs/reference/benchmarks.md); merging them spoils both.
"""

import math
from collections.abc import Mapping, Sequence

from firstline.knowledge import calibration
from firstline.knowledge.rank import Ranked
from firstline.knowledge.rules import EntryKind

Preset = Mapping[str, float]

FAQ: Preset = {
    "cq": 7.36, "qf": 10.2, "ms": 1.6, "cov": -0.95, "weak": 0.95, "margin": 0.85, "z": 0.5, "long": 0.8, "constant": -15.44,
}  # fmt: skip
"""Fitted on short questions, with half of the preset for running text added, so that it also holds for long answers.

The longer a question, the less of it an entry's own wording can be near to: ``long`` makes up for that."""
PASSAGE: Preset = {"cq": 2.4, "ms": 1.4, "lead": 3.2, "constant": -3.3}
"""Fitted on the answers of the same sets taken in as running text, and on the demo company, each with the right page withheld."""
ABROAD: Preset = {"lead": 4.2, "cov": 3.7, "constant": -4.0}
"""For questions in other languages than the local model's own, English: what it makes of them tells less, shared words tell more.
Fitted on two small help centres in German and Spanish (``bench/run languages``), each tried on the other: AUROC .93 and .90."""
LOOKED_AT = 6
"""Entries that the features look at."""
PRESETS: Mapping[EntryKind, Preset] = {EntryKind.FAQ: FAQ, EntryKind.PASSAGE: PASSAGE}


def features_of(best: Sequence[Ranked], mean: float, deviation: float, words: int) -> dict[str, float]:
    """The features of the best entry, with what sets it apart from the next one and from all.

    :param best: entries in order. :param mean: of the cosine over all passages, with its standard ``deviation``.
    :param words: of the question.
    """
    features = dict(best[0].features)
    features["margin"] = features["apart"] - best[1].features["apart"] if len(best) > 1 else 0.0
    others = [one.features["apart"] for one in best[1:LOOKED_AT]]
    features["lead"] = features["apart"] - sum(others) / len(others) if others else 0.5
    features["z"] = (features["cq"] - mean) / deviation if deviation > 1e-6 else 0.0
    features["long"] = math.log(1 + words)
    return features


def signs(best: Sequence[Ranked], mean: float, deviation: float, words: int, language: str) -> dict[str, float]:
    """The features of the best entry with the preset's log-odds (``odds``) that it answers the question; empty without one."""
    if not best:
        return {}
    features = features_of(best, mean, deviation, words)
    preset = PRESETS[best[0].candidate.kind] if language.partition("-")[0] == "en" else ABROAD
    odds = preset["constant"] + sum(weight * features[name] for name, weight in preset.items() if name != "constant")
    return {**features, "odds": max(-30.0, min(30.0, odds))}


def covered(found: Mapping[str, float], own: Mapping[str, float] | None = None) -> float:
    """The probability, 0 to 1, that the best entry answers the question; 0 without one.

    :param found: its :func:`signs`. :param own: the weights that were fitted to this company's questions, if any were.
    """
    if not found:
        return 0.0
    if own is not None:
        return calibration.probability(own, found)
    return 1 / (1 + math.exp(-found["odds"]))
