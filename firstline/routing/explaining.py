"""Who would get a conversation, and why: the situation gathered, the decision asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from firstline.credits.commands import standing
from firstline.hours.rules import Schedule, next_change
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, NotFound
from firstline.people.queries import the_account
from firstline.routing.candidates import contact_owner_of
from firstline.routing.destinations import names_of
from firstline.routing.queries import Deployment, deployed_on, routing_of
from firstline.routing.rules import decide
from firstline.routing.situation import Decision, Deployed, DestinationKind, Situation, Taker
from firstline.routing.surroundings import AccountFacts, Surroundings

EARLIEST, LATEST = 1971, 2400
"""The years for which questions about hours are answered."""


@dataclass(frozen=True)
class Explanation:
    """Who would get a new conversation at an instant, why, and when that changes by the hours."""

    at: datetime
    decision: Decision
    deployment_id: str | None
    next_change: datetime | None
    clock: Schedule
    """By whose zone times are told: the hours' where there are any, else the account's."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Of the agent, and of those the destinations name."""

    def who(self) -> str:
        """Who gets it, in words."""
        chosen = self.decision
        if chosen.agent:
            return f"The agent {self.names.get(chosen.id or '', '')}".rstrip()
        if chosen.destination is None or chosen.taker is Taker.NOBODY:
            return "Nobody"
        if chosen.destination.kind is DestinationKind.CONTACT_OWNER:
            return "The contact's owner"
        return ", ".join(self.names[id_] for id_ in chosen.destination.ids if id_ in self.names) or "People"

    def to_json(self) -> dict[str, Any]:
        """As REST and the command line show it."""
        chosen = self.decision
        return {
            "agent": chosen.agent,
            "taker": chosen.taker.value,
            "id": chosen.id,
            "destination": chosen.destination.to_json() if chosen.destination else None,
            "reasons": [reason.to_json() for reason in chosen.reasons],
            "next_change": self.next_change,
            "at": self.at,
            "deployment_id": self.deployment_id,
        }


def explain(
    tx: Tx, around: Surroundings, channel_account_id: str, at: datetime | None = None, conversation_id: str | None = None
) -> Explanation:
    """Who would get a new conversation on a channel account at an instant, with the switch, credits and people of now (DP8).

    :param at: now if left out; without an offset it is wall-clock time where the hours are.
    :param conversation_id: asks about this one; else about any new conversation.
    :raises NotFound: if there is no such channel account. :raises Invalid: if the time is out of range.
    """
    account = around.account(tx, channel_account_id)
    if account is None:
        raise NotFound(f"There is no channel account {channel_account_id}.")
    found = deployed_on(tx, channel_account_id)
    instant = _instant(tx, at, found)
    situation = situation_of(tx, around, account, channel_account_id, instant, conversation_id)
    change = next_change(situation.deployment.hours, instant) if situation.deployment else None
    local = found is not None and found.hours.mode != "all"
    clock = found.hours if found is not None and local else Schedule("all", the_account(tx).timezone)
    named = {found.agent_id: situation.deployment.agent_name} if found and situation.deployment else {}
    known = {**situation.names, **named}
    return Explanation(instant, decide(situation), found.id if found else None, change, clock, known)


def assignable(tx: Tx, around: Surroundings, channel_account_id: str) -> str | None:
    """The agent that would take a new conversation on a channel account now; None where people answer (DP6)."""
    if around.account(tx, channel_account_id) is None or deployed_on(tx, channel_account_id) is None:
        return None
    decision = explain(tx, around, channel_account_id).decision
    return decision.id if decision.agent else None


def situation_of(
    tx: Tx,
    around: Surroundings,
    account: AccountFacts | None,
    channel_account_id: str,
    instant: datetime,
    conversation_id: str | None = None,
    contact_id: str | None = None,
) -> Situation:
    """Everything the decision looks at."""
    found = deployed_on(tx, channel_account_id)
    agent = around.agent(tx, found.agent_id) if found else None
    rules = agent.off_destination if agent else None
    routing = routing_of(tx, channel_account_id)
    owner = contact_owner_of(tx, contact_id) if contact_id else None
    now = standing(tx)
    fallback = found.fallback if found else None
    named = [id_ for destination in (rules, fallback, routing) if destination for id_ in destination.ids]
    return Situation(
        conversation_id=conversation_id,
        account_name=account.name if account else "this channel",
        instant=instant,
        deployment=_as_deployed(found, agent.name) if found and agent else None,
        claim=around.claim(tx, conversation_id) if conversation_id else None,
        agent_on=now.on,
        credits_left=now.credits_left,
        handoff_rules=rules,
        account_routing=routing,
        contact_owner_id=owner,
        names=names_of(tx, [*named, *([owner] if owner else [])]),
    )


def _as_deployed(found: Deployment, agent_name: str) -> Deployed:
    return Deployed(found.id, found.agent_id, agent_name, found.hours, found.fallback, found.coverage, found.mode)


def _instant(tx: Tx, at: datetime | None, found: Deployment | None) -> datetime:
    if at is None:
        return tx.now
    if not EARLIEST <= at.year <= LATEST:
        raise Invalid(f"The time {at.isoformat()} is out of range; {EARLIEST} to {LATEST} can be asked for.", field="at")
    if at.tzinfo is not None:
        return at
    local = found is not None and found.hours.mode != "all"
    return at.replace(tzinfo=found.hours.tz if found and local else ZoneInfo(the_account(tx).timezone))
