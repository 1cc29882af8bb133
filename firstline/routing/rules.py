"""Who gets a new conversation: one pure decision with its reasons in the order they were looked at (RT1).

Chatflow or workflow → agent (deployed, within hours, switched on, credits left, covered) → otherwise: outside hours or not
covered → the deployment's fallback assignment; switched off or out of credits → the rules of the *Human handoff* page, or
where none are set there, the deployment's fallback → the channel account's routing → unassigned.

The first thing that stops the agent decides where the conversation goes. A destination whose teammates and teams are all
gone, or a contact owner where the contact has none, is passed over for the next one; *nobody* is a choice and ends it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from firstline.hours.rules import is_open
from firstline.hours.wording import describe_in_full
from firstline.routing.situation import Decision, Deployed, Destination, DestinationKind, Mode, Reason, Situation, Taker


def covered(conversation_id: str, coverage: int) -> bool:
    """Whether a conversation is among the ``coverage`` per cent that the agent takes (DP5).

    Stable for a conversation, and growing: raising the percentage takes more and gives none back.
    """
    digest = hashlib.sha256(conversation_id.encode()).digest()
    return int.from_bytes(digest[:8]) % 100 < coverage


def decide(situation: Situation) -> Decision:
    """Who gets a new conversation (RT1)."""
    claim = situation.claim
    if claim is not None:
        reason = Reason("claimed", f"Taken by the {'chatflow' if claim.kind is Taker.BOT else 'workflow'} “{claim.name}”")
        return Decision(claim.kind, (reason,), id=claim.id)
    looked = tuple(_about_the_agent(situation))
    deployment = situation.deployment
    if deployment is None:
        return _to_people(situation, looked)
    takes = all(reason.holds for reason in looked)
    if deployment.mode is Mode.SHADOW:
        return _to_people(situation, looked, shadow_agent_id=deployment.agent_id if takes else None)
    if takes:
        return Decision(Taker.AGENT, looked, id=deployment.agent_id)
    return _to_people(situation, looked)


def _about_the_agent(situation: Situation) -> Iterator[Reason]:
    """What speaks for the agent, up to the first thing that does not."""
    deployment = situation.deployment
    if deployment is None:
        yield Reason("not_deployed", f"No agent is deployed on {situation.account_name}", False)
        return
    shadow = deployment.mode is Mode.SHADOW
    checks = (
        Reason("deployed", f"Deployed on {situation.account_name}"),
        _hours(deployment, situation.instant),
        Reason("switched_on", "Agent is switched on")
        if situation.agent_on
        else Reason("switched_off", "Agent is switched off", False),
        _credits(situation.credits_left, shadow),
        _coverage(situation.conversation_id, deployment.coverage),
    )
    for reason in checks:
        yield reason
        if not reason.holds:
            return
    if shadow:
        yield Reason("shadow", "Runs in shadow: people answer")


def _hours(deployment: Deployed, instant: datetime) -> Reason:
    hours = describe_in_full(deployment.hours)
    if is_open(deployment.hours, instant):
        return Reason("within_hours", f"Within working hours ({hours})")
    return Reason("outside_hours", f"Outside working hours ({hours})", False)


def _credits(left: bool, shadow: bool) -> Reason:
    if shadow:
        return Reason("credits_left", "No credits needed in shadow")
    return Reason("credits_left", "Credits left") if left else Reason("no_credits", "No credits left", False)


def _coverage(conversation_id: str | None, coverage: int) -> Reason:
    if conversation_id is None and 0 < coverage < 100:
        return Reason("covered", f"Takes {coverage} % of new conversations")
    if coverage >= 100 or (conversation_id is not None and covered(conversation_id, coverage)):
        return Reason("covered", f"Covered ({coverage} %)")
    return Reason("not_covered", f"Not covered (the agent takes {coverage} % of new conversations)", False)


Offer = tuple[str, str, Destination]
"""Where a conversation may go: a code, whose setting it is, the destination."""


def first_reachable(
    offers: Iterable[Offer], names: Mapping[str, str], contact_owner_id: str | None
) -> tuple[Destination | None, tuple[Reason, ...]]:
    """The first destination that still reaches somebody, or chooses nobody; with the reasons of those passed over.

    :param names: names of the teammates, teams and workflows that exist, as in :class:`Situation`.
    """
    looked: list[Reason] = []
    for code, whose, destination in offers:
        reached, text = _reach(destination, names, contact_owner_id)
        looked.append(Reason(code if reached else f"{code}_passed_over", f"{whose}: {text}"))
        if reached is not None:
            return reached, tuple(looked)
    return None, tuple(looked)


def _to_people(situation: Situation, looked: tuple[Reason, ...], shadow_agent_id: str | None = None) -> Decision:
    reached, passed = first_reachable(_offers(situation, looked), situation.names, situation.contact_owner_id)
    reasons = (*looked, *passed)
    if reached is None:
        unassigned = Reason("unassigned", f"No routing is left on {situation.account_name}: it stays unassigned")
        return Decision(Taker.NOBODY, (*reasons, unassigned), shadow_agent_id=shadow_agent_id)
    taker = {DestinationKind.NOBODY: Taker.NOBODY, DestinationKind.WORKFLOW: Taker.WORKFLOW}.get(reached.kind, Taker.DESTINATION)
    id_ = reached.ids[0] if taker is Taker.WORKFLOW else None
    return Decision(taker, reasons, id_, reached, shadow_agent_id)


def _offers(situation: Situation, looked: tuple[Reason, ...]) -> Iterator[Offer]:
    """Where it may go when the agent does not take it, in order."""
    deployment = situation.deployment
    live = deployment is not None and deployment.mode is Mode.LIVE
    if live and looked[-1].code in ("switched_off", "no_credits") and situation.handoff_rules is not None:
        yield "handoff_rules", "Human handoff page", situation.handoff_rules
    if deployment is not None and deployment.fallback is not None:
        yield "fallback", "Fallback assignment", deployment.fallback
    if situation.account_routing is not None:
        yield "account_routing", f"Routing of {situation.account_name}", situation.account_routing


def _reach(destination: Destination, names: Mapping[str, str], contact_owner_id: str | None) -> tuple[Destination | None, str]:
    """The destination without those who are gone, or None when that leaves nobody; and in words."""
    if destination.kind is DestinationKind.NOBODY:
        return destination, "nobody, it stays unassigned"
    if destination.kind is DestinationKind.CONTACT_OWNER:
        if contact_owner_id is None or contact_owner_id not in names:
            return None, "the contact has no owner"
        return destination, f"contact owner, {names[contact_owner_id]}"
    here = tuple(id_ for id_ in destination.ids if id_ in names)
    if not here:
        return None, f"the {destination.kind.value} it names are gone"
    return Destination(destination.kind, here), ", ".join(names[id_] for id_ in here)
