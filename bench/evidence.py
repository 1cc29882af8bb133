"""Does the check tell grounded replies from others, and does it catch one changed fact? ``grounding_begin`` and made alterations.

*As shipped*: the product's own weights. *Refitted*: a logistic regression on the product's features, five folds by passage.
Alterations: true sentences of public help centres and of the demo company, each with one number, price, date, link or name
changed to something that the article does not hold.
"""

import json
import sys
from typing import Any

import numpy as np

from bench import figures
from bench.alterations import Answer, altered, answers
from bench.data import lines, present
from bench.stage import embedder
from firstline.agent.evidence import examine
from firstline.agent.evidence.support import features_of, support
from firstline.agent.models.meaning import Remembering
from firstline.knowledge.asking import fit

FOLDS = 5
MOST = 2_000


class _Tokens:
    """Token vectors, remembered: replies to one passage come one after another."""

    def __init__(self) -> None:
        self._meaning = Remembering(embedder(), most=4_000)

    def tokens(self, text: str) -> Any:
        """The vectors of a text's tokens."""
        return self._meaning.embed(text).tokens


def main() -> None:
    """Print the figures as JSON."""
    result: dict[str, Any] = {"bench": "evidence", "sets": {}}
    wanted = sys.argv[1:] or ("grounding_begin", "alterations")
    if "grounding_begin" in wanted and present("grounding_begin"):
        result["sets"]["grounding_begin"] = _begin()
    if "alterations" in wanted:
        result["sets"]["alterations"] = _alterations()
    print(json.dumps(result, indent=1))


def _begin() -> dict[str, Any]:
    cases = [one for one in lines("grounding_begin/cases.jsonl") if one["label"] != "Generic"]
    vectors = _Tokens()
    found = [support(one["response"], (one["knowledge"],), "en", vectors) for one in cases]
    grounded = np.array([one["label"] == "Fully attributable" for one in cases])
    shipped = np.array([one.probability for one in found])
    rows = np.array([list(features_of(one).values()) for one in found], np.float32)
    rows = (rows - rows.mean(0)) / np.maximum(rows.std(0), 1e-6)
    passages = {text: number for number, text in enumerate(sorted({one["knowledge"] for one in cases}))}
    fold = np.array([passages[one["knowledge"]] % FOLDS for one in cases])
    refitted = np.zeros(len(cases))
    for part in range(FOLDS):
        weights = fit(rows[fold != part], grounded[fold != part].astype(np.float32), 1.0)
        refitted[fold == part] = rows[fold == part] @ weights[:-1] + weights[-1]
    return {
        "as_shipped": figures.area(list(shipped[grounded]), list(shipped[~grounded])),
        "refitted_by_passage": figures.area(list(refitted[grounded]), list(refitted[~grounded])),
    }


def _alterations() -> dict[str, Any]:
    true = answers()
    changed = [(kind, text, one) for one in true for kind, text in altered(one)]
    step = max(1, len(changed) // MOST)
    changed = changed[::step][:MOST]
    caught = [not examine(text, one.evidence).stands for _, text, one in changed]
    kinds = sorted({kind for kind, _, _ in changed})
    used: list[Answer] = list({id(one): one for _, _, one in changed}.values())
    return {
        "caught": figures.share(caught),
        "false_alarms": figures.share([not examine(one.text, one.evidence).stands for one in used]),
        "by_kind": {
            kind: figures.share([hit for hit, (its, _, _) in zip(caught, changed, strict=True) if its == kind]) for kind in kinds
        },
        "missed": [text for hit, (_, text, _) in zip(caught, changed, strict=True) if not hit][:10],
    }


if __name__ == "__main__":
    main()
