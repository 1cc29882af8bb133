"""From what a model decided to a draft that the turn can check: pure.

The model's words never carry a handoff by themselves and never count as the product's own: they are checked like any
statement. Sources that do not exist are dropped, private ones are not named.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from firstline.agent.brief import write_brief
from firstline.agent.models.base import Act, Clarify, Draft, HandOff, Option, Reason, Reply, Segment, Situation, StayQuiet
from firstline.agent.models.deeds import own_values
from firstline.agent.models.intents import read
from firstline.agent.models.output import Piece, Said
from firstline.agent.models.prompt import Prompt

if TYPE_CHECKING:
    from firstline.knowledge.rules import Hit

QUESTION = 500
OPTION = 80
_BLOCK = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s|^\n|^#{1,4}\s")


def draft_of(said: Said, prompt: Prompt, situation: Situation) -> Draft | None:
    """The draft; None where it may not stay quiet, or has nothing to say."""
    why = said.reason or "The model gave no reason"
    confirmed = tuple(prompt.guidelines[name] for name in _named(said, prompt))
    if said.decision == "handoff":
        reason = Reason("model_hands_over", f"The model hands over: {why}")
        brief = write_brief(situation.history, situation.new, situation.contact, situation.language, (reason,))
        return HandOff(
            reasons=(reason,),
            confidence=said.confidence,
            language=situation.language,
            guidelines=confirmed,
            reason=reason,
            brief=brief,
        )
    if said.decision == "act":
        return _act(said, situation, why)
    if said.decision == "quiet":
        return _quiet(situation, why)
    if said.decision == "clarify":
        return Clarify(
            reasons=(Reason("model_asks", f"The model asks back: {why}"),),
            confidence=said.confidence,
            language=situation.language,
            guidelines=confirmed,
            text=said.question[:QUESTION],
            options=tuple(Option(one[:OPTION]) for one in said.options),
        )
    segments = tuple(_segment(piece, prompt.passages, first=n == 0) for n, piece in enumerate(said.pieces))
    if not segments:
        return None
    return Reply(
        reasons=(Reason("model_answers", f"The model answers: {why}"),),
        confidence=said.confidence,
        language=situation.language,
        guidelines=confirmed,
        segments=segments,
    )


def _act(said: Said, situation: Situation, why: str) -> Draft | None:
    """An action that was offered, with the values that the customer wrote."""
    deed = next((one for one in situation.deeds if one.name == said.action), None)
    if deed is None:
        return None
    values = own_values(said.arguments, deed, (*situation.history, *situation.new), situation.now.date())
    reason = Reason("model_acts", f"The model proposes “{deed.name}”: {why}")
    return Act(reasons=(reason,), confidence=said.confidence, language=situation.language, action=deed.name, arguments=values)


def _named(said: Said, prompt: Prompt) -> tuple[str, ...]:
    names = (one.strip().upper().split(" ")[0].strip("():.") for one in said.guidelines)
    return tuple(dict.fromkeys(name for name in names if name in prompt.guidelines))


def _quiet(situation: Situation, why: str) -> Draft | None:
    """A model may stay quiet where nothing was asked: thanks and goodbyes."""
    reading = read(situation.text, situation.language)
    if not reading.social_only:
        return None
    return StayQuiet(reasons=(Reason("courtesy", f"Nothing needs to be said: {why}"),), language=situation.language)


def _segment(piece: Piece, passages: "Mapping[str, Hit]", *, first: bool) -> Segment:
    hits = [passages[name] for name in piece.sources if name in passages]
    return Segment(
        piece.text.strip(),
        passages=tuple(hit.passage_id for hit in hits),
        cites=tuple(hit.passage_id for hit in hits if hit.citable),
        block=not first and _BLOCK.match(piece.text) is not None,
    )
