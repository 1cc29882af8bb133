"""How well conditions of guidelines are matched by examples: recall and false matches at both limits, on ``clinc150``.

Fifty neighbouring intents are guidelines with six examples each, taken from the train part; the messages are those of the
validation part (on which the limits were set) and of the test part, half of them of other intents.
"""

import json
import random
from typing import Any

from bench import figures
from bench.data import lines, present
from firstline.agent.guidelines.matching import PERHAPS, SURE, Matcher
from firstline.agent.guidelines.rules import Guideline, Known
from firstline.knowledge.embedding import OnnxEmbedder
from firstline.knowledge.models import MODEL, TOKENIZER
from firstline.settings import Settings

INTENTS, EXAMPLES, MESSAGES = 50, 6, 300


def main() -> None:
    """Print the figures as JSON."""
    if not present("clinc150"):
        return
    models = Settings().models.expanduser()
    matcher, chance = Matcher(OnnxEmbedder(models / MODEL, models / TOKENIZER)), random.Random(7)
    train = lines("clinc150/train_small.jsonl")
    intents = chance.sample(sorted({one["intent"] for one in train if one["intent"] != "oos"}), INTENTS)
    known = [_guideline(intent, train, chance) for intent in intents]
    result: dict[str, Any] = {
        "bench": "guidelines",
        "sure": SURE,
        "perhaps": PERHAPS,
        "guidelines": INTENTS,
        "examples": EXAMPLES,
    }
    for part in ("val", "test"):
        messages = lines(f"clinc150/{part}.jsonl")
        mine = chance.sample([one for one in messages if one["intent"] in intents], MESSAGES)
        others = chance.sample([one for one in messages if one["intent"] not in intents], MESSAGES)
        result[part] = _measured(matcher, known, [*mine, *others])
    print(json.dumps(result, indent=1))


def _guideline(intent: str, train: list[dict[str, Any]], chance: random.Random) -> Known:
    examples = chance.sample([one["text"] for one in train if one["intent"] == intent], EXAMPLES)
    values = {"section": "guardrail", "title": intent, "text": "No.", "examples": examples}
    return Known(intent, Guideline.model_validate(values))


def _measured(matcher: Matcher, known: list[Known], messages: list[dict[str, Any]]) -> dict[str, Any]:
    ids = {one.id for one in known}
    found: dict[str, list[bool]] = {"sure_right": [], "sure_false": [], "any_right": [], "any_false": []}
    for one in messages:
        matches = matcher.match(one["text"], known, "chat")
        for how in ("sure", "any"):
            matched = {match.known.id for match in matches if match.sure or how == "any"}
            found[f"{how}_false"].append(bool(matched - {one["intent"]}))
            if one["intent"] in ids:
                found[f"{how}_right"].append(one["intent"] in matched)
    return {name: figures.share(hits) for name, hits in found.items()}


if __name__ == "__main__":
    main()
