"""Stop ③: a conversation that nobody owns gets its first owner, and the decision is kept with its reasons."""

from dataclasses import replace
from typing import Any

from sqlalchemy import insert

from firstline.conversations.ownership import set_owner
from firstline.conversations.record import locked, note_routing
from firstline.conversations.rules import NOBODY, Conversation, Owner, OwnerKind
from firstline.credits.holding import take
from firstline.hours.wording import describe_in_full
from firstline.kit.database import Tx
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people.rules import Actor
from firstline.routing.explaining import situation_of
from firstline.routing.receivers import Receiver, assigning, receiver_of
from firstline.routing.rules import decide
from firstline.routing.situation import Decision, Destination, Situation, Taker
from firstline.routing.surroundings import Surroundings
from firstline.routing.tables import routing_decision


def route(tx: Tx, around: Surroundings, conversation_id: str) -> Decision | None:
    """Decide who gets a new conversation and give it to them (RT1); asked again, or when somebody has it, it does nothing."""
    found = locked(tx, conversation_id)
    if found.status != "open" or found.routing is not None or found.owner.kind is not OwnerKind.NOBODY:
        return None
    account = around.account(tx, found.channel_account_id)
    situation = situation_of(tx, around, account, found.channel_account_id, tx.now, found.id, found.contact_id)
    decision = decide(situation)
    if decision.taker is Taker.AGENT:
        decision = _taken(tx, situation, decision)
    receiver = _receiver(tx, found, decision)
    reasons = [reason.to_json() for reason in decision.reasons] + list(receiver.reasons)
    deployment_id = situation.deployment.id if situation.deployment else None
    tx.execute(
        insert(routing_decision).values(
            id=new_id("rtd"),
            conversation_id=found.id,
            deployment_id=deployment_id,
            at=tx.now,
            situation=_summary(situation),
            decision=_as_json(decision),
            reasons=reasons,
        )
    )
    note_routing(
        tx,
        found.id,
        {
            "at": tx.now.isoformat(),
            "owner": {"kind": receiver.owner.kind.value, "id": receiver.owner.id},
            "deployment_id": deployment_id,
            **_as_json(decision),
            "reasons": reasons,
        },
    )
    set_owner(tx, found, receiver.owner, Actor.system(), reasons)
    emit(tx, "conversation.routed", found.id, taker=decision.taker.value, id=decision.id, shadow_agent=decision.shadow_agent_id)
    return decision


def _taken(tx: Tx, situation: Situation, decision: Decision) -> Decision:
    """The decision that holds once the credits are taken: another worker may have had the last ones, or the switch was moved."""
    assert situation.conversation_id is not None
    now = take(tx, situation.conversation_id)
    if now.on and now.credits_left:
        return decision
    return decide(replace(situation, agent_on=now.on, credits_left=now.credits_left))


def _receiver(tx: Tx, found: Conversation, decision: Decision) -> Receiver:
    if decision.taker is Taker.AGENT:
        return Receiver(Owner(OwnerKind.AGENT, decision.id), (), True)
    if decision.taker is Taker.BOT:
        return Receiver(Owner(OwnerKind.BOT, decision.id), (), True)
    if decision.taker is Taker.DESTINATION and decision.destination is not None:
        assigning(tx)
        return receiver_of(tx, found, decision.destination)
    return Receiver(NOBODY, (), False)


def _as_json(decision: Decision) -> dict[str, Any]:
    return {
        "taker": decision.taker.value,
        "id": decision.id,
        "destination": _json(decision.destination),
        "shadow_agent_id": decision.shadow_agent_id,
    }


def _summary(situation: Situation) -> dict[str, Any]:
    """What the decision looked at, readable years later."""
    deployment = situation.deployment
    return {
        "account": situation.account_name,
        "instant": situation.instant.isoformat(),
        "deployment": None
        if deployment is None
        else {
            "id": deployment.id,
            "agent_id": deployment.agent_id,
            "agent": deployment.agent_name,
            "hours": describe_in_full(deployment.hours),
            "fallback": _json(deployment.fallback),
            "coverage": deployment.coverage,
            "mode": deployment.mode.value,
        },
        "claim": situation.claim and {"kind": situation.claim.kind.value, "id": situation.claim.id},
        "agent_on": situation.agent_on,
        "credits_left": situation.credits_left,
        "handoff_rules": _json(situation.handoff_rules),
        "account_routing": _json(situation.account_routing),
        "contact_owner_id": situation.contact_owner_id,
        "names": dict(situation.names),
    }


def _json(destination: Destination | None) -> dict[str, Any] | None:
    return destination.to_json() if destination else None
