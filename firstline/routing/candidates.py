"""The teammates that automatic assignment can reach, and the owner of a contact."""

from sqlalchemy import func, select

from firstline.contacts.tables import contact
from firstline.conversations.tables import conversation
from firstline.kit.database import Tx
from firstline.people.rules import ROLES, Permission
from firstline.people.tables import membership, teammate
from firstline.routing.picking import Candidate
from firstline.routing.situation import Destination, DestinationKind
from firstline.routing.tables import last_assignment


def contact_owner_of(tx: Tx, contact_id: str) -> str | None:
    """The teammate who owns a contact: its property ``owner_id``."""
    found = tx.scalar(select(contact.c.properties["owner_id"].astext).where(contact.c.id == contact_id))
    return str(found) if found else None


def candidates(tx: Tx, destination: Destination, contact_owner_id: str | None) -> list[Candidate]:
    """The teammates that a destination reaches, as automatic assignment sees them."""
    load = (
        select(conversation.c.owner_id, func.count().label("load"))
        .where(conversation.c.status == "open", conversation.c.owner_kind == "teammate")
        .group_by(conversation.c.owner_id)
        .subquery()
    )
    query = (
        select(teammate, membership.c.team_id, load.c.load, last_assignment.c.at.label("last_assigned_at"))
        .outerjoin(membership, (membership.c.teammate_id == teammate.c.id) & membership.c.main)
        .outerjoin(load, load.c.owner_id == teammate.c.id)
        .outerjoin(last_assignment, last_assignment.c.teammate_id == teammate.c.id)
        .where(teammate.c.disabled_at.is_(None))
        .order_by(func.lower(teammate.c.name), teammate.c.id)
    )
    if destination.kind is DestinationKind.TEAMS:
        query = query.where(membership.c.team_id.in_(destination.ids))
    else:
        ids = destination.ids if destination.kind is DestinationKind.TEAMMATES else (contact_owner_id or "",)
        query = query.where(teammate.c.id.in_(ids))
    return [
        Candidate(
            id=row.id,
            name=row.name,
            available=row.available,
            seat=row.seat,
            workspaces=_workspaces(row.role),
            main_team=row.team_id,
            load=row.load or 0,
            last_assigned_at=row.last_assigned_at,
        )
        for row in tx.rows(query)
    ]


def _workspaces(role: str) -> frozenset[str]:
    allowed = ROLES.get(role, frozenset())
    both = (("inbox", Permission.USE_INBOX), ("help_desk", Permission.USE_HELP_DESK))
    return frozenset(workspace for workspace, permission in both if permission in allowed)
