"""The part of a turn in which an action is begun or goes on: what is asked, what is said, what is written with it (AC2, AC3).

The thinker, or the customer's words where no model thinks, only propose an action and inputs. Everything else is here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from firstline.agent.access import Permissions
from firstline.agent.actions import calls, verifying
from firstline.agent.actions.calls import TALKING, Call
from firstline.agent.actions.commands import definition_of
from firstline.agent.actions.definition import Definition
from firstline.agent.actions.gate import Proof, gate
from firstline.agent.actions.identified import identified
from firstline.agent.actions.inputs import InputType, finding
from firstline.agent.actions.inputs.filling import fill
from firstline.agent.actions.settling import unsettled
from firstline.agent.actions.steps import Approval, Ask, Confirm, GiveUp, Run, SendCode, Step, next_step
from firstline.agent.actions.wording import asking, confirming, named
from firstline.agent.brief import write_brief
from firstline.agent.consider import Also, Considered, Matter
from firstline.agent.models.base import Act, Clarify, Draft, HandOff, Reason, Reply, Segment
from firstline.agent.models.intents import Reading, read
from firstline.agent.phrases import say
from firstline.agent.queries import access_in
from firstline.channels.asking import PHONE
from firstline.contacts.queries import who_is
from firstline.contacts.rules import Contact, IdentityKind
from firstline.conversations.rules import Conversation
from firstline.kit.database import Tx
from firstline.people.rules import Actor


class Chooser(Protocol):
    """Tells which action a message calls for, where no model does."""

    def best(self, text: str, definitions: Mapping[str, Definition]) -> str | None:
        """The id of the action; None where none is meant."""
        ...


@dataclass(frozen=True)
class _Scene:
    """Everything a step of a call looks at."""

    found: Conversation
    matter: Matter
    contact: Contact
    call: Call
    definition: Definition
    proof: Proof
    reading: Reading
    may_send: bool
    allowed: Permissions


def proposed(
    tx: Tx,
    found: Conversation,
    matter: Matter,
    action_id: str,
    given: Mapping[str, Any],
    turn_id: str,
    *,
    by_model: bool = False,
) -> Considered | None:
    """Begin a call with what is known; None if another one is under way.

    :param given: inputs as proposed; they are checked like anything that was written.
    :param by_model: whether a model proposed it, and not the customer's own words.
    """
    if calls.open_call(tx, found) is not None:
        return None
    definition = definition_of(tx, action_id)
    doubtful = unsettled(tx, found, action_id) if definition.changes else None
    begun = Call(
        "", action_id, found.id, found.contact_id, turn_id, found.epoch, "collecting", None, 0, given, False, by_model,
        None, 0, {}, None, matter.now, None,
    )  # fmt: skip
    scene = _scene(tx, found, matter, begun, definition)
    if doubtful is not None:
        why = f"Nobody knows yet whether {definition.title} was done before. Find out, and say it there"
        return _hand_over(scene, GiveUp("action_unsettled", why))
    return _advance(scene, tx.now)


def named_in(matter: Matter, definition: Definition) -> dict[str, Any]:
    """Inputs that the new messages hold by their kind: an order number, an address, a day. Free text is asked for."""
    return dict(finding.named_in(definition.inputs, matter.own_words, matter.language, matter.now.date()))


def go_on(tx: Tx, found: Conversation, matter: Matter) -> Considered | None:
    """Go on with the call that asks the customer for something; None where there is none, or they speak of something else."""
    call = calls.open_call(tx, found)
    if call is None or call.state not in TALKING:
        return None
    scene = _scene(tx, found, matter, call, definition_of(tx, call.action_id))
    if scene.reading.asks_person:
        return _hand_over(scene, GiveUp("asked_for_person", f"The customer asked for a person: “{scene.reading.asks_person}”"))
    if scene.reading.declines and call.state != "collecting":
        return _cancelled(scene)
    if call.state == "confirming":
        return _confirmed(scene, tx.now, asked_last=calls.asked_last(tx, found))
    if call.state == "verifying":
        return _entered(tx, scene)
    return _told(scene, tx.now)


def _scene(tx: Tx, found: Conversation, matter: Matter, call: Call, definition: Definition) -> _Scene:
    proof = Proof(identified(tx, found), verifying.verified_at(tx, found), call.approved_by)
    reading, may_send = read(matter.own_words, matter.language), verifying.may_send(tx, found)
    return _Scene(
        found, matter, who_is(tx, found.contact_id), call, definition, proof, reading, may_send, access_in(tx, found.id)
    )


def _told(scene: _Scene, now: datetime) -> Considered | None:
    """The answer to a question for an input."""
    asked = next((one for one in scene.definition.inputs if one.name == scene.call.asking), None)
    if asked is None:
        return _advance(scene, now)
    matter, known, own = scene.matter, scene.call.arguments, scene.matter.own_words
    today = matter.now.date()
    value, arguments = finding.with_answer(scene.definition.inputs, asked, known, own, matter.language, today)
    if value is None and scene.reading.declines:
        return _cancelled(scene)
    if value is None and "?" in own:
        return None
    return _advance(replace(scene, call=replace(scene.call, arguments=arguments)), now)


def _confirmed(scene: _Scene, now: datetime, *, asked_last: bool) -> Considered | None:
    """A yes counts for the question that was asked last; one to anything else that was said since has it asked again."""
    if scene.reading.agrees and asked_last:
        return _advance(replace(scene, call=replace(scene.call, confirmed=True)), now)
    return None if "?" in scene.matter.own_words else _advance(scene, now)


def _entered(tx: Tx, scene: _Scene) -> Considered | None:
    """A code, or something else. A wrong code is counted in this transaction, whatever becomes of the turn."""
    code = verifying.code_in(scene.matter.own_words)
    if code is None:
        return None if "?" in scene.matter.own_words else _ask_code(scene, "verify.enter")
    if verifying.enter(tx, scene.found, code):
        return _advance(replace(scene, proof=replace(scene.proof, verified_at=tx.now)), tx.now)
    if scene.call.asked >= verifying.TRIES:
        return _hand_over(scene, GiveUp("action_not_verified", f"{scene.definition.title}: no right code was entered"))
    return _ask_code(scene, "verify.wrong")


def _advance(scene: _Scene, now: datetime) -> Considered:
    call, definition = scene.call, scene.definition
    filled = fill(definition.inputs, call.arguments, of_contact(scene.contact, scene.allowed), now.date())
    verdict = gate(definition.protection, scene.proof, now)
    step = next_step(
        definition,
        filled,
        verdict,
        asking=call.asking,
        asked=call.asked,
        confirmed=call.confirmed,
        on_file=bool(scene.contact.email),
        by_model=call.by_model,
    )
    return _taken(replace(scene, call=replace(call, arguments={**call.arguments, **filled.values})), step)


def _taken(scene: _Scene, step: Step) -> Considered:
    call, definition, matter = scene.call, scene.definition, scene.matter
    language, personality = matter.language, matter.profile.personality
    if isinstance(step, Ask):
        asked = call.asked + 1 if step.again else 1
        text = asking(step.input, language, personality, again=step.again)
        said = _say(scene, Clarify, text, "action_input", "collecting", asking=step.input.name, asked=asked)
        return _by_button(said) if step.input.type is InputType.PHONE and scene.matter.capabilities.asks_phone else said
    if isinstance(step, Confirm):
        text = confirming(definition, step.values, language, personality)
        return _say(scene, Clarify, text, calls.CONFIRMING, "confirming", asking=None, asked=0)
    if isinstance(step, SendCode):
        return _send_code(scene)
    if isinstance(step, Approval):
        text = say("action.approval", language, personality, title=definition.title)
        return _say(scene, Reply, text, "action_approval", "approving")
    if isinstance(step, Run):
        reason = Reason("action", f"{definition.title}: {named(definition, step.values)}")
        draft = Act(reasons=(reason,), language=language, action=definition.name, arguments=dict(step.values))
        return _considered(draft, _keeping(scene, "ready"))
    return _hand_over(scene, step)


def _send_code(scene: _Scene) -> Considered:
    if not scene.may_send:
        return _hand_over(scene, GiveUp("action_not_verified", f"{scene.definition.title}: too many codes were asked for"))
    address = scene.contact.email or ""
    matter = scene.matter

    def send(tx: Tx, call_id: str) -> None:
        verifying.send(tx, scene.found, address, matter.language, matter.profile.company or matter.profile.name)
        calls.go_on(tx, call_id, "verifying", arguments=dict(scene.call.arguments), asking=None, asked=0)

    def checked(tx: Tx) -> None:
        send(tx, _begun(tx, scene))

    text = say("verify.sent", matter.language, matter.profile.personality, address=verifying.masked(address))
    return _considered(_own(scene, Clarify, text, "action_code", f"A code was sent to {verifying.masked(address)}"), checked)


def _ask_code(scene: _Scene, phrase: str) -> Considered:
    text = say(phrase, scene.matter.language, scene.matter.profile.personality)
    return _say(scene, Clarify, text, "action_code", "verifying", asked=scene.call.asked + 1)


def _cancelled(scene: _Scene) -> Considered:
    text = say("action.cancelled", scene.matter.language, scene.matter.profile.personality)
    draft = _own(scene, Reply, text, "action_cancelled", f"The customer does not want {scene.definition.title}")
    return _considered(draft, lambda tx: calls.end(tx, scene.call.id, "cancelled", reason="the customer declined"))


def _hand_over(scene: _Scene, step: GiveUp) -> Considered:
    matter, reason = scene.matter, Reason(step.code, step.why)
    brief = write_brief(matter.history, matter.new, matter.contact, matter.language, (reason,))
    draft = HandOff(reasons=(reason,), reason=reason, brief=brief, language=matter.language)

    def over(tx: Tx) -> None:
        if scene.call.id:
            calls.end(tx, scene.call.id, "cancelled", reason=step.why)

    return _considered(draft, over)


def _say(scene: _Scene, kind: type[Clarify] | type[Reply], text: str, code: str, state: str, **changes: Any) -> Considered:
    draft = _own(scene, kind, text, code, f"{scene.definition.title}: {code.removeprefix('action_')}")
    return _considered(draft, _keeping(scene, state, **changes))


def _by_button(asked: Considered) -> Considered:
    """A question for a phone number, where the channel has a button for it: the customer may tap or write."""
    return replace(asked, draft=replace(asked.draft, asks=PHONE)) if isinstance(asked.draft, Clarify) else asked


def _keeping(scene: _Scene, state: str, **changes: Any) -> Also:
    """Keep how far the call is, with what is said."""

    def keep(tx: Tx) -> None:
        call_id = _begun(tx, scene)
        call, values = replace(scene.call, id=call_id), dict(scene.call.arguments)
        if call.confirmed:
            calls.go_on(tx, call_id, call.state, confirmed=True)
        if state == "ready":
            calls.ready(tx, call_id, values, call.turn_id)
        elif state == "approving":
            by = Actor.agent(scene.matter.agent_id, scene.matter.profile.name)
            calls.ask_approval(tx, call, scene.definition, values, by)
        else:
            calls.go_on(tx, call_id, state, arguments=values, **changes)

    return keep


def _begun(tx: Tx, scene: _Scene) -> str:
    call = scene.call
    return call.id or calls.begin(tx, scene.found, call.action_id, call.arguments, call.turn_id or "", by_model=call.by_model)


def _own(scene: _Scene, kind: type[Clarify] | type[Reply], text: str, code: str, why: str) -> Draft:
    reasons, language = (Reason(code, why),), scene.matter.language
    if kind is Clarify:
        return Clarify(reasons=reasons, language=language, text=text)
    return Reply(reasons=reasons, language=language, segments=(Segment(text, own=True),))


def _considered(draft: Draft, also: Also) -> Considered:
    return Considered(draft, (), 0.0, None, "actions", also=also)


def of_contact(contact: Contact, allowed: Permissions) -> dict[str, str | None]:
    """The facts of a contact that inputs may be: none that the agent may not tell (ID5)."""
    phone = next((one.value for one in contact.identities if one.kind is IdentityKind.PHONE), None)
    facts = {"email": contact.email, "name": contact.name, "phone": phone}
    return {"id": contact.id, **{name: fact for name, fact in facts.items() if allowed.may_tell(name)}}
