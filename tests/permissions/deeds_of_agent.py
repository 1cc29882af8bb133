"""Deeds on the agent and its knowledge."""

from typing import Any

from sqlalchemy import insert

from firstline.agent import commands as agents
from firstline.agent.actions import commands as actions
from firstline.agent.actions.tables import action_call
from firstline.agent.connections import commands as connections
from firstline.agent.guidelines import commands as guidelines
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations import intake
from firstline.conversations.rules import Inbound
from firstline.kit.database import Tx
from firstline.knowledge import answering
from firstline.knowledge import commands as knowledge
from firstline.knowledge.answering import Known
from firstline.knowledge.gaps import commands as gaps
from tests.permissions.scene import Deed, Given, Scene, given
from tests.world import KEYRING

ACTION: dict[str, Any] = {
    "name": "order_status",
    "title": "Order status",
    "when": "Somebody asks where an order is",
    "does": {"kind": "http", "url": "https://orders.example/status"},
}
RULE = {"section": "tone", "title": "Warm", "text": "Be warm."}
MODEL = {"provider": "ollama", "model": "llama3", "base_url": "http://models.example:11434/v1"}


def _action(tx: Tx, scene: Scene) -> str:
    return actions.create(tx, KEYRING, scene.velo, ACTION, {}, by=scene.by)


def _call(tx: Tx, scene: Scene, state: str = "approving") -> Given:
    heard = _heard(tx, scene)
    waiting = {"conversation_id": heard, "contact_id": "con_1", "epoch": 1, "state": state, "started_at": tx.now}
    tx.execute(insert(action_call).values(id="acl_1", action_id=_action(tx, scene), **waiting))
    return given("acl_1")


def _heard(tx: Tx, scene: Scene) -> str:
    sender = Identity(IdentityKind.VISITOR, "mira", scene.chat)
    return intake.receive(tx, scene.shop.chat, Inbound(sender=sender, text="Hello", provider_id="in_1")).conversation_id


def _rule(tx: Tx, scene: Scene, *, published: bool = False) -> str:
    made = guidelines.add(tx, scene.velo, RULE, by=scene.by)
    if published:
        guidelines.publish(tx, scene.velo, by=scene.by)
    return made


def _removed_rule(tx: Tx, scene: Scene) -> Given:
    made = _rule(tx, scene)
    guidelines.remove(tx, scene.velo, made, by=scene.by)
    return given(scene.velo, made)


def _earlier_version(tx: Tx, scene: Scene) -> Given:
    made = _rule(tx, scene, published=True)
    guidelines.change(tx, scene.velo, made, {"text": "Be brief."}, by=scene.by)
    guidelines.publish(tx, scene.velo, by=scene.by)
    return given(scene.velo, 1)


def _changed_agent(tx: Tx, scene: Scene) -> Given:
    agents.change(tx, scene.velo, {"company": "Veloria Bikes"}, by=scene.by)
    return given(scene.velo)


def _model(tx: Tx, scene: Scene) -> str:
    return connections.connect(tx, KEYRING, MODEL, by=scene.by)


def _source(tx: Tx, scene: Scene) -> str:
    return knowledge.add_short_answer(tx, "When are you open?", "From nine to five.", by=scene.by)


def _question(tx: Tx, scene: Scene) -> Given:
    answering.add_questions(tx, [Known("When are you open?", None)], by=scene.by)
    return given(None)


def _gap(tx: Tx, scene: Scene) -> list[str]:
    where = {"agent_id": scene.velo, "conversation_id": _heard(tx, scene), "turn_id": "trn_1"}
    made = gaps.note(tx, question="Do you rent trailers?", language="en", reason="not_covered", **where)
    assert made is not None
    return [made]


def _dismissed(tx: Tx, scene: Scene) -> Given:
    ids = _gap(tx, scene)
    gaps.dismiss(tx, ids, by=scene.by)
    return given(ids)


