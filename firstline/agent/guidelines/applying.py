"""What guidelines make of a turn: said by code, shown to the model, told in the trace. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from firstline.agent.guidelines.rules import FIXED, Match, Section, confirmed, forced, shown
from firstline.agent.models.base import Clarify, Draft, Guidance, HandOff, Reason, Reply, Segment, Situation


def guided(situation: Situation, matches: Sequence[Match]) -> Situation:
    """The situation with the guidelines that a model is told of."""
    told = tuple(Guidance(one.known.id, one.guideline.section.value, one.guideline.text, _when(one)) for one in shown(matches))
    return replace(situation, guidelines=told)


def _when(match: Match) -> str:
    one = match.guideline
    if one.always:
        return ""
    if one.condition:
        return one.condition
    named = "; ".join(f"“{example}”" for example in (*one.examples, *one.words)[:5])
    return f"the customer writes something like {named}"


def said_by_code(matches: Sequence[Match], language: str) -> Reply | None:
    """The words of a guardrail or scripted response that surely holds."""
    match = forced(matches)
    return _fixed(match, language) if match is not None else None


def with_confirmed(draft: Draft, matches: Sequence[Match]) -> Draft:
    """A model's draft, or the approved words in its place where the model confirmed that they apply.

    A handoff stays one unless a guardrail was confirmed: its refusal comes first.
    """
    match = confirmed(matches, draft.guidelines)
    if match is None or (isinstance(draft, HandOff) and match.guideline.section is not Section.GUARDRAIL):
        return draft
    return _fixed(match, draft.language)


def _fixed(match: Match, language: str) -> Reply:
    one = match.guideline
    code = "guardrail" if one.section is Section.GUARDRAIL else "scripted_response"
    named = "Guardrail" if one.section is Section.GUARDRAIL else "Scripted response"
    reason = Reason(code, f"{named} “{one.title}” holds ({match.how})")
    segments = tuple(
        Segment(text.strip(), own=True, block=n > 0) for n, text in enumerate(one.text.split("\n\n")) if text.strip()
    )
    return Reply(reasons=(reason,), language=language, guidelines=(match.known.id,), segments=segments)


def as_trace(matches: Sequence[Match], draft: Draft, *, with_model: bool) -> list[dict[str, Any]]:
    """Which guidelines were looked at, and what became of each (AN8)."""
    return [
        {
            "id": one.known.id,
            "title": one.guideline.title,
            "section": one.guideline.section.value,
            "score": round(one.score, 3),
            "how": one.how,
            "applied": _applied(one, draft, with_model),
        }
        for one in matches
    ]


def _applied(match: Match, draft: Draft, with_model: bool) -> bool:
    if match.guideline.section in FIXED:
        return match.known.id in draft.guidelines and isinstance(draft, Reply)
    if match.known.id in draft.guidelines:
        return True
    return with_model and match.guideline.always and isinstance(draft, Reply | Clarify)
