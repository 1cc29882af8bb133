"""Which action a message calls for, without a model: right starts, misses, wrong and false starts.

``clinc150``: in each of fifteen draws eight intents are actions with some examples of the train part, the others are none of
their business. The limits are chosen on other messages of the train part: the lowest at which at most three in a hundred
messages of other intents begin an action. Figures are those of the test part. ``sgd_dev``: thirty tools of seventeen
services with nothing but their descriptions; the first turn of each dialogue.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from bench import figures
from bench.data import FOLDER, lines, present
from bench.stage import embedder
from firstline.agent.actions.definition import Definition
from firstline.agent.actions.matching import APART, NEAR, NEAR_DESCRIPTION, Nearest
from firstline.agent.models.intents import read

ACTIONS, DRAWS, OTHERS, OUTSIDE = 8, 15, 200, 60
EXAMPLES = (1, 3, 7)
FALSE_STARTS = 0.03
NONE = "oos"

Texts = Mapping[str, Sequence[str]]
Judged = tuple[float, float, bool]
"""The best score in parts of what is near enough, its lead, and whether it is the right action."""


def definition(name: str, when: str, examples: Sequence[str] = ()) -> Definition:
    """An action that nothing but its matching is asked of."""
    does = {"kind": "built_in", "verb": "transfer"}
    plain = "".join(letter if letter.isalnum() else "_" for letter in name.lower())[:40]
    told = {"name": plain, "title": name[:80], "when": when, "examples": [one[:300] for one in examples], "does": does}
    return Definition.model_validate(told)


def main() -> None:
    """Print the figures as JSON."""
    limits = {"near": NEAR, "near_description": NEAR_DESCRIPTION, "apart": APART}
    result: dict[str, Any] = {"bench": "matching", "limits": limits, "sets": {}}
    nearest = Nearest(embedder(), most=20_000)
    if present("clinc150"):
        result["sets"]["clinc150"] = _clinc(nearest)
    if present("sgd_dev"):
        result["sets"]["sgd_dev"] = _sgd(nearest)
    print(json.dumps(result, indent=1))


def _clinc(nearest: Nearest) -> dict[str, Any]:
    train, test = _by_intent("train_small", 30), _by_intent("test", 10)
    told: dict[str, Any] = {}
    for count in EXAMPLES:
        chosen = _limit(_all_draws(nearest, train, train, count), NEAR)
        told[f"{count} examples"] = {"chosen_on_train": chosen, **_figures(_all_draws(nearest, train, test, count))}
    chosen = _limit(_all_draws(nearest, train, train, 0), NEAR_DESCRIPTION)
    told["name alone"] = {"chosen_on_train": chosen, **_figures(_all_draws(nearest, train, test, 0))}
    return told


def _by_intent(part: str, most: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in lines(f"clinc150/{part}.jsonl"):
        if len(found[one["intent"]]) < (most if one["intent"] != NONE else 10 * most):
            found[one["intent"]].append(one["text"])
    return found


Draws = tuple[list[Judged], list[Judged], list[Judged]]
"""Messages of the actions, of other intents, and of none."""


def _all_draws(nearest: Nearest, train: Texts, part: Texts, count: int) -> Draws:
    meant: list[Judged] = []
    others: list[Judged] = []
    outside: list[Judged] = []
    for draw in range(DRAWS):
        dice = random.Random(draw)
        intents = sorted(name for name in train if name != NONE)
        mine = dice.sample(intents, ACTIONS)
        examples = {name: dice.sample(train[name], count) for name in mine}
        actions = {name: definition(name, name.replace("_", " "), examples[name]) for name in mine}
        for name in mine:
            meant += _judge(nearest, (text for text in part[name] if text not in examples[name]), actions, name)
        rest = [text for name in intents if name not in mine for text in part[name]]
        others += _judge(nearest, dice.sample(rest, OTHERS), actions, "")
        outside += _judge(nearest, dice.sample(list(part[NONE]), min(OUTSIDE, len(part[NONE]))), actions, "")
    return meant, others, outside


def _judge(nearest: Nearest, texts: Iterable[str], actions: Mapping[str, Definition], right: str) -> list[Judged]:
    judged = []
    for text in texts:
        matter = _matter(text)
        if not matter:
            judged.append((0.0, 0.0, False))
            continue
        ranked = nearest.ranked(matter, actions)
        judged.append((ranked[0][0], ranked[0][0] - ranked[1][0], ranked[0][1] == right))
    return judged


@cache
def _matter(text: str) -> str:
    """What the product compares of a message; empty where it looks for no action."""
    reading = read(text)
    return "" if reading.asks_person else reading.matter


def _starts(one: Judged, limit: float = 1.0) -> bool:
    return one[0] >= limit and one[1] >= APART


def _limit(draws: Draws, present_limit: float) -> float:
    """The lowest limit with few enough false starts."""
    _meant, others, _outside = draws
    for limit in np.arange(0.30, 0.80, 0.01):
        if np.mean([_starts(one, limit / present_limit) for one in others]) <= FALSE_STARTS:
            return round(float(limit), 2)
    return 0.80


def _figures(draws: Draws) -> dict[str, Any]:
    meant, others, outside = draws
    return {
        "right_action_begun": figures.share([_starts(one) and one[2] for one in meant]),
        "wrong_action_begun": figures.share([_starts(one) and not one[2] for one in meant]),
        "false_starts_other_intents": figures.share([_starts(one) for one in others]),
        "false_starts_out_of_scope": figures.share([_starts(one) for one in outside]),
    }


def _sgd(nearest: Nearest) -> dict[str, Any]:
    tools = json.loads((FOLDER / "sgd_dev" / "tools.json").read_text("utf-8"))
    actions = {f"{one['service']} {one['name']}": definition(one["name"], one["description"]) for one in tools}
    outcomes = []
    for case in lines("sgd_dev/cases.jsonl"):
        first = case["turns"][0]
        chosen = nearest.best(first["text"], actions)
        outcomes.append("none" if chosen is None else "right" if chosen.endswith(f" {first['active_intent']}") else "wrong")
    return {name: figures.share([one == name for one in outcomes]) for name in ("right", "none", "wrong")}


if __name__ == "__main__":
    main()
