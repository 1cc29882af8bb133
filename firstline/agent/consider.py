"""What a turn does between its transactions: search, think, check. The same for live turns, preview and tests."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Protocol

from firstline.agent.brief import write_brief
from firstline.agent.drafting import Drafted, Drafting, Lookups
from firstline.agent.evidence import Report
from firstline.agent.guidelines.applying import as_trace, said_by_code
from firstline.agent.guidelines.matching import Matcher
from firstline.agent.guidelines.rules import Known, Match
from firstline.agent.handoff import HandoffSettings, trigger_in
from firstline.agent.handoff_topics import topic_in
from firstline.agent.models.base import (
    Call,
    Deed,
    Draft,
    HandOff,
    KnownContact,
    Reason,
    Reply,
    Said,
    Searched,
    Situation,
    Thinker,
)
from firstline.agent.models.intents import read
from firstline.agent.rules import Profile
from firstline.channels.base import Capabilities
from firstline.kit.database import Tx
from firstline.knowledge.rules import Hit


class Library(Protocol):
    """Where answers are looked up."""

    async def search(self, question: str, history: Sequence[Said], *, agent_id: str | None, language: str) -> Searched:
        """Passages that may answer the question, and the probability that they do."""
        ...


WORDS = Matcher()
"""Knows guidelines by their words alone."""


@dataclass(frozen=True)
class Matter:
    """What is to be considered, wherever it comes from."""

    agent_id: str
    profile: Profile
    new: tuple[Said, ...]
    history: tuple[Said, ...]
    contact: KnownContact
    capabilities: Capabilities
    language: str
    now: datetime
    people_available: bool
    asks_for_person: bool = False
    handoff: HandoffSettings = field(default_factory=HandoffSettings)
    turn_id: str = ""
    guidelines: tuple[Known, ...] = ()
    asked_email: bool = False
    ignored: str = ""
    deeds: tuple[Deed, ...] = ()
    answer_from: float = 0.6
    files: tuple[str, ...] = ()
    """Kinds of the files that came with the new messages."""
    lost: bool = False
    """The provider says that the customer wrote, and not what."""

    @property
    def text(self) -> str:
        """The new messages as one text."""
        return "\n".join(said.text.strip() for said in self.new if said.text.strip())

    @property
    def own_words(self) -> str:
        """What of it the customer wrote themselves: only that begins an action, agrees to one, or fills it in (AN6)."""
        return "\n".join(said.words.strip() for said in self.new if said.words.strip())


Journal = Callable[[str, Mapping[str, Any], int], Awaitable[None]]
"""Writes a finished step: name, data, milliseconds."""


Also = Callable[[Tx], None]
"""What is written together with what is said, under the same fence."""


def _nothing(tx: Tx) -> None:
    """Nothing is written besides."""


@dataclass
class Considered:
    """What came of it. ``also`` is written in the transaction in which it is said."""

    draft: Draft
    hits: tuple[Hit, ...]
    covered: float
    report: Report | None
    thinker: str
    stages: dict[str, int] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    guidelines: list[dict[str, Any]] = field(default_factory=list)
    signals: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""
    """What exactly went wrong, for the trace alone."""
    also: Also = _nothing
    action: Mapping[str, Any] | None = None
    """What a dry run of an action came to."""

    def trace(self) -> dict[str, Any]:
        """Why, for people (AN8): what was found with which score, the reasons, the check, the time of each stage."""
        return {
            "decision": self.draft.decision,
            "confidence": round(self.draft.confidence, 3),
            "language": self.draft.language,
            "thinker": self.thinker,
            "covered": round(self.covered, 3),
            "found": [
                {
                    "passage_id": hit.passage_id,
                    "source_id": hit.source_id,
                    "title": hit.title,
                    "url": hit.url,
                    "access": hit.access,
                    "score": round(hit.score, 3),
                    "used": isinstance(self.draft, Reply) and any(hit.passage_id in one.passages for one in self.draft.segments),
                }
                for hit in self.hits
            ],
            "reasons": [asdict(reason) for reason in self.draft.reasons],
            "evidence": self.report.as_json() if self.report else None,
            "stages": self.stages,
            "guidelines": self.guidelines,
            "signals": self.signals,
            "models": [asdict(call) for call in self.calls],
            "cost": sum(call.micros for call in self.calls),
            **({"action": dict(self.action)} if self.action is not None else {}),
            **({"error": self.error} if self.error else {}),
        }


class _Lookups(Lookups):
    """The tools of one turn: further searches, remembered for the evidence check, and the journal."""

    def __init__(self, library: Library, matter: Matter, journal: Journal | None, steps: Mapping[str, Any]) -> None:
        self._library, self._matter = library, matter
        self._journal, self._steps = journal, steps
        self.hits: dict[str, Hit] = {}

    async def recall(self, step: str) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = self._steps.get(step)
        return found

    async def keep(self, step: str, data: Mapping[str, Any], ms: int) -> None:
        if self._journal is not None:
            await self._journal(step, data, ms)

    async def search(self, question: str) -> Searched:
        matter = self._matter
        found = await self._library.search(question, matter.history, agent_id=matter.agent_id, language=matter.language)
        self.hits |= {hit.passage_id: hit for hit in found.found.hits if hit.passage_id not in self.hits}
        return found


async def consider(
    matter: Matter,
    library: Library,
    thinker: Thinker,
    journal: Journal | None = None,
    steps: Mapping[str, Any] | None = None,
    matcher: Matcher = WORDS,
) -> Considered:
    """Search, think and check.

    :param steps: what an earlier run of the turn kept, by step.
    :raises Unknown: if the thinker ends without a draft.
    """
    if (reason := await taken_over(matter, matcher)) is not None:
        return handed(matter, reason)
    stages: dict[str, int] = {}
    lookups = _Lookups(library, matter, journal, steps or {})

    async def stage(name: str, began: float, data: Mapping[str, Any]) -> None:
        stages[name] = round((time.perf_counter() - began) * 1000)
        if journal is not None:
            await journal(name, data, stages[name])

    began = time.perf_counter()
    searched = await lookups.search(matter.text)
    await stage("search", began, {"question": matter.text[:500], "passages": [hit.passage_id for hit in searched.found.hits]})
    situation = _situation(matter, searched)
    matches = await asyncio.to_thread(matcher.match, matter.text, matter.guidelines, matter.capabilities.family)
    began = time.perf_counter()
    drafted = _fixed(matter, matches) or await Drafting(thinker, situation, lookups, matches).draft()
    draft = drafted.draft
    await stage("think", began, {"decision": draft.decision, "reasons": [asdict(one) for one in draft.reasons]})
    if drafted.report is not None and journal is not None:
        await journal("check", drafted.report.as_json(), 0)
    told = as_trace(matches, draft, with_model=drafted.by_model)
    hits = tuple(lookups.hits.values())
    return Considered(draft, hits, searched.covered, drafted.report, drafted.thinker, stages, drafted.calls, told)


def _fixed(matter: Matter, matches: Sequence[Match]) -> Drafted | None:
    """What code says by itself because of a guideline; a wish for a person goes before it."""
    if not matches or read(matter.text, matter.language).asks_person:
        return None
    said = said_by_code(matches, matter.language)
    return Drafted(said, None, "guideline", False, ()) if said is not None else None


def _situation(matter: Matter, searched: Searched) -> Situation:
    return Situation(
        agent=matter.profile,
        new=matter.new,
        history=matter.history,
        contact=matter.contact,
        searched=searched,
        capabilities=matter.capabilities,
        language=matter.language,
        now=matter.now,
        people_available=matter.people_available,
        agent_id=matter.agent_id,
        turn_id=matter.turn_id,
        deeds=matter.deeds,
        answer_from=matter.answer_from,
    )


def triggered(matter: Matter) -> Reason | None:
    """Why people take over before anything is considered: a sender or a word that the company listed (ID4, HO1)."""
    if matter.ignored:
        return Reason("ignored_sender", f"Mail from {matter.ignored} is answered by people")
    if (word := trigger_in(matter.text, matter.handoff.words)) is None:
        return None
    return Reason("trigger_words", f"The customer wrote “{word}”, which people take over")


async def taken_over(matter: Matter, matcher: Matcher) -> Reason | None:
    """As :func:`triggered`, and the topics that the company listed, by their meaning (HO1)."""
    if (reason := triggered(matter)) is not None:
        return reason
    found = await asyncio.to_thread(topic_in, matcher, matter.text, matter.handoff.topics, matter.capabilities.family)
    if found is None:
        return None
    topic, how = found
    return Reason("trigger_topic", f"The message is about “{topic.about}”, which people take over ({how})")


def handed(matter: Matter, reason: Reason) -> Considered:
    """A handoff that code decides, without thinking."""
    brief = write_brief(matter.history, matter.new, matter.contact, matter.language, (reason,))
    draft = HandOff(reasons=(reason,), reason=reason, brief=brief, language=matter.language)
    return Considered(draft, (), 0.0, None, "code")