DEEDS: dict[str, Deed] = {
    "agent.actions.calls.approve": _call,
    "agent.actions.calls.decline": _call,
    "agent.actions.settling.settle": lambda tx, s: given(*_call(tx, s, "unknown").args, done=True),
    "agent.actions.commands.change": lambda tx, s: given(KEYRING, _action(tx, s), {**ACTION, "title": "Order"}, {}),
    "agent.actions.commands.create": lambda tx, s: given(KEYRING, s.velo, ACTION, {}),
    "agent.actions.commands.remove": lambda tx, s: given(_action(tx, s)),
    "agent.commands.change": lambda tx, s: given(s.velo, {"company": "Veloria Bikes"}),
    "agent.commands.create": lambda tx, s: given({"name": "Nova"}),
    "agent.commands.publish": _changed_agent,
    "agent.commands.remove": lambda tx, s: given(agents.create(tx, {"name": "Nova"}, by=s.by)),
    "agent.commands.set_channels": lambda tx, s: given(s.velo, {"ignored": ["example.com"]}),
    "agent.commands.set_handoff": lambda tx, s: given(s.velo, {}),
    "agent.commands.set_permissions": lambda tx, s: given(s.velo, {"contact": {"tier": "read"}}),
    "agent.connections.commands.change": lambda tx, s: given(KEYRING, _model(tx, s), {"model": "llama4"}),
    "agent.connections.commands.choose": lambda tx, s: given(s.velo, {"primary": _model(tx, s)}),
    "agent.connections.commands.connect": lambda tx, s: given(KEYRING, MODEL),
    "agent.connections.commands.remove": lambda tx, s: given(_model(tx, s)),
    "agent.connections.commands.set_limit": lambda tx, s: given("account", {"money": 5}),
    "agent.guidelines.commands.add": lambda tx, s: given(s.velo, RULE),
    "agent.guidelines.commands.bring_back": _removed_rule,
    "agent.guidelines.commands.change": lambda tx, s: given(s.velo, _rule(tx, s), {"text": "Be brief."}),
    "agent.guidelines.commands.discard": lambda tx, s: given(s.velo) if _rule(tx, s) else given(),
    "agent.guidelines.commands.publish": lambda tx, s: given(s.velo) if _rule(tx, s) else given(),
    "agent.guidelines.commands.remove": lambda tx, s: given(s.velo, _rule(tx, s)),
    "agent.guidelines.commands.restore": _earlier_version,
    "knowledge.answering.add_questions": lambda tx, s: given([Known("When are you open?", None)]),
    "knowledge.answering.fit": lambda tx, s: given(),
    "knowledge.answering.remove_questions": _question,
    "knowledge.answering.set_thresholds": lambda tx, s: given({"chat": 0.71}),
    "knowledge.commands.add_file": lambda tx, s: given("hours.txt", b"We are open from nine to five."),
    "knowledge.commands.add_short_answer": lambda tx, s: given("When are you open?", "From nine to five."),
    "knowledge.commands.add_site": lambda tx, s: given("https://veloria.example/"),
    "knowledge.commands.add_text": lambda tx, s: given("Hours", "We are open from nine to five."),
    "knowledge.commands.add_url": lambda tx, s: given("https://veloria.example/hours"),
    "knowledge.commands.change": lambda tx, s: given(_source(tx, s), title="Hours"),
    "knowledge.commands.change_short_answer": lambda tx, s: given(_source(tx, s), "When are you open?", "From ten to six."),
    "knowledge.commands.delete": lambda tx, s: given(_source(tx, s)),
    "knowledge.commands.sync": lambda tx, s: given(knowledge.add_url(tx, "https://veloria.example/hours", by=s.by)),
    "knowledge.gaps.commands.dismiss": lambda tx, s: given(_gap(tx, s)),
    "knowledge.gaps.commands.reopen": _dismissed,
    "knowledge.gaps.commands.resolve": lambda tx, s: given(_gap(tx, s), "Do you rent trailers?", "Yes, for 12 euros a day."),
}
