"""What a turn's outcome says of the content: a question stays open, or has been answered after all (KN5)."""

from firstline.agent.brief import matter_of
from firstline.agent.consider import Also, Matter
from firstline.agent.models.base import Draft, Reply
from firstline.agent.models.intents import read
from firstline.agent.turns import Begun
from firstline.kit.database import Tx
from firstline.knowledge.gaps import commands as gaps

OPEN = frozenset({"not_covered", "perhaps_covered", "part_not_covered", "cannot_answer", "not_in_evidence"})
"""Reasons of a draft that mean: the content did not answer this."""


def noticing(begun: Begun, matter: Matter, draft: Draft) -> Also:
    """What is noted with the draft."""
    reason = next((one.code for one in draft.reasons if one.code in OPEN), None)
    answered = isinstance(draft, Reply) and not all(segment.own for segment in draft.segments)

    def note(tx: Tx) -> None:
        if reason is not None:
            question = matter_of(read(matter.text, matter.language)) or matter.text
            gaps.note(
                tx,
                agent_id=begun.agent.id,
                conversation_id=begun.conversation.id,
                turn_id=begun.turn_id,
                question=question,
                language=matter.language,
                reason=reason,
            )
        elif answered:
            gaps.settle(tx, begun.conversation.id)

    return note
