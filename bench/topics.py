"""Does it tell topics apart, and what has none of them? ``clinc150`` with ten examples an intent.

Three draws of the examples. The threshold for *none of them* is set on the validation part: where rejecting costs the least
of both errors together. Figures are those of the test part.
"""

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from bench import figures
from bench.data import lines, present
from bench.stage import embedder
from firstline.agent.conditions import Judged, Topics
from firstline.agent.models.meaning import Remembering

EXAMPLES = 10
DRAWS = 3
NONE = "oos"

Case = tuple[str, str]


def main() -> None:
    """Print the figures as JSON."""
    result: dict[str, Any] = {"bench": "topics", "examples_a_topic": EXAMPLES, "draws": DRAWS, "sets": {}}
    if present("clinc150"):
        result["sets"]["clinc150"] = _clinc()
    print(json.dumps(result, indent=1))


def _clinc() -> dict[str, Any]:
    train, val, test = ([(one["text"], one["intent"]) for one in lines(f"clinc150/{part}.jsonl")] for part in _PARTS)
    by_intent: dict[str, list[str]] = defaultdict(list)
    for text, intent in train:
        by_intent[intent].append(text)
    none = by_intent.pop(NONE)
    meaning = Remembering(embedder(), most=20_000)
    plain: list[bool] = []
    kept: list[bool] = []
    refused: list[bool] = []
    areas: list[float] = []
    for draw in range(DRAWS):
        dice = random.Random(draw)
        examples = {name.replace("_", " "): dice.sample(texts, EXAMPLES) for name, texts in sorted(by_intent.items())}
        topics = Topics.learn(examples, meaning, none)
        limit = _threshold([(topics.judge(text), intent) for text, intent in val])
        judged = [(topics.judge(text), intent) for text, intent in test]
        inside = [(one, intent) for one, intent in judged if intent != NONE]
        outside = [one.lead for one, intent in judged if intent == NONE]
        plain += [_right(one, intent) for one, intent in inside]
        kept += [_right(one, intent) and one.lead >= limit for one, intent in inside]
        refused += [lead < limit for lead in outside]
        areas.append(figures.auroc([one.lead for one, _ in inside], outside))
    return {
        "in_scope": figures.share(plain),
        "in_scope_with_rejecting": figures.share(kept),
        "out_of_scope_recall": figures.share(refused),
        "auroc": round(sum(areas) / len(areas), 4),
    }


_PARTS = ("train_small", "val", "test")


def _right(judged: Judged, intent: str) -> bool:
    return judged.topic == intent.replace("_", " ")


def _threshold(judged: Sequence[tuple[Judged, str]]) -> float:
    """Where right and kept inside plus refused outside is greatest."""
    right = np.array([one.lead for one, intent in judged if intent != NONE and _right(one, intent)])
    inside = sum(intent != NONE for _, intent in judged)
    outside = np.array([one.lead for one, intent in judged if intent == NONE])
    limits = np.linspace(-1, 1, 401)
    worth = [float((right >= limit).sum() / inside + (outside < limit).mean()) for limit in limits]
    return float(limits[int(np.argmax(worth))])


if __name__ == "__main__":
    main()
