"""Who of the people gets a conversation: a teammate, a team's queue, or nobody; and who waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from firstline.conversations.ownership import Reason, set_owner
from firstline.conversations.record import locked
from firstline.conversations.rules import NOBODY, Conversation, EntryKind, Owner, OwnerKind
from firstline.conversations.tables import entry
from firstline.kit.database import Event, Tx
from firstline.people.rules import Actor
from firstline.routing.candidates import candidates, contact_owner_of
from firstline.routing.capacity import work_on
from firstline.routing.destinations import names_of
from firstline.routing.picking import Pick, PickKind, pick
from firstline.routing.queries import deployed_on, routing_of
from firstline.routing.rules import Offer, first_reachable
from firstline.routing.situation import Destination
from firstline.routing.tables import last_assignment, waiting

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(:key)")
_ASSIGNING = 0x66690013
"""The advisory lock under which teammates are picked, so that a rush does not all go to the same one."""


@dataclass(frozen=True)
class Receiver:
    """Who gets it now, and why. ``available`` is whether a teammate was found; else it waits, or is nobody's."""

    owner: Owner
    reasons: tuple[Reason, ...]
    available: bool


def receiver_of(tx: Tx, found: Conversation, destination: Destination) -> Receiver:
    """The owner that a destination means now. Where it waits, the reason carries the destination: see :func:`note_assignment`."""
    owner_id = contact_owner_of(tx, found.contact_id)
    names = names_of(tx, destination.ids)
    able = candidates(tx, destination, owner_id, work_on(tx, found.channel_account_id))
    chosen = pick(destination, able, found.workspace, contact_owner_id=owner_id, names=names)
    return _received(chosen, destination)


def _received(chosen: Pick, destination: Destination) -> Receiver:
    owner = {
        PickKind.TEAMMATE: Owner(OwnerKind.TEAMMATE, chosen.id),
        PickKind.TEAM: Owner(OwnerKind.TEAM, chosen.id),
        PickKind.NOBODY: NOBODY,
    }[chosen.kind]
    reasons = [reason.to_json() for reason in chosen.reasons]
    if chosen.waits:
        reasons[-1]["destination"] = destination.to_json()
    return Receiver(owner, tuple(reasons), chosen.kind is PickKind.TEAMMATE)


def receiver_of_handoff(tx: Tx, found: Conversation, destination: Mapping[str, Any] | None) -> Receiver:
    """Who gets what the agent hands over: the destination of the *Human handoff* page, else the deployment's fallback
    assignment, else the account's routing, else nobody (HO3, RT2). Changes nothing."""
    deployment = deployed_on(tx, found.channel_account_id)
    settings = (
        ("handoff_rules", "Human handoff page", Destination.from_json(destination) if destination else None),
        ("fallback", "Fallback assignment", deployment.fallback if deployment else None),
        ("account_routing", "Routing of the channel", routing_of(tx, found.channel_account_id)),
    )
    offers: list[Offer] = [(code, whose, chosen) for code, whose, chosen in settings if chosen is not None]
    owner_id = contact_owner_of(tx, found.contact_id)
    named = [id_ for _, _, chosen in offers for id_ in chosen.ids]
    reached, looked = first_reachable(offers, names_of(tx, [*named, *([owner_id] if owner_id else [])]), owner_id)
    reasons = tuple(reason.to_json() for reason in looked)
    if reached is None:
        return Receiver(
            NOBODY, (*reasons, {"code": "unassigned", "text": "No routing is left: it stays unassigned", "holds": True}), False
        )
    receiver = receiver_of(tx, found, reached)
    return Receiver(receiver.owner, (*reasons, *receiver.reasons), receiver.available)


def receiver_instead(tx: Tx, found: Conversation, destination: Destination, *, of: str) -> Receiver:
    """Who else among those a destination reaches gets it now, instead of a teammate who does not answer."""
    others = [one for one in candidates(tx, destination, None, work_on(tx, found.channel_account_id)) if one.id != of]
    return _received(pick(destination, others, found.workspace, names=names_of(tx, destination.ids)), destination)


def assigning(tx: Tx) -> None:
    """Wait for others who are picking a teammate. Taken after the conversation's lock, held until the transaction ends."""
    tx.execute(_ONE_AT_A_TIME, {"key": _ASSIGNING})


def note_assignment(tx: Tx, event: Event) -> None:
    """Follows ``conversation.assigned``: keeps the round of round robin, and the list of those who wait."""
    tx.execute(delete(waiting).where(waiting.c.conversation_id == event.subject))
    if event.data["kind"] == OwnerKind.TEAMMATE:
        row = {"teammate_id": event.data["id"], "at": tx.now}
        tx.execute(upsert(last_assignment).values(**row).on_conflict_do_update(index_elements=["teammate_id"], set_=row))
    elif event.data["kind"] in (OwnerKind.TEAM, OwnerKind.NOBODY) and (destination := _waits_for(tx, event.subject)):
        tx.execute(
            upsert(waiting).values(
                conversation_id=event.subject, destination=destination, epoch=event.data["epoch"], since=tx.now
            )
        )


def _waits_for(tx: Tx, conversation_id: str) -> Mapping[str, Any] | None:
    """The destination in the reasons of the last assignment."""
    data = tx.scalar(
        select(entry.c.data)
        .where(entry.c.conversation_id == conversation_id, entry.c.kind == EntryKind.ASSIGNMENT.value)
        .order_by(entry.c.seq.desc())
        .limit(1)
    )
    return next((reason["destination"] for reason in data["reasons"] if "destination" in reason), None)


def assign_waiting(tx: Tx, conversation_id: str) -> bool:
    """Give a conversation that waits to somebody who can take it now (RT3). Returns whether it waits no longer."""
    found = locked(tx, conversation_id)
    row = tx.row(select(waiting).where(waiting.c.conversation_id == conversation_id))
    if row is None:
        return True
    if found.status != "open" or found.epoch != row.epoch:
        tx.execute(delete(waiting).where(waiting.c.conversation_id == conversation_id))
        return True
    if found.snoozed_until is not None:
        return True  # put off since the queue was read: it waits, and says nothing about who could take the others
    assigning(tx)
    receiver = receiver_of(tx, found, Destination.from_json(row.destination))
    if not receiver.available:
        return False
    waited = {"code": "waited", "text": f"Waited {_minutes((tx.now - row.since).total_seconds())}", "holds": True}
    set_owner(tx, found, receiver.owner, Actor.system(), (waited, *receiver.reasons))
    return True


def _minutes(seconds: float) -> str:
    minutes = int(seconds // 60)
    return "less than a minute" if minutes < 1 else "1 minute" if minutes == 1 else f"{minutes} minutes"
