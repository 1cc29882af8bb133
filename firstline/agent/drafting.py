"""Drafts, checked: the first one, a second one with the findings, and the built-in answerer where neither stands."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from firstline.agent.evidence import Report, check, with_options_that_stand
from firstline.agent.evidence.report import Decision, Finding
from firstline.agent.guidelines.applying import guided, with_confirmed
from firstline.agent.guidelines.rules import Match
from firstline.agent.models.base import Call, Draft, Part, Situation, Thinker, Tools
from firstline.agent.models.leaks import INTERNAL, for_a_model, without_private
from firstline.kit.errors import Unknown
from firstline.knowledge.rules import Hit

RESERVE = 0.8
"""Share of a turn's time that thinking may take; the rest is for the check, the commit, and the built-in answerer."""
AGAIN = 3.0
"""Seconds that have to be left for a second draft."""


class Lookups(Tools, Protocol):
    """Tools that know which passages came up."""

    hits: dict[str, Hit]


@dataclass(frozen=True)
class Drafted:
    """A draft that may be said, what the check found, who drafted it, and which models were asked for it."""

    draft: Draft
    report: Report | None
    thinker: str
    again: bool
    calls: tuple[Call, ...]

    @property
    def by_model(self) -> bool:
        """Whether a model drafted it."""
        return self.again


def _objection(finding: Finding) -> str:
    """What is wrong with a sentence; what was internal is not handed back to the model."""
    return "A sentence named or copied what is internal." if finding.missing == (INTERNAL,) else finding.objection


class Drafting:
    """Drafts the answer of one turn, within its time."""

    def __init__(self, thinker: Thinker, situation: Situation, tools: Lookups, matches: Sequence[Match]) -> None:
        self._thinker = thinker
        self._situation = guided(situation, matches)
        self._tools = tools
        self._matches = matches
        self._started = time.perf_counter()

    async def draft(self) -> Drafted:
        """The draft to be said. A model's draft that does not stand is asked for once more with the findings.

        :raises Unknown: if the thinker ends without a draft.
        """
        first = await self._one(self._hurried())
        if not first.again or first.report is None or first.report.decision is Decision.KEEP:
            return first
        second = await self._again(first.report)
        calls = first.calls + (second.calls if second else ())
        if second is not None and (second.report is None or second.report.decision is not Decision.REJECT):
            return replace(second, calls=calls)
        promised = first.report.promises or (second is not None and second.report is not None and second.report.promises)
        if first.report.decision is Decision.CUT or promised:
            return replace(first, calls=calls)
        plain = await self._one(replace(self._situation, without_model=True))
        return replace(plain, calls=calls, report=plain.report or first.report)

    async def _again(self, report: Report) -> Drafted | None:
        objections = tuple(dict.fromkeys(_objection(one) for one in report.findings if not one.stands))
        hurried = replace(self._hurried(), objections=objections)
        return await self._one(hurried) if hurried.seconds >= AGAIN else None

    async def _one(self, situation: Situation) -> Drafted:
        async for part in self._thinker.think(situation, self._tools):
            if part.draft is not None:
                return self._checked(part.draft, part, situation)
        raise Unknown(f"{self._thinker.name} ended without a draft.")

    def _checked(self, wanted: Draft, part: Part, situation: Situation) -> Drafted:
        """The draft after all that code has to say to it; a model's is looked at more closely."""
        hits = tuple(self._tools.hits.values())
        leaked = None
        if part.again:
            wanted, leaked = without_private(with_confirmed(wanted, self._matches), hits)
            hits = for_a_model(hits, situation)
        who = part.thinker or self._thinker.name
        if leaked is not None and leaked.decision is Decision.REJECT:
            return Drafted(wanted, leaked, who, part.again, part.calls)
        draft, report = check(wanted, hits, situation)
        if part.again and draft is wanted:
            draft = with_options_that_stand(draft, hits, situation)
        if leaked is not None:
            cut = report is None or report.decision is Decision.KEEP
            findings = leaked.findings + (report.findings if report else ())
            report = Report(findings, Decision.CUT if cut or report is None else report.decision)
        return Drafted(draft, report, who, part.again, part.calls)

    def _hurried(self) -> Situation:
        """The situation with the time that is left to think."""
        budget = self._situation.capabilities.turn_budget * RESERVE
        return replace(self._situation, seconds=max(budget - (time.perf_counter() - self._started), 0.0))
