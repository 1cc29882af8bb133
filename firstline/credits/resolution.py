"""What counts as a resolution: pure (TE5). The agent answered, nobody asked for a person, feedback is positive or none."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What happened in a conversation."""

    answered: bool
    handed_over: bool
    asked_for_person: bool
    person_replied: bool
    feedback: str | None = None


@dataclass(frozen=True)
class Judgement:
    """Whether it was resolved, and why, as a sentence."""

    resolved: bool
    why: str


def judge(outcome: Outcome) -> Judgement:
    """Whether the agent resolved a conversation; asked once the customer has been silent long enough."""
    if not outcome.answered:
        return Judgement(False, "The agent gave no answer")
    if outcome.asked_for_person:
        return Judgement(False, "The customer asked for a person")
    if outcome.handed_over:
        return Judgement(False, "The agent handed over to people")
    if outcome.person_replied:
        return Judgement(False, "A teammate replied")
    if outcome.feedback == "down":
        return Judgement(False, "The customer said that it did not help")
    return Judgement(True, "Resolved by the agent")
