"""How often the signal for injected instructions is right, on ``injection_dev`` and on harmless messages that look like attacks.

A customer's message (``deepset_train``, ``giskard``) is looked at as such; a mail that the agent reads (``bipia_email``) as
content. The look-alikes are our own (``tests/agent/injection/look_alikes.toml``), written before the detector, but in
view when its likeness threshold was chosen. The patterns were
written with half of the sets in view (by a hash of the line, in mails of the attack): the figure to believe is the other half's.
"""

import hashlib
import json
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import figures
from bench.data import Line, lines, present
from bench.stage import embedder
from firstline.agent.injection import Inspector
from firstline.agent.injection.signs import Place
from firstline.agent.models.meaning import Remembering

LOOK_ALIKES = Path(__file__).parents[1] / "tests" / "agent" / "injection" / "look_alikes.toml"
SETS: tuple[tuple[str, Place], ...] = (("deepset_train", "customer"), ("giskard", "customer"), ("bipia_email", "content"))


def main() -> None:
    """Print the figures as JSON."""
    inspector = Inspector(Remembering(embedder(), most=20_000))
    alike = tomllib.loads(LOOK_ALIKES.read_text("utf-8"))["messages"]
    result: dict[str, Any] = {
        "bench": "injection",
        "look_alikes": {"false_alarms": figures.share([inspector.look(text, "customer").flagged for text in alike])},
    }
    if present("injection_dev"):
        sets = {name: (lines(f"injection_dev/{name}.jsonl"), place) for name, place in SETS}
        for part, half in (("in_view", 0), ("held_back", 1), ("all", None)):
            kept = {name: ([row for row in rows if half in (None, _half(row))], place) for name, (rows, place) in sets.items()}
            result[part] = _figures({name: _told(inspector, rows, place) for name, (rows, place) in kept.items()})
    start, texts = time.perf_counter(), alike
    for text in texts:
        Inspector().look(text, "customer")
    result["structure_ms"] = round((time.perf_counter() - start) * 1000 / len(texts), 3)
    print(json.dumps(result, indent=1))


def _half(row: Line) -> int:
    return hashlib.sha256(str(row.get("attack") or row["id"]).encode()).digest()[0] % 2


Told = tuple[bool, bool]
"""Whether it is an attack, and whether it was flagged."""


def _told(inspector: Inspector, rows: Sequence[Line], place: Place) -> list[Told]:
    found = []
    for row in rows:
        text = str(row.get("text") or row.get("document"))
        found.append((bool(row["injection"]), inspector.look(text, place).flagged))
    return found


def _figures(told: dict[str, list[Told]]) -> dict[str, Any]:
    every = [one for rows in told.values() for one in rows]
    return {name: _rates(rows) for name, rows in {**told, "together": every}.items()}


def _rates(rows: Sequence[Told]) -> dict[str, Any]:
    attacks = [flagged for attack, flagged in rows if attack]
    harmless = [flagged for attack, flagged in rows if not attack]
    rates = {"recall": figures.share(attacks)}
    return {**rates, "false_alarms": figures.share(harmless)} if harmless else rates


if __name__ == "__main__":
    main()
