"""How a call ends in its conversation: the customer is told, or people get it; teammates see it in any case."""

from typing import Any

from firstline.agent.actions.calls import Call
from firstline.agent.actions.definition import Definition
from firstline.agent.actions.wording import named, told
from firstline.agent.brief import write_brief
from firstline.agent.handing_over import hand_over
from firstline.agent.models.base import KnownContact, Reason
from firstline.agent.queries import Agent
from firstline.agent.queries import which as which_agent
from firstline.agent.said import said
from firstline.contacts.queries import who_is
from firstline.conversations import queries, replying
from firstline.conversations.record import write
from firstline.conversations.rules import Conversation, EntryKind
from firstline.kit.database import Tx
from firstline.kit.events import emit
from firstline.people.rules import Actor

_WHY = {
    "done": "{title} is done, and people go on",
    "failed": "{title} did not work: {reason}",
    "unknown": "Nobody knows whether {title} was done: {reason} Check it before you do it again",
    "declined": "{title} was declined: {reason}",
    "expired": "{title} was not approved in time",
}


def tell(tx: Tx, found: Conversation, call: Call, definition: Definition) -> None:
    """The customer reads what came of it, if the agent still has the word it had."""
    agent = _holder(tx, found, call)
    _note(tx, found, call, definition, agent)
    if agent is None:
        return
    profile, language = agent.published, found.language or "en"
    text = told(definition, call.facts, call.arguments, language, profile.personality)
    data = {"decision": "act", "action": definition.name, "citations": [], "options": [], "language": language}
    replying.agent_reply(tx, found, text, Actor.agent(agent.id, profile.name), data, turn_id=call.turn_id or "")


def give_up(tx: Tx, found: Conversation, call: Call, definition: Definition, *, loud: bool) -> None:
    """People get the conversation, with what was tried; if somebody has it already, they find it in the timeline."""
    agent = _holder(tx, found, call)
    _note(tx, found, call, definition, agent)
    if agent is None:
        return
    why = _WHY.get(call.state, "{title}: {reason}").format(title=definition.title, reason=call.reason or "no reason was given.")
    reason = Reason(f"action_{call.state}", why)
    lines = [said(entry) for entry in queries.said(tx, found.id, after=queries.engagement_start(tx, found.id), limit=40)]
    contact = who_is(tx, found.contact_id)
    language = found.language or "en"
    known = KnownContact(contact.name, contact.email, {definition.title: named(definition, call.arguments)})
    brief = write_brief(lines, (), known, language, (reason,))
    hand_over(tx, found, agent, reason, brief, language=language, turn_id=call.turn_id, loud=loud)


def _holder(tx: Tx, found: Conversation, call: Call) -> Agent | None:
    """The agent, if it has the conversation under the epoch that the call began with."""
    if not found.held_by_agent or found.epoch != call.epoch or found.owner.id is None:
        return None
    return which_agent(tx, found.owner.id)


def _note(tx: Tx, found: Conversation, call: Call, definition: Definition, agent: Agent | None) -> None:
    by = Actor.agent(agent.id, agent.published.name) if agent else Actor.system()
    data: dict[str, Any] = {
        "call": call.id,
        "state": call.state,
        "action": definition.name,
        "arguments": dict(call.arguments),
        "facts": dict(call.facts),
        "reason": call.reason,
    }
    write(tx, found.id, EntryKind.ACTION, by, definition.title, data=data)
    emit(tx, "action.ended", found.id, call=call.id, state=call.state)
