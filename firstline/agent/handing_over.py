"""The settings of *Human handoff* applied to one conversation: what follows, who gets it, what is said (HO3, HO4)."""

from dataclasses import asdict, dataclass, replace

from firstline.agent.handoff import Outcome, outcome_of, told
from firstline.agent.models.base import Brief, Reason
from firstline.agent.queries import Agent
from firstline.conversations import handoff
from firstline.conversations.rules import Conversation
from firstline.kit.database import Tx
from firstline.people.queries import the_account
from firstline.people.rules import Actor
from firstline.routing.receivers import Receiver, assigning, receiver_of_handoff

HELP_DESK = "help_desk"
"""Where what is answered later goes on."""


@dataclass(frozen=True)
class Parting:
    """How the agent parts with a conversation; ``message`` is None where the customer is told nothing."""

    outcome: Outcome
    receiver: Receiver
    workspace: str
    message: str | None


def parting(tx: Tx, found: Conversation, agent: Agent, code: str, *, language: str, lead: str | None, loud: bool) -> Parting:
    """Decide it for a locked conversation.

    :param lead: what the agent says before the message. :param loud: whether the channel tells customers of a handoff.
    """
    settings = agent.handoff
    assigning(tx)
    receiver = receiver_of_handoff(tx, found, settings.destination)
    outcome = outcome_of(settings, code, available=receiver.available)
    workspace = HELP_DESK if outcome == "later" else found.workspace
    if workspace != found.workspace:
        receiver = receiver_of_handoff(tx, replace(found, workspace=workspace), settings.destination)
    languages = the_account(tx).languages
    otherwise = languages[0] if languages else "en"
    personality = agent.published.personality
    message = told(settings, outcome, language, personality, otherwise, available=receiver.available)
    whole = "\n\n".join(part for part in (lead, message) if part)
    return Parting(outcome, receiver, workspace, whole if loud or settings.message_always or outcome == "keep" else None)


def hand_over(
    tx: Tx, found: Conversation, agent: Agent, reason: Reason, brief: Brief, *, language: str, turn_id: str | None, loud: bool
) -> None:
    """Code hands over outside a turn. The caller has seen that the agent holds the locked conversation."""
    how = parting(tx, found, agent, reason.code, language=language, lead=None, loud=loud)
    by = Actor.agent(agent.id, agent.published.name)
    if how.outcome == "keep":
        handoff.note_kept(
            tx, found, by=by, reason=asdict(reason), brief=asdict(brief), message=how.message or "", turn_id=turn_id or ""
        )
        return
    handoff.hand_off(
        tx,
        found.id,
        epoch=found.epoch,
        by=by,
        reason=asdict(reason),
        brief=asdict(brief),
        destination=how.receiver.owner,
        destination_reasons=how.receiver.reasons,
        message=how.message,
        turn_id=turn_id,
        workspace=how.workspace,
    )
