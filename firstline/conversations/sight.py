"""Which conversations somebody may see: by workspace, and by team for whoever may not see other teams' work."""

from sqlalchemy import ColumnElement, and_, or_, select, true

from firstline.conversations.tables import conversation
from firstline.people.rules import Actor, Permission
from firstline.people.tables import membership


def workspaces_of(viewer: Actor) -> tuple[str, ...]:
    """The workspaces whose conversations somebody may see."""
    allowed = []
    if viewer.may(Permission.USE_INBOX):
        allowed.append("inbox")
    if viewer.may(Permission.USE_HELP_DESK):
        allowed.append("help_desk")
    return tuple(allowed)


def seen_by(viewer: Actor) -> ColumnElement[bool]:
    """The condition under which a row of ``conversation`` may be shown to somebody; every query for people uses it."""
    return and_(conversation.c.workspace.in_(workspaces_of(viewer)), _theirs(viewer))


def _theirs(viewer: Actor) -> ColumnElement[bool]:
    """Everything, or what belongs to the viewer, to their teams, or to members of their teams."""
    if viewer.may(Permission.SEE_ALL):
        return true()
    c = conversation.c
    teams = select(membership.c.team_id).where(membership.c.teammate_id == viewer.id)
    mates = select(membership.c.teammate_id).where(membership.c.team_id.in_(teams))
    return or_(
        and_(c.owner_kind == "team", c.owner_id.in_(teams)),
        and_(c.owner_kind == "teammate", or_(c.owner_id == viewer.id, c.owner_id.in_(mates))),
    )
