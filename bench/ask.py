"""Does the built-in answerer answer, refuse and hand over rightly? Questions to the demo company, through the whole turn.

Two sets: the demo company's own (``firstline/demo/questions.toml``), and a second one (``bench/more_questions.toml``) whose
even half was looked at when things were chosen and whose odd half was only counted. *Right*: a question that the help centre
answers is answered and cites an article or short answer that is enough by itself. *Holds the fact*: the answer has in it what was
asked for. ``--each`` prints every turn to standard error.
"""

import asyncio
import json
import statistics
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import figures
from bench.asking import Asker, Turn, show
from bench.figures import share
from bench.stage import Stage, server, stage
from firstline.agent.rules import Profile
from firstline.demo import shelf
from firstline.demo.world import World, read_world
from firstline.people.rules import Actor

MORE = Path(__file__).parent / "more_questions.toml"
Question = dict[str, Any]


def main() -> None:
    """Print the figures as JSON."""
    world = read_world()
    with server() as running, stage(running, "ask") as company:
        citations = company.database.run(shelf.fill, world, site="https://veloria.example", by=Actor.system())
        company.read_all()
        slugs = {one["source_id"]: slug for slug, one in citations.items()}
        print(json.dumps(asyncio.run(_measure(company, world, slugs)), indent=1))


async def _measure(company: Stage, world: World, slugs: dict[str, str]) -> dict[str, Any]:
    asked, profile = world.questions, Profile(name=world.company.agent, company=world.company.name)
    asker = Asker(company, slugs, profile, world.company.languages)
    await asker.ask("Where is the shop?")
    own = [{"text": one.text, "answers": one.answers} for one in asked.answerable]
    first = await _set(asker, own, [{"text": one.text} for one in asked.uncovered])
    again = [(await asker.ask(one.text)).cpu for one in asked.answerable]
    more = tomllib.loads(MORE.read_text("utf-8"))
    halves = {
        name: await _set(asker, more["answerable"][part::2], more["uncovered"][part::2])
        for part, name in enumerate(("looked_at", "only_counted"))
    }
    persons = [await asker.ask(one.text) for one in asked.person]
    social = [await asker.ask(one.text) for one in asked.courtesies]
    if "--each" in sys.argv:
        for kind, turns in (("person", persons), ("social", social)):
            for turn in turns:
                show(turn, kind)
    turns = first.pop("turns")
    return {
        "bench": "ask",
        "own_questions": first,
        "more_questions": {name: {key: found for key, found in half.items() if key != "turns"} for name, half in halves.items()},
        "persons_handed_over": share([turn.decision == "handoff" for turn in persons]),
        "courtesies_answered_as_such": share([turn.decision in ("courtesy", "quiet") for turn in social]),
        "processor_milliseconds": {
            "each_question_new": figures.times([turn.cpu for turn in turns]),
            "asked_again": figures.times(again),
        },
        "milliseconds": _stages(turns),
    }


async def _set(asker: Asker, answerable: Sequence[Question], uncovered: Sequence[Question]) -> dict[str, Any]:
    """The figures of one set of questions."""
    turns = [await asker.ask(one["text"]) for one in answerable]
    refused = [await asker.ask(one["text"]) for one in uncovered]
    right = [turn.right(one["answers"]) for turn, one in zip(turns, answerable, strict=True)]
    chosen = [await asker.choose(turn, one["answers"]) for turn, one in zip(turns, answerable, strict=True)]
    led = [bool(after and after.right(one["answers"])) for after, one in zip(chosen, answerable, strict=True)]
    if "--each" in sys.argv:
        for turn, one, good in zip(turns, answerable, right, strict=True):
            show(turn, f"{'right' if good else 'WRONG'} {one['answers']}")
        for turn in refused:
            show(turn, "uncovered")
    return {
        "answered_right": share(right),
        "answered_right_or_right_topic_offered": share(
            [good or turn.offers(one["answers"]) for good, turn, one in zip(right, turns, answerable, strict=True)]
        ),
        "answered_right_at_once_or_after_one_choice": share([good or later for good, later in zip(right, led, strict=True)]),
        "answered": share([turn.decision == "answer" for turn in turns]),
        "asked_back": share([turn.decision == "clarify" for turn in turns]),
        "right_among_answered": share([good for turn, good in zip(turns, right, strict=True) if turn.decision == "answer"]),
        **_facts(turns, chosen, answerable),
        "uncovered_not_answered": share([turn.decision in ("clarify", "handoff") for turn in refused]),
        "turns": turns,
    }


def _facts(turns: Sequence[Turn], chosen: Sequence[Turn | None], asked: Sequence[Question]) -> dict[str, Any]:
    """How often an answer has in it what was asked for, where the set says what that is."""
    if not asked or "holds" not in asked[0]:
        return {}
    told = [any(one in turn.text for one in question["holds"]) for turn, question in zip(turns, asked, strict=True)]
    later = [
        bool(turn and turn.decision == "answer" and any(one in turn.text for one in question["holds"]))
        for turn, question in zip(chosen, asked, strict=True)
    ]
    answered = [turn.decision == "answer" for turn in turns]
    return {
        "holds_the_fact_among_answered": share([good for good, said in zip(told, answered, strict=True) if said]),
        "holds_the_fact_at_once_or_after_one_choice": share(
            [(good and said) or after for good, said, after in zip(told, answered, later, strict=True)]
        ),
    }


def _stages(turns: Sequence[Turn]) -> dict[str, float]:
    times = sorted(turn.milliseconds for turn in turns)
    stages = ("search", "think", "check")
    return {
        "p50": round(statistics.median(times), 1),
        "p95": round(times[int(0.95 * len(times))], 1),
        **{f"{step}_p50": round(statistics.median(turn.considered.stages.get(step, 0) for turn in turns), 1) for step in stages},
    }


if __name__ == "__main__":
    main()
