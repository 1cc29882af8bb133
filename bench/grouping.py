"""From which likeness on are two unanswered questions of one topic? Pairs of the product's own grouping against known topics.

``clinc150``: the train part, 150 intents. ``stackfaq``: re-phrasings of 125 questions. Four draws of 300 questions each; of the
pairs that a grouping makes the share that is right, and of the pairs that belong together the share that it makes.
"""

import json
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from bench.data import lines, present
from bench.stage import embedder
from firstline.knowledge.gaps.grouping import ALIKE, Group, groups

SETS = {"clinc150": ("clinc150/train_small.jsonl", "intent"), "stackfaq": ("stackfaq/queries.jsonl", "source_faq")}
LEVELS = (0.5, 0.55, 0.6, 0.62, 0.65, 0.7, 0.75)
DRAWS, QUESTIONS = 4, 300


def main() -> None:
    """Print the figures as JSON."""
    meaning = embedder()
    result: dict[str, Any] = {"bench": "grouping", "in_use": ALIKE, "sets": {}}
    for name, (file, field) in SETS.items():
        if not present(name):
            continue
        asked = [(one["text"], one[field]) for one in lines(file) if one[field] != "oos"]
        draws = [random.Random(draw).sample(asked, QUESTIONS) for draw in range(DRAWS)]
        vectors = [np.array([meaning.embed(text).vector for text, _ in draw]) for draw in draws]
        result["sets"][name] = {str(level): _at(level, draws, vectors) for level in LEVELS}
    print(json.dumps(result, indent=1))


def _at(level: float, draws: Sequence[Sequence[tuple[str, str]]], vectors: Sequence[Any]) -> dict[str, float]:
    found = [pairs(groups(own, level), [topic for _, topic in draw]) for draw, own in zip(draws, vectors, strict=True)]
    right, made, there = (sum(part) for part in zip(*found, strict=True))
    precision, recall = right / max(1, made), right / there
    return {
        "pairs_right": round(precision, 3),
        "pairs_found": round(recall, 3),
        "f_half": round(1.25 * precision * recall / (0.25 * precision + recall), 3),
    }


def pairs(made: Sequence[Group], topics: Sequence[str]) -> tuple[int, int, int]:
    """Pairs that a grouping makes rightly, all that it makes, and all that belong together."""
    own = [Counter(topics[place] for place in group.members) for group in made]
    right = sum(_two(count) for topic in own for count in topic.values())
    return right, sum(_two(len(group.members)) for group in made), sum(_two(count) for count in Counter(topics).values())


def _two(number: int) -> int:
    return number * (number - 1) // 2


if __name__ == "__main__":
    main()
