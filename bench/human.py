"""Is a wish for a person recognised, in any language? Our own set, written before the rules (tests/agent/human_requests)."""

import json
import tomllib
from pathlib import Path
from typing import Any

from bench import figures
from firstline.agent.models.intents import asks_for_person

SET = Path(__file__).parents[1] / "tests" / "agent" / "human_requests.toml"


def main() -> None:
    """Print the figures as JSON."""
    listed = tomllib.loads(SET.read_text("utf-8"))
    result: dict[str, Any] = {"bench": "human", "languages": len(listed)}
    for taken_for in ("its own", "en"):
        right = [
            bool(asks_for_person(text, _known(taken_for, one))) for one, table in listed.items() for text in table["requests"]
        ]
        wrong = [bool(asks_for_person(text, _known(taken_for, one))) for one, table in listed.items() for text in table["others"]]
        hits = [True] * sum(right) + [False] * sum(wrong)
        result[f"conversation in {taken_for}"] = {"recall": figures.share(right), "precision": figures.share(hits)}
    print(json.dumps(result, indent=1))


def _known(taken_for: str, language: str) -> str:
    return language if taken_for == "its own" else taken_for


if __name__ == "__main__":
    main()
