"""The right call at the right turn with a real, very small language model: ``sgd_dev``, SmolLM2-135M, llama.cpp's server.

The human agent's turns are the history, as the set asks for; the product's own prompt, output form, and checks of what was
proposed stand between the model and the call. It is far too small for this work: the figures show that the way holds, and what
such a model would do if it were let. Another model: ``bench/run model_calls N URL MODEL`` for an OpenAI-compatible server.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench import figures
from bench.data import FOLDER, Line, lines, present
from bench.filling import TODAY, Tool, inputs_of
from firstline.agent.actions.inputs.filling import fill
from firstline.agent.connections.building import build
from firstline.agent.connections.calling import Failed, Question, ask
from firstline.agent.connections.rules import ConnectionSettings
from firstline.agent.models.base import Act, Deed, KnownContact, Said, Searched, Situation
from firstline.agent.models.drafting import draft_of
from firstline.agent.models.output import SCHEMA, Unreadable, read_output
from firstline.agent.models.prompt import write_prompt
from firstline.agent.rules import Profile
from firstline.channels.base import Capabilities
from firstline.kit.fetch import fetch
from firstline.knowledge.rules import Found
from firstline.people.rules import ActorKind
from firstline.settings import Settings

FILE = "smollm2-135m-instruct/Q4_1.gguf"
NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)
SECONDS = 120
BY = {"user": ActorKind.CONTACT, "agent": ActorKind.AGENT}


@dataclass(frozen=True)
class Moment:
    """A turn of the agent: what was said until then, the tools there are, and the gold call or none."""

    said: Sequence[Said]
    tools: Sequence[Tool]
    gold: Mapping[str, Any] | None


def moments(cases: Sequence[Line], tools: Sequence[Tool]) -> Iterator[Moment]:
    """Every turn of the human agents."""
    for case in cases:
        mine = [one for one in tools if one["service"] == case["service"]]
        said = [Said(BY[turn["role"]], turn["text"], NOW, n) for n, turn in enumerate(case["turns"], 1)]
        for at, turn in enumerate(case["turns"]):
            if turn["role"] == "agent" and at:
                yield Moment(said[:at], mine, turn.get("tool_call"))


def situation(moment: Moment) -> Situation:
    """The turn as the product would put it to a model."""
    last = len(moment.said) - 1
    return Situation(
        agent=Profile(name="Velo", company="the company"),
        new=tuple(moment.said[last:]),
        history=tuple(moment.said[:last]),
        contact=KnownContact(),
        searched=Searched(moment.said[last].text, Found(()), 0.0),
        capabilities=Capabilities(text_limit=4_000),
        language="en",
        now=NOW,
        people_available=True,
        deeds=tuple(Deed(one["name"], one["description"], inputs_of(one)) for one in moment.tools),
    )


@contextmanager
def serving() -> Iterator[str]:
    """Address of llama.cpp's server on this machine."""
    import xllamacpp as llama  # type: ignore[import-not-found,import-untyped,unused-ignore]

    parameters = llama.CommonParams()
    parameters.model.path = str(fetch([FILE], Settings().models.expanduser())[0])
    parameters.n_ctx, parameters.n_parallel, parameters.port = 8192, 1, 0
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 2
    running = llama.Server(parameters)
    yield f"{running.listening_address}/v1"
    del running


async def proposed(model: Any, moment: Moment) -> tuple[str, Mapping[str, Any]]:
    """The action that the model proposes, after the product's checks, and its values; or what became of it."""
    here = situation(moment)
    prompt = write_prompt(here, form=False)
    question = Question(prompt.system, prompt.user, SCHEMA, 200, 0.0, SECONDS)
    try:
        came = await ask(model, question)
        draft = draft_of(read_output(came.text), prompt, here)
    except Failed as failed:
        return f"({failed.trouble.value})", {}
    except Unreadable:
        return "(unreadable)", {}
    return (draft.action, draft.arguments) if isinstance(draft, Act) else ("", {})


def main(most: int, url: str | None, name: str) -> dict[str, Any]:
    """As many turns with a call as without, drawn by a fixed seed."""
    tools = json.loads((FOLDER / "sgd_dev" / "tools.json").read_text("utf-8"))
    every = list(moments(lines("sgd_dev/cases.jsonl"), tools))
    dice = random.Random(0)
    calls = dice.sample([one for one in every if one.gold], most)
    others = dice.sample([one for one in every if not one.gold], most)
    with serving() if not url else _there(url) as address:
        settings = ConnectionSettings.model_validate({"provider": "compatible", "model": name, "base_url": address})
        model = build(settings, "none")
        began = time.perf_counter()
        judged = [(one, *asyncio.run(proposed(model, one))) for one in (*calls, *others)]
        seconds = (time.perf_counter() - began) / len(judged)
    gold = [(one, action, values) for one, action, values in judged if one.gold]
    return {
        "model": name,
        "right_call": figures.share([bool(one.gold) and action == one.gold["name"] for one, action, _ in gold if one.gold]),
        "right_call_and_arguments": figures.share([_arguments_right(one, action, values) for one, action, values in gold]),
        "false_calls": figures.share([bool(action) and not action.startswith("(") for one, action, _ in judged if not one.gold]),
        "nothing_usable": figures.share([action.startswith("(") for _, action, _ in judged]),
        "seconds_a_turn": round(seconds, 1),
    }


@contextmanager
def _there(url: str) -> Iterator[str]:
    yield url


def _arguments_right(moment: Moment, action: str, values: Mapping[str, Any]) -> bool:
    if moment.gold is None or action != moment.gold["name"]:
        return False
    tool = next(one for one in moment.tools if one["name"] == action)
    filled = fill(inputs_of(tool), values, {}, TODAY)
    needed = tool["parameters"].get("required", [])
    return all(str(filled.values.get(name, "")).lower() == str(moment.gold["arguments"].get(name)).lower() for name in needed)


if __name__ == "__main__":
    if present("sgd_dev"):
        given = sys.argv[1:]
        found = main(int(given[0]) if given else 30, *(given[1:3] if len(given) > 2 else (None, "smollm2-135m")))
        print(json.dumps({"bench": "model_calls", "sgd_dev": found}, indent=1))
