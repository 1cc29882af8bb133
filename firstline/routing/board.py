"""What managers watch: who has how much to do and how much room, and what waits in which queue, since when (RT3, RT5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from firstline.contacts.tables import contact
from firstline.conversations.sight import seen_by
from firstline.conversations.tables import conversation
from firstline.kit.database import Tx
from firstline.people import queries as people
from firstline.people.availability.queries import Presence, presences
from firstline.people.queries import Team
from firstline.people.rules import Actor
from firstline.routing.capacity import capacities, loads
from firstline.routing.picking import Candidate, obstacle
from firstline.routing.situation import Destination
from firstline.routing.tables import waiting
from firstline.routing.workload import Capacity, Work


@dataclass(frozen=True)
class Desk:
    """A teammate's place: presence, seat, teams (the main one first), open conversations and limits by kind."""

    presence: Presence
    seat: bool
    teams: tuple[str, ...]
    load: Mapping[Work, int]
    capacity: Capacity

    def full(self, work: Work) -> bool:
        """Whether automatic assignment leaves this teammate out for this kind."""
        mate = Candidate(
            self.presence.id, self.presence.name, True, True, frozenset({"inbox"}), None, self.load[work], self.capacity.of(work)
        )
        return obstacle(mate, "inbox") is not None


@dataclass(frozen=True)
class Waits:
    """A conversation that no teammate and no agent has. ``destination`` is for whom it waits; None: for anybody by hand."""

    conversation_id: str
    subject: str
    customer: str
    workspace: str
    channel_account_id: str
    team_id: str | None
    since: datetime
    destination: Destination | None


@dataclass(frozen=True)
class Queue:
    """A team's queue, or without a team all that is unassigned; the longest waiting first."""

    team_id: str | None
    name: str
    available: int
    members: int
    waits: tuple[Waits, ...]

    @property
    def longest_since(self) -> datetime | None:
        """Since when the first has waited."""
        return self.waits[0].since if self.waits else None


def desks(tx: Tx) -> Sequence[Desk]:
    """Everybody who works here, by name."""
    has, limits = loads(tx), capacities(tx)
    mates = {mate.id: mate for mate in people.teammates(tx)}
    teams = people.teams(tx)
    return [
        Desk(
            presence=one,
            seat=mates[one.id].seat,
            teams=_teams_of(one.id, teams),
            load={work: has.get(one.id, {}).get(work, 0) for work in Work},
            capacity=limits.get(one.id, Capacity()),
        )
        for one in presences(tx)
        if one.id in mates
    ]


def _teams_of(teammate_id: str, teams: Sequence[Team]) -> tuple[str, ...]:
    mine = [team for team in teams if teammate_id in team.members]
    return tuple(team.name for team in sorted(mine, key=lambda team: teammate_id not in team.main_members))


def queues(tx: Tx, viewer: Actor) -> Sequence[Queue]:
    """Each team's queue by name, then what is unassigned, with the conversations that the viewer may see."""
    waits = _waits(tx, viewer)
    here = {one.id: one.available for one in presences(tx)}
    found = []
    for team in people.teams(tx):
        main = [here[id_] for id_ in team.main_members if id_ in here]
        mine = tuple(one for one in waits if one.team_id == team.id)
        found.append(Queue(team.id, team.name, sum(main), len(main), mine))
    unassigned = tuple(one for one in waits if one.team_id is None)
    return [*found, Queue(None, "Unassigned", sum(here.values()), len(here), unassigned)]


def _waits(tx: Tx, viewer: Actor) -> list[Waits]:
    query = (
        select(conversation, contact.c.name, contact.c.email, waiting.c.since, waiting.c.destination)
        .join(contact, contact.c.id == conversation.c.contact_id)
        .outerjoin(waiting, (waiting.c.conversation_id == conversation.c.id) & (waiting.c.epoch == conversation.c.epoch))
        .where(conversation.c.status == "open", conversation.c.owner_kind.in_(["team", "nobody"]))
        .where(conversation.c.routing.is_not(None) | (conversation.c.epoch > 0), seen_by(viewer))
    )
    found = [
        Waits(
            conversation_id=row.id,
            subject=row.subject or row.preview,
            customer=row.name or row.email or "",
            workspace=row.workspace,
            channel_account_id=row.channel_account_id,
            team_id=row.owner_id if row.owner_kind == "team" else None,
            since=row.since or row.owner_since,
            destination=Destination.from_json(row.destination) if row.destination else None,
        )
        for row in tx.rows(query)
    ]
    return sorted(found, key=lambda one: (one.since, one.conversation_id))


def desk_as_json(desk: Desk) -> dict[str, Any]:
    """As REST shows it."""
    return {
        "teammate_id": desk.presence.id,
        "name": desk.presence.name,
        "available": desk.presence.available,
        "since": desk.presence.since,
        "seat": desk.seat,
        "teams": list(desk.teams),
        "open": {work.value: count for work, count in desk.load.items()},
        "capacity": desk.capacity.to_json(),
    }


def queue_as_json(queue: Queue) -> dict[str, Any]:
    """As REST shows it."""
    return {
        "team_id": queue.team_id,
        "name": queue.name,
        "available": queue.available,
        "members": queue.members,
        "length": len(queue.waits),
        "longest_since": queue.longest_since,
        "conversations": [
            {
                "conversation_id": one.conversation_id,
                "subject": one.subject,
                "since": one.since,
                "waits_for": one.destination.to_json() if one.destination else None,
            }
            for one in queue.waits
        ],
    }
