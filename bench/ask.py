"""Does the built-in answerer answer, refuse and hand over rightly? The demo company's own questions, through the whole turn.

Search, thinker and evidence check run as in a live turn, without the channel. *Right*: a question that the help centre
answers is answered and cites an article or short answer that is enough by itself. ``--each`` prints every turn to standard
error.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench import figures
from bench.figures import share
from bench.stage import Stage, server, stage
from firstline.agent.consider import Considered, Matter, consider
from firstline.agent.language import detect
from firstline.agent.library import Shelf
from firstline.agent.models.base import Clarify, KnownContact, Reply, Said, Thinker
from firstline.agent.models.builtin import Builtin
from firstline.agent.rules import Profile
from firstline.agent.wording import cite
from firstline.channels.livechat.channel import LiveChat
from firstline.demo import shelf
from firstline.demo.questions import Answerable
from firstline.demo.world import World, read_world
from firstline.people.rules import Actor, ActorKind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday morning."""


@dataclass(frozen=True)
class Turn:
    """One question with what came of it; ``cited`` are slugs of articles and ids of short answers."""

    question: str
    considered: Considered
    cited: tuple[str, ...]
    milliseconds: float
    cpu: float
    """Milliseconds of this process's processor time; the database's is not in it."""

    @property
    def decision(self) -> str:
        """What the agent decided; an answer in its own words alone is a courtesy."""
        draft = self.considered.draft
        if isinstance(draft, Reply) and all(segment.own for segment in draft.segments):
            return "courtesy"
        return draft.decision


def main() -> None:
    """Print the figures as JSON."""
    world = read_world()
    with server() as running, stage(running, "ask") as company:
        citations = company.database.run(shelf.fill, world, site="https://veloria.example", by=Actor.system())
        company.read_all()
        slugs = {one["source_id"]: slug for slug, one in citations.items()}
        print(json.dumps(asyncio.run(_measure(company, world, slugs)), indent=1))


async def _measure(company: Stage, world: World, slugs: dict[str, str]) -> dict[str, Any]:
    asked, thinker = world.questions, Builtin(company.finder.embedder)
    await _ask(company, thinker, world, slugs, "Where is the shop?")
    answerable = [(one, await _ask(company, thinker, world, slugs, one.text)) for one in asked.answerable]
    uncovered = [await _ask(company, thinker, world, slugs, one.text) for one in asked.uncovered]
    persons = [await _ask(company, thinker, world, slugs, one.text) for one in asked.person]
    social = [await _ask(company, thinker, world, slugs, one.text) for one in asked.courtesies]
    right = [turn.decision == "answer" and bool(set(turn.cited) & set(one.answers)) for one, turn in answerable]
    if "--each" in sys.argv:
        for (one, turn), good in zip(answerable, right, strict=True):
            _show(turn, f"{'right' if good else 'WRONG'} {one.answers}")
        for kind, turns in (("uncovered", uncovered), ("person", persons), ("social", social)):
            for turn in turns:
                _show(turn, kind)
    offered = [
        good or bool(_offered(turn, slugs) & set(one.answers)) for (one, turn), good in zip(answerable, right, strict=True)
    ]
    times = sorted(turn.milliseconds for _, turn in answerable)
    again = [(await _ask(company, thinker, world, slugs, one.text)).cpu for one in asked.answerable]
    return {
        "bench": "ask",
        "answerable": {
            "answered_right": share(right),
            "answered_right_or_right_topic_offered": share(offered),
            "answered": share([turn.decision == "answer" for _, turn in answerable]),
            "asked_back": share([turn.decision == "clarify" for _, turn in answerable]),
            "right_among_answered": share(
                [good for (_, turn), good in zip(answerable, right, strict=True) if turn.decision == "answer"]
            ),
        },
        "halves": {name: _half(answerable, right, uncovered, part) for part, name in enumerate(("even", "odd"))},
        "uncovered_not_answered": share([turn.decision in ("clarify", "handoff") for turn in uncovered]),
        "persons_handed_over": share([turn.decision == "handoff" for turn in persons]),
        "courtesies_answered_as_such": share([turn.decision in ("courtesy", "quiet") for turn in social]),
        "processor_milliseconds": {
            "each_question_new": figures.times([turn.cpu for _, turn in answerable]),
            "asked_again": figures.times(again),
        },
        "milliseconds": {
            "p50": round(statistics.median(times), 1),
            "p95": round(times[int(0.95 * len(times))], 1),
            **{
                f"{step}_p50": round(statistics.median(turn.considered.stages.get(step, 0) for _, turn in answerable), 1)
                for step in ("search", "think", "check")
            },
        },
    }


def _half(
    answerable: Sequence[tuple[Answerable, Turn]], right: Sequence[bool], uncovered: Sequence[Turn], part: int
) -> dict[str, Any]:
    """Every second question: presets were fitted with all of them in sight, so the halves tell how much a figure varies."""
    answered = [good for (_, turn), good in zip(answerable[part::2], right[part::2], strict=True) if turn.decision == "answer"]
    return {
        "answered_right": share(right[part::2]),
        "right_among_answered": share(answered),
        "uncovered_not_answered": share([turn.decision in ("clarify", "handoff") for turn in uncovered[part::2]]),
    }


async def _ask(company: Stage, thinker: Thinker, world: World, slugs: dict[str, str], question: str) -> Turn:
    matter = Matter(
        agent_id="agt_bench",
        profile=Profile(name=world.company.agent, company=world.company.name),
        new=(Said(ActorKind.CONTACT, question, NOW, 1),),
        history=(),
        contact=KnownContact(),
        capabilities=LiveChat.capabilities,
        language=detect(question, world.company.languages, "en").language,
        now=NOW,
        people_available=True,
    )
    started, used = time.perf_counter(), time.process_time()
    considered = await consider(matter, Shelf(company.finder), thinker)
    spent, cpu = (time.perf_counter() - started) * 1000, (time.process_time() - used) * 1000
    cited = cite(considered.draft, considered.hits)[1] if isinstance(considered.draft, Reply) else ()
    return Turn(question, considered, tuple(dict.fromkeys(slugs[one.source_id] for one in cited)), spent, cpu)


def _offered(turn: Turn, slugs: dict[str, str]) -> set[str]:
    """What the topics that were offered to choose from stand for."""
    draft = turn.considered.draft
    labels = {option.label for option in draft.options} if isinstance(draft, Clarify) else set()
    return {slugs[hit.source_id] for hit in turn.considered.hits if hit.title in labels}


def _show(turn: Turn, label: str) -> None:
    draft = turn.considered.draft
    text = draft.text if isinstance(draft, Reply | Clarify) else draft.reasons[0].text
    found = [f"{hit.title} {hit.score:.2f}" for hit in turn.considered.hits[:3]]
    covered = f"{turn.considered.covered:.2f}"
    print(f"[{label}] {turn.question}\n  {turn.decision} {covered} cites {turn.cited} found {found}\n  > {text}", file=sys.stderr)
    if turn.considered.report and turn.considered.report.decision != "keep":
        print(f"  ! {turn.considered.report.as_json()}", file=sys.stderr)


if __name__ == "__main__":
    main()
