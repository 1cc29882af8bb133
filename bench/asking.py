"""Questions to a company through the whole turn: search, thinker and evidence check, without the channel."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.stage import Stage
from firstline.agent.consider import Considered, Matter, consider
from firstline.agent.language import detect
from firstline.agent.library import Shelf
from firstline.agent.models.base import Clarify, KnownContact, Reply, Said
from firstline.agent.models.builtin import Builtin
from firstline.agent.rules import Profile
from firstline.agent.wording import cite
from firstline.channels.livechat.channel import LiveChat
from firstline.people.rules import ActorKind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday morning."""


@dataclass(frozen=True)
class Turn:
    """One question with what came of it; ``cited`` and ``offered`` are slugs of articles and ids of short answers.

    ``cpu``: milliseconds of this process's processor time; the database's is not in it.
    """

    question: str
    considered: Considered
    cited: tuple[str, ...]
    offered: dict[str, str]
    milliseconds: float
    cpu: float

    @property
    def decision(self) -> str:
        """What the agent decided; an answer in its own words alone is a courtesy."""
        draft = self.considered.draft
        if isinstance(draft, Reply) and all(segment.own for segment in draft.segments):
            return "courtesy"
        return draft.decision

    @property
    def text(self) -> str:
        """What the customer reads."""
        draft = self.considered.draft
        return draft.text if isinstance(draft, Reply | Clarify) else draft.reasons[0].text

    def right(self, answers: Sequence[str]) -> bool:
        """Whether it answered and named one of these sources."""
        return self.decision == "answer" and bool(set(self.cited) & set(answers))

    def offers(self, answers: Sequence[str]) -> bool:
        """Whether one of these sources is among what was offered to choose from."""
        return bool(set(self.offered) & set(answers))


class Asker:
    """Somebody who asks a company. ``slugs`` are the names of its sources in a set of questions."""

    def __init__(self, company: Stage, slugs: dict[str, str], profile: Profile, languages: Sequence[str]) -> None:
        self._company, self._slugs, self._profile, self._languages = company, slugs, profile, languages
        self._thinker = Builtin(company.finder.embedder)

    async def ask(self, question: str, history: Sequence[Said] = ()) -> Turn:
        """One message and the turn that answers it."""
        matter = Matter(
            agent_id="agt_bench",
            profile=self._profile,
            new=(Said(ActorKind.CONTACT, question, NOW, len(history) + 1),),
            history=tuple(history),
            contact=KnownContact(),
            capabilities=LiveChat.capabilities,
            language=detect(question, self._languages, "en").language,
            now=NOW,
            people_available=True,
        )
        started, used = time.perf_counter(), time.process_time()
        considered = await consider(matter, Shelf(self._company.finder), self._thinker)
        spent, cpu = (time.perf_counter() - started) * 1000, (time.process_time() - used) * 1000
        draft = considered.draft
        cited = cite(draft, considered.hits)[1] if isinstance(draft, Reply) else ()
        labels = {option.label for option in draft.options} if isinstance(draft, Clarify) else set()
        offered = {self._slugs[hit.source_id]: hit.title for hit in considered.hits if hit.title in labels}
        return Turn(question, considered, tuple(dict.fromkeys(self._slugs[one.source_id] for one in cited)), offered, spent, cpu)

    async def choose(self, turn: Turn, answers: Sequence[str]) -> Turn | None:
        """The turn after the customer picks the right one of what was offered; None where it was not offered."""
        picked = next((title for slug, title in turn.offered.items() if slug in answers), None)
        if picked is None:
            return None
        asked = Said(ActorKind.CONTACT, turn.question, NOW, 1)
        back = Said(ActorKind.AGENT, turn.text, NOW, 2, offered=tuple(turn.offered.values()))
        return await self.ask(picked, (asked, back))


def show(turn: Turn, label: str) -> None:
    """Print a turn to standard error."""
    found = [f"{hit.title} {hit.score:.2f}" for hit in turn.considered.hits[:3]]
    covered = f"{turn.considered.covered:.2f}"
    print(f"[{label}] {turn.question}\n  {turn.decision} {covered} cites {turn.cited} found {found}", file=sys.stderr)
    print(f"  > {turn.text}", file=sys.stderr)
    if turn.considered.report and turn.considered.report.decision != "keep":
        print(f"  ! {turn.considered.report.as_json()}", file=sys.stderr)
