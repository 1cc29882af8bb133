"""The teammates that automatic assignment can reach, and the owner of a contact."""

from sqlalchemy import func, select

from firstline.contacts.tables import contact
from firstline.kit.database import Tx
from firstline.people.roles import permissions_of
from firstline.people.rules import Permission
from firstline.people.tables import membership, teammate
from firstline.routing.capacity import capacities, loads
from firstline.routing.picking import Candidate
from firstline.routing.situation import Destination, DestinationKind
from firstline.routing.tables import last_assignment
from firstline.routing.workload import Capacity, Work


def contact_owner_of(tx: Tx, contact_id: str) -> str | None:
    """The teammate who owns a contact: its property ``owner_id``."""
    found = tx.scalar(select(contact.c.properties["owner_id"].astext).where(contact.c.id == contact_id))
    return str(found) if found else None


def candidates(tx: Tx, destination: Destination, contact_owner_id: str | None, work: Work) -> list[Candidate]:
    """The teammates that a destination reaches, as automatic assignment sees them for one kind of work."""
    query = (
        select(teammate, membership.c.team_id, last_assignment.c.at.label("last_assigned_at"))
        .outerjoin(membership, (membership.c.teammate_id == teammate.c.id) & membership.c.main)
        .outerjoin(last_assignment, last_assignment.c.teammate_id == teammate.c.id)
        .where(teammate.c.disabled_at.is_(None))
        .order_by(func.lower(teammate.c.name), teammate.c.id)
    )
    if destination.kind is DestinationKind.TEAMS:
        query = query.where(membership.c.team_id.in_(destination.ids))
    else:
        ids = destination.ids if destination.kind is DestinationKind.TEAMMATES else (contact_owner_id or "",)
        query = query.where(teammate.c.id.in_(ids))
    rows = tx.rows(query)
    has, limits = loads(tx, [row.id for row in rows]), capacities(tx)
    workspaces = {role: _workspaces(permissions_of(tx, role)) for role in {row.role for row in rows}}
    return [
        Candidate(
            id=row.id,
            name=row.name,
            available=row.available,
            seat=row.seat,
            workspaces=workspaces[row.role],
            main_team=row.team_id,
            load=has.get(row.id, {}).get(work, 0),
            capacity=limits.get(row.id, Capacity()).of(work),
            last_assigned_at=row.last_assigned_at,
        )
        for row in rows
    ]


def _workspaces(allowed: frozenset[Permission]) -> frozenset[str]:
    both = (("inbox", Permission.USE_INBOX), ("help_desk", Permission.USE_HELP_DESK))
    return frozenset(workspace for workspace, permission in both if permission in allowed)
