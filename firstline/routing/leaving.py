"""What happens to the conversations of a teammate who was deactivated: they go to their main team, or to nobody."""

from typing import Any

from sqlalchemy import select

from firstline.conversations.ownership import set_owner
from firstline.conversations.record import locked
from firstline.conversations.rules import NOBODY, Owner, OwnerKind
from firstline.conversations.tables import conversation
from firstline.kit.database import Tx
from firstline.people.rules import Actor
from firstline.people.tables import membership, teammate
from firstline.routing.situation import Destination, DestinationKind


def release_conversations_of(tx: Tx, teammate_id: str) -> int:
    """Give the open conversations of somebody who left to the queue of their main team; returns how many."""
    c = conversation.c
    held = select(c.id).where(c.status == "open", c.owner_kind == OwnerKind.TEAMMATE, c.owner_id == teammate_id).order_by(c.id)
    team_id = tx.scalar(select(membership.c.team_id).where(membership.c.teammate_id == teammate_id, membership.c.main))
    name = tx.scalar(select(teammate.c.name).where(teammate.c.id == teammate_id))
    owner = Owner(OwnerKind.TEAM, team_id) if team_id else NOBODY
    ids = tx.execute(held).scalars().all()
    for id_ in ids:
        found = locked(tx, id_)
        if found.owner == Owner(OwnerKind.TEAMMATE, teammate_id):
            set_owner(tx, found, owner, Actor.system(), [_reason(str(name), team_id)])
    return len(ids)


def _reason(name: str, team_id: str | None) -> dict[str, Any]:
    reason: dict[str, Any] = {"code": "owner_left", "text": f"{name} was deactivated", "holds": True}
    if team_id:
        reason["destination"] = Destination(DestinationKind.TEAMS, (team_id,)).to_json()
    return reason
