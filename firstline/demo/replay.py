"""Sample conversations, lived through again by the product's own verbs, each at the instant it happened."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from firstline.agent import turns
from firstline.agent.models.base import Brief
from firstline.agent.turns import Begun
from firstline.contacts import commands as contacts
from firstline.contacts.recognising import recognise
from firstline.contacts.rules import Identity
from firstline.conversations import closing, deliveries, intake, ownership, replying
from firstline.conversations.rules import Delivery, Inbound, Owner, OwnerKind, Place
from firstline.demo.company import World
from firstline.demo.people import Customer, KnownBy
from firstline.demo.talks import AGENT, CUSTOMER, SYSTEM, Assigned, Closed, Commented, HandedOff, Happening, Said, Talk, TookOver
from firstline.kit.database import Event, Follower, Tx
from firstline.people.rules import Actor
from firstline.routing.deciding import route
from firstline.routing.receivers import note_assignment
from firstline.routing.surroundings import Surroundings
from firstline.wiring import charge

TRACE = {"thinker": "sample", "reasons": [{"code": "sample", "text": "A sample conversation of the demo: written, not thought"}]}


def _read(tx: Tx, event: Event) -> None:
    """Everything that was written to a sample customer has been read."""
    deliveries.report_delivery(tx, event.data["entry"], Delivery.READ)


FOLLOWS: Mapping[str, tuple[Follower, ...]] = {
    "conversation.assigned": (note_assignment,),
    "message.written": (charge, _read),
}
"""What follows in a sample conversation: the books are kept, but nobody thinks and nothing is sent."""


@dataclass(frozen=True)
class Cast:
    """Who takes part, and what can be cited: ids of the world's ids."""

    chat: Place
    around: Surroundings
    mates: Mapping[str, Actor]
    teams: Mapping[str, str]
    citations: Mapping[str, Mapping[str, Any]]


def live_through(tx: Tx, world: World, cast: Cast) -> None:
    """All sample conversations, the oldest first."""
    zone = ZoneInfo(world.company.timezone)
    customers = {one.id: one for one in world.customers}
    for talk in sorted(world.talks, key=lambda one: one.began(tx.now, zone)):
        _Stage(tx, cast, talk, customers[talk.customer]).play(talk.began(tx.now, zone))


def know(tx: Tx, world: World, chat: Place) -> None:
    """Every customer as a contact with identities and properties."""
    for one in world.customers:
        who = recognise(tx, _identity(one.identities[0], chat), name=one.name, language=one.language)
        for further in one.identities[1:]:
            contacts.add_identity(tx, who, _identity(further, chat))
        if one.properties:
            contacts.describe(tx, who, by=Actor.system(), properties=dict(one.properties))


def _identity(by: KnownBy, chat: Place) -> Identity:
    scope = chat.channel_account_id if by.kind.value == "visitor" else ""
    return Identity(by.kind, by.value, scope, by.verified, "demo")


class _Stage:
    """One conversation as it goes on."""

    def __init__(self, tx: Tx, cast: Cast, talk: Talk, customer: Customer) -> None:
        self.base, self.cast, self.talk, self.customer = tx, cast, talk, customer
        self.conversation = ""

    def play(self, began: datetime) -> None:
        for number, one in enumerate(self.talk.entry):
            at = began + timedelta(minutes=one.after, seconds=2 * number)
            tx = replace(self.base, now=min(at, self.base.now), followers=FOLLOWS, emitted=0)
            self._happens(tx, one, number)

    def _happens(self, tx: Tx, one: Happening, number: int) -> None:
        match one:
            case Said(by=by) if by == CUSTOMER:
                self._hears(tx, one, number)
            case Said(by=by) if by == AGENT:
                self._answers(tx, one)
            case Said(by=by):
                replying.reply(tx, self.conversation, one.text, self.cast.mates[by])
            case Commented():
                replying.comment(tx, self.conversation, one.text, self.cast.mates[one.by])
            case HandedOff():
                self._hands_off(tx, one)
            case Assigned():
                reasons = [{"code": "picked", "text": one.reason, "holds": True}]
                owner = Owner(OwnerKind.TEAMMATE, self.cast.mates[one.to].id)
                ownership.assign(tx, self.conversation, owner, self._who(one.by), reasons)
            case TookOver():
                ownership.take_over(tx, self.conversation, self.cast.mates[one.by])
            case Closed():
                closing.close(tx, self.conversation, self._who(one.by), one.reason)

    def _who(self, by: str) -> Actor:
        return Actor.system() if by == SYSTEM else self.cast.mates[by]

    def _hears(self, tx: Tx, one: Said, number: int) -> None:
        inbound = Inbound(
            sender=_identity(self.customer.identities[0], self.cast.chat),
            text=one.text,
            provider_id=f"demo-{self.talk.id}-{number}",
            at=tx.now,
            language=self.customer.language,
        )
        received = intake.receive(tx, self.cast.chat, inbound)
        if received.new:
            self.conversation = received.conversation_id
            route(tx, self.cast.around, self.conversation)

    def _answers(self, tx: Tx, one: Said) -> None:
        begun = self._begun(tx)
        citations = [{"n": n, **self.cast.citations[slug], "quote": one.quote(slug)} for n, slug in enumerate(one.cites, 1)]
        decision = "answer" if citations or "?" not in one.text else "clarify"
        data = {"citations": citations, "decision": decision, "language": self.customer.language}
        turns.say(tx, begun, one.numbered, data, decision=decision, trace={**TRACE, "decision": decision})

    def _hands_off(self, tx: Tx, one: HandedOff) -> None:
        told = one.brief
        brief = Brief(told.wants, told.known, told.tried, told.promised, told.open, told.language, told.mood)
        team = self.cast.teams[one.to]
        waits = {"code": "queue", "text": "Nobody of the team was available: it waits in their queue", "holds": True}
        turns.hand_off(
            tx,
            self._begun(tx),
            reason={"code": one.code, "text": one.reason},
            brief=asdict(brief),
            destination=Owner(OwnerKind.TEAM, team),
            destination_reasons=({**waits, "destination": {"kind": "teams", "ids": [team]}},),
            message=one.text,
            trace={**TRACE, "decision": "handoff"},
        )

    def _begun(self, tx: Tx) -> Begun:
        begun = turns.begin(tx, self.conversation)
        if begun is None:
            raise AssertionError(f"In {self.talk.id} the agent speaks although it does not hold the conversation.")
        return begun
