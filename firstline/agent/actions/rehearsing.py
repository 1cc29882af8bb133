"""A dry run of actions for the preview: what would be asked, what would be called and with what. Nothing is (TE1, AC3).

A preview keeps no conversation, so a call that began in an earlier message is found again by going through the messages. The
steps are those of real calls; a code counts when it has six digits, and approvals end the dry run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from firstline.agent.actions import templates, verifying
from firstline.agent.actions.definition import BuiltIn, Definition, Http, Mcp
from firstline.agent.actions.gate import Proof, gate
from firstline.agent.actions.inputs import Filled
from firstline.agent.actions.inputs.filling import fill
from firstline.agent.actions.inputs.finding import named_in, with_answer
from firstline.agent.actions.steps import Approval, Ask, Confirm, GiveUp, Run, SendCode, Step, next_step
from firstline.agent.actions.wording import asking, confirming, named
from firstline.agent.actions.wording import told as tell
from firstline.agent.models.intents import read
from firstline.agent.phrases import recognised, say

Choose = Callable[[str, Mapping[str, Definition]], str | None]
"""The id of the action that a message calls for."""


@dataclass(frozen=True)
class Stage:
    """What a dry run looks at: the actions, whose they are, who the customer is, when it is."""

    actions: Mapping[str, Definition]
    choose: Choose
    contact: Mapping[str, str | None]
    identified: bool
    language: str
    personality: str
    now: datetime


@dataclass(frozen=True)
class Going:
    """A call that is rehearsed."""

    action_id: str
    arguments: Mapping[str, Any]
    asking: str | None = None
    asked: int = 0
    state: str = "collecting"
    confirmed: bool = False
    verified_at: datetime | None = None
    by_model: bool = False
    asked_last: bool = False


@dataclass(frozen=True)
class Rehearsed:
    """A step of the dry run: what the customer would read, and what stands in the trace."""

    step: Step | None
    text: str
    told: Mapping[str, Any]


Turn = tuple[str, str]
"""What the customer wrote, and what the agent said to it; empty for the newest."""


def rehearse(stage: Stage, turns: Sequence[Turn]) -> Rehearsed | None:
    """The step that the last message leads to; None where it has nothing to do with an action."""
    going: Going | None = None
    for text, answer in turns[:-1]:
        heard = _hear(stage, going, text)
        going = heard[0] if heard is not None else going
        if going is None and (found := _asked_by(stage, answer)) is not None:
            going = _after(stage, found, text)
        elif heard is None and going is not None:
            going = replace(going, asked_last=False)
    heard = _hear(stage, going, turns[-1][0])
    return heard[1] if heard is not None else None


def proposed(stage: Stage, action_id: str, given: Mapping[str, Any]) -> Rehearsed:
    """The first step of what a model proposes."""
    return _advance(stage, Going(action_id, given, by_model=True))[1]


Heard = tuple[Going | None, Rehearsed]


def _hear(stage: Stage, going: Going | None, text: str) -> Heard | None:
    if going is None:
        chosen = stage.choose(text, stage.actions)
        if chosen is None:
            return None
        given = named_in(stage.actions[chosen].inputs, text, stage.language, stage.now.date())
        return _advance(stage, Going(chosen, given))
    reading = read(text, stage.language)
    definition = stage.actions[going.action_id]
    if reading.asks_person:
        return None, _told(stage, going, GiveUp("asked_for_person", f"The customer asked for a person: “{reading.asks_person}”"))
    if going.state != "collecting" and reading.declines:
        return None, _told(stage, going, None)
    if going.state == "confirming":
        if reading.agrees and going.asked_last:
            return _advance(stage, replace(going, confirmed=True))
        return None if "?" in text else _advance(stage, going)
    if going.state == "verifying":
        if verifying.code_in(text) is not None:
            return _advance(stage, replace(going, verified_at=stage.now))
        return None if "?" in text else _advance(stage, going)
    asked = next((one for one in definition.inputs if one.name == going.asking), None)
    if asked is None:
        return _advance(stage, going)
    known = going.arguments
    value, arguments = with_answer(definition.inputs, asked, known, text, stage.language, stage.now.date())
    if value is None and reading.declines:
        return None, _told(stage, going, None)
    if value is None and "?" in text:
        return None
    return _advance(stage, replace(going, arguments=arguments))


def _advance(stage: Stage, going: Going) -> Heard:
    definition = stage.actions[going.action_id]
    filled, verdict = _looked_at(stage, going)
    step = next_step(
        definition,
        filled,
        verdict,
        asking=going.asking,
        asked=going.asked,
        confirmed=going.confirmed,
        on_file=bool(stage.contact.get("email")),
        by_model=going.by_model,
    )
    going = replace(going, arguments={**going.arguments, **filled.values})
    told = _told(stage, going, step)
    if isinstance(step, Ask):
        count = going.asked + 1 if step.again else 1
        return replace(going, asking=step.input.name, asked=count, state="collecting"), told
    if isinstance(step, Confirm):
        return replace(going, asking=None, asked=0, state="confirming", asked_last=True), told
    if isinstance(step, SendCode):
        return replace(going, asking=None, asked=0, state="verifying"), told
    return None, told


def _looked_at(stage: Stage, going: Going) -> tuple[Filled, Any]:
    definition = stage.actions[going.action_id]
    filled = fill(definition.inputs, going.arguments, stage.contact, stage.now.date())
    return filled, gate(definition.protection, Proof(stage.identified, going.verified_at), stage.now)


def _asked_by(stage: Stage, answer: str) -> Going | None:
    """The call that a question of the agent belongs to: one that a model began."""
    for id_, one in stage.actions.items():
        for it in one.inputs:
            if answer in {asking(it, stage.language, stage.personality, again=again) for again in (False, True)}:
                return Going(id_, {}, asking=it.name, asked=1, by_model=True)
        if recognised("action.confirm", answer) and answer.startswith(f"{one.title}:"):
            return Going(id_, {}, state="confirming", asked_last=True, by_model=True)
    return None


def _after(stage: Stage, going: Going, text: str) -> Going:
    """With what the message held that the agent answered with its question."""
    given = named_in(stage.actions[going.action_id].inputs, text, stage.language, stage.now.date())
    return replace(going, arguments={name: value for name, value in given.items() if name != going.asking})


def _told(stage: Stage, going: Going, step: Step | None) -> Rehearsed:
    definition = stage.actions[going.action_id]
    filled, verdict = _looked_at(stage, going)
    told: dict[str, Any] = {
        "action": definition.name,
        "title": definition.title,
        "step": _NAMES[type(step)] if step is not None else "cancelled",
        "protection": definition.protection.value,
        "gate": verdict,
        "arguments": dict(filled.values),
        "missing": [one.called for one in filled.missing],
        "wrong": [one.why for one in filled.wrong],
        "by_model": going.by_model,
    }
    if isinstance(step, Run | Approval):
        told |= request(definition, filled.values)
    if isinstance(step, Run):
        facts = {label: f"[{label}]" for label in definition.results}
        told["would_tell"] = tell(definition, facts, filled.values, stage.language, stage.personality)
    return Rehearsed(step, _words(stage, going, step), told)


_NAMES: Mapping[type[Any], str] = {
    Ask: "ask", Confirm: "confirm", SendCode: "code", Approval: "approval", Run: "call", GiveUp: "give_up",
}  # fmt: skip


def request(definition: Definition, values: Mapping[str, Any]) -> dict[str, Any]:
    """What would be sent, with secrets masked."""
    does = definition.does
    if isinstance(does, BuiltIn):
        return {"request": does.verb.replace("_", " "), "body": None}
    if isinstance(does, Mcp):
        return {"request": f"{does.tool} at {does.url}", "body": definition.tool_arguments(values)}
    assert isinstance(does, Http)
    masks = dict.fromkeys(definition.secret_names, "•••")
    try:
        body = templates.body(does.body, values, masks)
    except ValueError as error:
        return {"request": f"{does.method} {templates.address(does.url, values)}", "body": f"The body is no JSON: {error}"}
    return {"request": f"{does.method} {templates.address(does.url, values)}", "body": body.decode() if body else None}


def _words(stage: Stage, going: Going, step: Step | None) -> str:
    definition, language, personality = stage.actions[going.action_id], stage.language, stage.personality
    if step is None:
        return say("action.cancelled", language, personality)
    if isinstance(step, Ask):
        return asking(step.input, language, personality, again=step.again)
    if isinstance(step, Confirm):
        return confirming(definition, step.values, language, personality)
    if isinstance(step, SendCode):
        phrase = "verify.enter" if going.state == "verifying" else "verify.sent"
        address = verifying.masked(stage.contact.get("email") or "")
        return say(phrase, language, personality, address=address)
    if isinstance(step, Approval):
        return say("action.approval", language, personality, title=definition.title)
    return ""


def summary(told: Mapping[str, Any], definition: Definition) -> str:
    """The step in one sentence, for people."""
    values = named(definition, told["arguments"])
    return f"Dry run of “{definition.title}”: {told['step'].replace('_', ' ')}" + (f" ({values})" if values else "")
