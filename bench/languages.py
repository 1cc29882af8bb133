"""Does the built-in answerer answer in other languages than English, and stay honest where its content is in another one?

Help centres in German and Spanish (``bench/languages/*.toml``, ours, written before anything was run on them) with questions in
the same language, each alone and all in one account with the demo company's English content; and German and Spanish questions
to the demo company alone. ``--each`` prints every turn to standard error.
"""

import asyncio
import json
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.asking import Asker, Turn, show
from bench.figures import share
from bench.stage import Stage, server, stage
from firstline.agent.language import detect
from firstline.agent.rules import Profile
from firstline.demo import shelf
from firstline.demo.world import read_world
from firstline.knowledge import commands
from firstline.people.rules import Actor

FOLDER = Path(__file__).parent / "languages"
Centre = dict[str, Any]
SPOKEN = ("en", "de", "fr", "es")


def main() -> None:
    """Print the figures as JSON."""
    german, spanish, cross = (_read(name) for name in ("de", "es", "cross"))
    with server() as running:
        with stage(running, "german") as company:
            alone = {"german": _asked(company, _filled(company, german), german)}
        with stage(running, "spanish") as company:
            alone["spanish"] = _asked(company, _filled(company, spanish), spanish)
        with stage(running, "english") as company:
            slugs = _demo(company)
            abroad = _asked(company, slugs, cross)
            slugs |= _filled(company, german) | _filled(company, spanish)
            mixed = {"german": _asked(company, slugs, german), "spanish": _asked(company, slugs, spanish)}
    found = {"content_in_the_same_language": alone, "all_in_one_account": mixed, "content_in_english_only": abroad}
    print(json.dumps({"bench": "languages", **found}, indent=1))


def _read(name: str) -> Centre:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


def _filled(company: Stage, centre: Centre) -> dict[str, str]:
    """Take in a help centre as texts; the slug of each source."""
    slugs = {}
    for one in centre["article"]:
        added = company.database.run(commands.add_text, one["title"], one["text"].strip(), by=Actor.system())
        slugs[added] = one["slug"]
    company.read_all()
    return slugs


def _demo(company: Stage) -> dict[str, str]:
    citations = company.database.run(shelf.fill, read_world(), site="https://veloria.example", by=Actor.system())
    company.read_all()
    return {one["source_id"]: slug for slug, one in citations.items()}


def _asked(company: Stage, slugs: dict[str, str], centre: Centre) -> dict[str, Any]:
    return asyncio.run(_measure(Asker(company, slugs, Profile(name="Velo", company="Veloria"), SPOKEN), centre))


async def _measure(asker: Asker, centre: Centre) -> dict[str, Any]:
    asked, lacking = centre["question"], centre["uncovered"]
    turns = [await asker.ask(one["text"]) for one in asked]
    refused = [await asker.ask(one["text"]) for one in lacking]
    right = [turn.right(one["answers"]) for turn, one in zip(turns, asked, strict=True)]
    if "--each" in sys.argv:
        for turn, one, good in zip(turns, asked, right, strict=True):
            show(turn, f"{'right' if good else 'WRONG'} {one['answers']}")
        for turn in refused:
            show(turn, "uncovered")
    answered = [turn.decision == "answer" for turn in turns]
    return {
        "answered_right": share(right),
        "answered_right_or_right_topic_offered": share(
            [good or turn.offers(one["answers"]) for good, turn, one in zip(right, turns, asked, strict=True)]
        ),
        "right_among_answered": share([good for good, said in zip(right, answered, strict=True) if said])
        if any(answered)
        else None,
        **_facts(turns, asked),
        "uncovered_not_answered": share([turn.decision in ("clarify", "handoff") for turn in refused]),
        "own_words_in_the_customers_language": share([_in_language(turn) for turn in (*turns, *refused) if _own(turn)]),
    }


def _facts(turns: Sequence[Turn], asked: Sequence[Centre]) -> dict[str, Any]:
    told = [
        any(one in turn.text for one in question["holds"])
        for turn, question in zip(turns, asked, strict=True)
        if turn.decision == "answer" and "holds" in question
    ]
    return {"holds_the_fact_among_answered": share(told)} if told else {}


def _own(turn: Turn) -> bool:
    """Whether the agent spoke in words of its own and not of the content."""
    return turn.decision in ("clarify", "courtesy")


def _in_language(turn: Turn) -> bool:
    asked = detect(turn.question, SPOKEN, "en").language
    return turn.considered.draft.language == asked and detect(turn.text, SPOKEN, asked).language == asked


if __name__ == "__main__":
    main()
