"""Would a classifier fitted to a public set make the signal for injected instructions better? By five folds.

Logistic regression on the embedding of a message (``deepset_train`` and ``giskard``), with our harmless look-alikes among what it
learns from, beside the signal as it is; each text is judged by what was learned from the other folds. Thresholds are printed with
what each costs on the look-alikes: ``injection_dev`` holds no set of harmless texts that look like attacks.
"""

import hashlib
import json
import tomllib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import figures
from bench.data import lines, present
from bench.injection import LOOK_ALIKES
from bench.stage import embedder
from firstline.agent.injection import Inspector
from firstline.agent.models.meaning import Remembering

FOLDS, WEIGHT, STEPS = 5, 1.0, 12
THRESHOLDS = (0.3, 0.8, 1.2)
Numbers = NDArray[np.float64]


def main() -> None:
    """Print the figures as JSON."""
    if not present("injection_dev"):
        return
    meaning = Remembering(embedder(), most=20_000)
    texts = [(str(row["text"]), bool(row["injection"]), "public") for name in ("deepset_train", "giskard") for row in _rows(name)]
    texts += [(text, False, "look-alike") for text in tomllib.loads(LOOK_ALIKES.read_text("utf-8"))["messages"]]
    inspector = Inspector(meaning)
    signal = np.array([inspector.look(text, "customer").flagged for text, _, _ in texts])
    vectors = np.array([meaning.embed(text[:20_000]).vector for text, _, _ in texts], np.float64)
    attack, alike = np.array([one for _, one, _ in texts]), np.array([kind == "look-alike" for _, _, kind in texts])
    scores = _scored(vectors, attack, np.array([hashlib.sha256(text.encode()).digest()[0] % FOLDS for text, _, _ in texts]))

    def rates(flagged: NDArray[np.bool_]) -> dict[str, Any]:
        return {
            "recall": figures.share(list(flagged[attack])),
            "false_alarms": figures.share(list(flagged[~attack & ~alike])),
            "false_alarms_on_look_alikes": figures.share(list(flagged[alike])),
        }

    result: dict[str, Any] = {"bench": "injection_fitted", "signal_as_it_is": rates(signal)}
    for threshold in THRESHOLDS:
        result[f"with_the_classifier_from_{threshold}"] = rates(signal | (scores > threshold))
        result[f"the_classifier_alone_from_{threshold}"] = rates(scores > threshold)
    print(json.dumps(result, indent=1))


def _rows(name: str) -> list[dict[str, Any]]:
    return lines(f"injection_dev/{name}.jsonl")


def _scored(vectors: Numbers, attack: NDArray[np.bool_], fold: NDArray[np.int64]) -> Numbers:
    """Log odds of each text by the weights of the folds that it is not in."""
    with_one = np.c_[vectors, np.ones(len(vectors))]
    scores = np.zeros(len(vectors))
    for held in range(FOLDS):
        learned = fold != held
        scores[~learned] = with_one[~learned] @ _fitted(with_one[learned], attack[learned].astype(np.float64))
    return scores


def _fitted(rows: Numbers, labels: Numbers) -> Numbers:
    """Weights by Newton's method, both classes counted alike, the last one (the constant) free."""
    share = labels.mean()
    counts = np.where(labels > 0, 0.5 / share, 0.5 / (1 - share))
    decay = np.diag([WEIGHT] * (rows.shape[1] - 1) + [1e-6])
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        odds = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (counts * (odds - labels)) + decay @ weights
        curve = (rows * (counts * odds * (1 - odds))[:, None]).T @ rows + decay
        weights -= np.linalg.solve(curve, slope)
    return weights


if __name__ == "__main__":
    main()
