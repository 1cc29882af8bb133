"""Do promised error rates hold? The gate refitted on fifty own questions, 200 times, and measured on all the others.

``stackfaq``: each question once as it is and once with its entry withheld, through the product's import, search and fit. The
promise is the rate, with its 95 % interval, on questions that were left out of the fit; it holds if the rate on the unseen
questions lies within. ``dstc11_sk``: does a turn ask for knowledge, by the product's regression on the last turn's vector
with examples of the same traffic, five folds.
"""

import json
import random
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np

from bench import figures
from bench.data import lines, present
from bench.stage import embedder, server, stage
from firstline.knowledge.asking import fit
from firstline.knowledge.calibrating import Calibrating
from firstline.knowledge.calibration import FEWEST, Example, Judged, fitted, left_out, probability, rates, threshold_for

DRAWS = 200
FIRST = 1_000
"""The first seed; the intervals' width was chosen on those below."""
THRESHOLDS = (0.4, 0.5, 0.6, 0.7)
FOLDS = 5


def main() -> None:
    """Print the figures as JSON."""
    result: dict[str, Any] = {"bench": "refit", "sets": {}}
    wanted = sys.argv[1:] or ("stackfaq", "dstc11_sk")
    if "stackfaq" in wanted and present("stackfaq"):
        result["sets"]["stackfaq"] = _stackfaq()
    if "dstc11_sk" in wanted and present("dstc11_sk"):
        result["sets"]["dstc11_sk"] = _asks()
    print(json.dumps(result, indent=1))


def _stackfaq() -> dict[str, Any]:
    with server() as running, stage(running, "refit") as company:
        corpus = lines("stackfaq/corpus.jsonl")
        company.short_answers(corpus)
        company.read_all()
        places = {question: page for page, question in company.ids().items()}
        sources = company.sources()
        titles = {entry["id"]: " ".join(entry["title"].split()) for entry in corpus}
        asked = [
            SimpleNamespace(question=line["text"], language="en", source_id=sources[places[titles[line["source_faq"]]]])
            for line in lines("stackfaq/queries.jsonl")
        ]
        examples = Calibrating(company.database, company.finder).examples(asked)  # type: ignore[arg-type]
    return _promised(examples)


def _promised(examples: list[Example]) -> dict[str, Any]:
    numbers = sorted({one.question for one in examples})
    held: dict[str, list[bool]] = {f"{kind} at {one}": [] for kind in ("wrong", "missed") for one in THRESHOLDS}
    seen: dict[str, list[float]] = {name: [] for name in held}
    for draw in range(FIRST, FIRST + DRAWS):
        own = set(random.Random(draw).sample(numbers, FEWEST))
        renumbered = {number: place for place, number in enumerate(sorted(own))}
        mine = [Example(one.features, one.covered, renumbered[one.question]) for one in examples if one.question in own]
        weights, judged = fitted(mine), left_out(mine)
        unseen = [Judged(probability(weights, one.features), one.covered) for one in examples if one.question not in own]
        for threshold in THRESHOLDS:
            promise, real = rates(judged, threshold), rates(unseen, threshold)
            for kind in ("wrong", "missed"):
                told, found = getattr(promise, kind), getattr(real, kind)
                held[f"{kind} at {threshold}"].append(told.low <= found.value <= told.high)
                seen[f"{kind} at {threshold}"].append(found.value)
    everything = [Judged(one.probability, one.covered) for one in left_out(examples)]
    return {
        "questions": len(numbers),
        "own_questions": FEWEST,
        "promise_held": {name: figures.share(draws) for name, draws in held.items()},
        "rate_on_unseen": {name: figures.mean(draws) for name, draws in seen.items()},
        "auroc_fitted_on_all": figures.area(
            [one.probability for one in everything if one.covered], [one.probability for one in everything if not one.covered]
        ),
        "threshold_for_one_wrong_in_ten": threshold_for(everything, 0.1),
    }


def _asks() -> dict[str, Any]:
    turns = lines("dstc11_sk/queries.jsonl")
    meaning = embedder()
    rows = np.array([meaning.embed(one["text"]).vector for one in turns])
    asks = np.array([float(one["answerable"]) for one in turns], np.float32)
    groups = {text: place for place, text in enumerate(sorted({_dialogue(one) for one in turns}))}
    fold = np.array([groups[_dialogue(one)] % FOLDS for one in turns])
    odds = np.zeros(len(turns))
    for part in range(FOLDS):
        weights = fit(rows[fold != part], asks[fold != part])
        odds[fold == part] = rows[fold == part] @ weights[:-1] + weights[-1]
    told, true = odds > 0, asks > 0.5
    hit = int((told & true).sum())
    precision, recall = hit / max(1, int(told.sum())), hit / int(true.sum())
    return {
        "f1": round(2 * precision * recall / (precision + recall), 4),
        "precision": figures.share(list(true[told])),
        "recall": figures.share(list(told[true])),
        "auroc": figures.area(list(odds[true]), list(odds[~true])),
    }


def _dialogue(line: dict[str, Any]) -> str:
    """The dialogue a turn belongs to, by its first words."""
    return str(line["history"][0]["text"]) if line["history"] else str(line["text"])


if __name__ == "__main__":
    main()
