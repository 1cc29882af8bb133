"""How a call ends in its conversation: the customer is told, or people get it; teammates see it in any case."""

from typing import Any

from firstline.agent.actions.calls import Call
from firstline.agent.actions.definition import Definition
from firstline.agent.actions.wording import named, told
from firstline.agent.brief import write_brief
from firstline.agent.handing_over import hand_over
from firstline.agent.models.base import KnownContact, Reason
from firstline.agent.phrases import say
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
    "unknown": "Nobody knows whether {title} was done: {reason} Check it before you do it again, and say here what you found",
    "declined": "{title} was declined: {reason}",
    "expired": "{title} was not approved in time",
}


def tell(tx: Tx, found: Conversation, call: Call, definition: Definition) -> None:
    """The customer reads what came of it, if the agent still has the word it had."""
    agent = _holder(tx, found, call)
    _note(tx, found, call, definition, agent)
    if agent is not None:
        personality = agent.published.personality
        words = told(definition, call.facts, call.arguments, found.language or "en", personality)
        _say(tx, found, call, definition, agent, words)


def tell_settled(tx: Tx, found: Conversation, call: Call, definition: Definition, *, loud: bool) -> None:
    """A person has found out what nobody knew; the timeline has it. The agent acts on it only with the word it had all along.

    It tells that it is done, or hands over as after any call that did not work, and does not make the call again. Nobody knows
    the facts of the answer, so the company's sentence with them is not said.
    """
    agent = _holder(tx, found, call)
    if agent is None:
        return
    if call.state == "done":
        words = say("action.done", found.language or "en", agent.published.personality, title=definition.title)
        _say(tx, found, call, definition, agent, words)
    else:
        _hand_over(tx, found, call, definition, agent, loud=loud)


def _say(tx: Tx, found: Conversation, call: Call, definition: Definition, agent: Agent, text: str) -> None:
    profile, language = agent.published, found.language or "en"
    data = {"decision": "act", "action": definition.name, "citations": [], "options": [], "language": language}
    replying.agent_reply(tx, found, text, Actor.agent(agent.id, profile.name), data, turn_id=call.turn_id or "")


def give_up(tx: Tx, found: Conversation, call: Call, definition: Definition, *, loud: bool) -> None:
    """People get the conversation, with what was tried; if somebody has it already, they find it in the timeline."""
    agent = _holder(tx, found, call)
    _note(tx, found, call, definition, agent)
    if agent is not None:
        _hand_over(tx, found, call, definition, agent, loud=loud)


def _hand_over(tx: Tx, found: Conversation, call: Call, definition: Definition, agent: Agent, *, loud: bool) -> None:
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
