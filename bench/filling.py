"""Arguments without a model: ``sgd_dev``, the customer's own turns against the layer that asks for inputs.

A conversation begins with the turn in which the set's customer begins to want the call. What the layer asks for is answered
with the turn in which the customer said it, word for word; where they only said yes to what the human agent had put
to them, with the words that the set notes for it. Kinds of inputs come from the tool's schema and the names of its
properties (*date*, *time*, *number of …*), as a company would enter them. No figure was fitted on the set, but the rules that
read values were mended while looking at what they missed here: it is a set to develop with.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bench import figures
from bench.data import FOLDER, Line, lines, present
from bench.matching import definition
from bench.stage import embedder
from firstline.agent.actions.definition import INPUTS
from firstline.agent.actions.inputs import Input, InputType
from firstline.agent.actions.inputs.filling import fill
from firstline.agent.actions.inputs.finding import named_in, with_answer
from firstline.agent.actions.inputs.schemas import described
from firstline.agent.actions.matching import Nearest
from firstline.agent.actions.steps import ASKS

TODAY = date(2019, 3, 1)
"""The day on which the set's dialogues take place."""
_NAMED = {
    "date": InputType.DATE,
    "time": InputType.TIME,
    "number": InputType.INTEGER,
    "length": InputType.INTEGER,
    "amount": InputType.NUMBER,
}

Tool = Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """One gold call: which tool, with which arguments, and what the customer said until then, the first turn first."""

    tool: Tool
    arguments: Mapping[str, str]
    turns: Sequence[Line]
    surfaces: Mapping[str, frozenset[str]]


def inputs_of(tool: Tool) -> tuple[Input, ...]:
    """The inputs of a tool as a company would enter them."""
    return tuple(_kind(one) for one in described(tool["parameters"], INPUTS).inputs)


def _kind(one: Input) -> Input:
    if one.type is not InputType.TEXT:
        return one
    words = one.name.split("_")
    kind = next((kind for word, kind in _NAMED.items() if word in words), InputType.NAME)
    return one.model_copy(update={"type": kind, "empty": False})


def calls_of(case: Line, tools: Mapping[tuple[str, str], Tool]) -> Iterator[Wanted]:
    """The gold calls of a dialogue."""
    turns = case["turns"]
    for at, turn in enumerate(turns):
        if not turn.get("tool_call"):
            continue
        call = turn["tool_call"]
        before = [one for one in turns[:at] if one["role"] == "user"]
        start = next((n for n, one in enumerate(before) if one.get("active_intent") == call["name"]), len(before) - 1)
        surfaces: dict[str, frozenset[str]] = {}
        for one in before:
            for slot, values in (one.get("slot_values") or {}).items():
                surfaces[slot] = surfaces.get(slot, frozenset()) | frozenset(values)
        yield Wanted(tools[case["service"], call["name"]], call["arguments"], before[start:], surfaces)


def said_in(wanted: Wanted, slot: str) -> str | None:
    """The customer's words that answer a question for a slot."""
    surfaces = sorted(wanted.surfaces.get(slot, ()), key=len, reverse=True)
    for turn in reversed(wanted.turns[1:]):
        if any(surface.lower() in turn["text"].lower() for surface in surfaces):
            return str(turn["text"])
    return surfaces[0] if surfaces else None


@dataclass
class Outcome:
    """What the layer had of one call in the end, and how often it asked."""

    values: Mapping[str, Any]
    unasked: Mapping[str, Any]
    heard: Sequence[str]
    asked: int
    given_up: bool


def converse(inputs: Sequence[Input], wanted: Wanted) -> Outcome:
    """The conversation until the call can be made."""
    known: dict[str, Any] = dict(named_in(inputs, wanted.turns[0]["text"], "en", TODAY))
    unasked, asked, heard = dict(known), Counter[str](), [wanted.turns[0]["text"]]
    while True:
        filled = fill(inputs, known, {}, TODAY)
        needs = [*(one.input for one in filled.wrong), *filled.missing]
        if not needs:
            return Outcome(filled.values, unasked, heard, asked.total(), False)
        one = needs[0]
        answer = said_in(wanted, one.name)
        if asked[one.name] == ASKS or answer is None:
            return Outcome(filled.values, unasked, heard, asked.total(), True)
        if asked[one.name]:
            # Who is asked again says it shorter.
            answer = max(wanted.surfaces[one.name], key=len)
        asked[one.name] += 1
        heard.append(answer)
        _value, known = with_answer(inputs, one, known, answer, "en", TODAY)


def right(slot: str, value: Any, wanted: Wanted) -> bool:
    """Whether a value is the gold one, or the customer's own words for it as the set notes them."""
    gold = wanted.arguments.get(slot)
    plain = _plain(value)
    return plain == _plain(gold) or plain in {_plain(one) for one in wanted.surfaces.get(slot, ())}


def _plain(value: Any) -> str:
    text = " ".join(str(value).lower().replace("’", "'").split())
    return text.removesuffix(".0")


def main() -> None:
    """Print the figures as JSON."""
    if not present("sgd_dev"):
        return
    listed = json.loads((FOLDER / "sgd_dev" / "tools.json").read_text("utf-8"))
    tools = {(one["service"], one["name"]): one for one in listed}
    nearest = Nearest(embedder(), most=5_000)
    meant = {f"{service} {name}": definition(name, tool["description"]) for (service, name), tool in tools.items()}
    found: dict[str, list[bool]] = {name: [] for name in _FIGURES}
    asked: list[float] = []
    for case in lines("sgd_dev/cases.jsonl"):
        for wanted in calls_of(case, tools):
            outcome = converse(inputs_of(wanted.tool), wanted)
            asked.append(outcome.asked)
            for name, hits in _judged(outcome, wanted).items():
                found[name] += hits
            chosen = nearest.best(wanted.turns[0]["text"], meant)
            found["right_call_by_description"].append(chosen == f"{wanted.tool['service']} {wanted.tool['name']}")
    result = {name: figures.share(hits) for name, hits in found.items()}
    print(json.dumps({"bench": "filling", "sgd_dev": result, "questions_a_call": figures.mean(asked)}, indent=1))


_FIGURES = (
    "all_needed_right", "all_needed_exactly_gold", "needed_value_right", "named_unasked_right", "optional_said_and_taken",
    "given_up", "right_call_by_description",
)  # fmt: skip


def _judged(outcome: Outcome, wanted: Wanted) -> dict[str, list[bool]]:
    needed = [name for name in wanted.tool["parameters"].get("required", []) if name in wanted.arguments]
    optional = [name for name in wanted.arguments if name not in needed]
    each = [name in outcome.values and right(name, outcome.values[name], wanted) for name in needed]
    exact = [_plain(outcome.values.get(name)) == _plain(wanted.arguments[name]) for name in needed]
    return {
        "all_needed_right": [all(each) and not outcome.given_up],
        "all_needed_exactly_gold": [all(exact) and not outcome.given_up],
        "needed_value_right": each,
        "named_unasked_right": [right(name, value, wanted) for name, value in outcome.unasked.items()],
        "optional_said_and_taken": [
            name in outcome.values and right(name, outcome.values[name], wanted)
            for name in optional
            if _was_heard(name, outcome, wanted)
        ],
        "given_up": [outcome.given_up],
    }


def _was_heard(name: str, outcome: Outcome, wanted: Wanted) -> bool:
    heard = " ".join(outcome.heard).lower()
    return any(surface.lower() in heard for surface in wanted.surfaces.get(name, ()))


if __name__ == "__main__":
    main()
