"""Setting up the account, teammates, teams, availability."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, func, insert, select, text, update

from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people import audit
from firstline.people.passwords import hash_password
from firstline.people.roles import permissions_of, require_not_above, require_role
from firstline.people.rules import LANGUAGES, Actor, ActorKind, Permission
from firstline.people.seats import require_seat
from firstline.people.tables import account, invitation, membership, session, team, teammate

NAME_LIMIT = 120


def set_up(
    tx: Tx,
    *,
    email: str,
    password: str,
    name: str = "",
    company: str = "",
    timezone: str = "UTC",
) -> str:
    """Create the account and its first owner; returns the owner's id.

    :raises Conflict: if the account is set up already.
    """
    tx.execute(text("lock table account in exclusive mode"))
    if tx.scalar(select(func.count()).select_from(account)):
        raise Conflict("This installation is set up already. Sign in, or ask an owner for an invitation.")
    if timezone not in available_timezones():
        raise Invalid(
            f"There is no time zone “{timezone}”. Choose one such as Europe/Berlin.",
            field="timezone",
        )
    tx.execute(
        insert(account).values(
            id="account",
            name=_name(company or "My company"),
            timezone=timezone,
            languages=list(LANGUAGES),
            created_at=tx.now,
        )
    )
    owner = add_teammate(
        tx,
        name=name or email.partition("@")[0],
        email=email,
        password=password,
        role="super_admin",
        by=Actor.system(),
    )
    emit(tx, "account.set_up", "account")
    return owner


def change_account(tx: Tx, /, *, by: Actor, **changes: Any) -> None:
    """Change name, time zone or languages of the account."""
    by.require(Permission.MANAGE_TEAMMATES)
    if "timezone" in changes and changes["timezone"] not in available_timezones():
        raise Invalid(
            f"There is no time zone “{changes['timezone']}”. Choose one such as Europe/Berlin.",
            field="timezone",
        )
    if "name" in changes:
        changes["name"] = _name(changes["name"])
    before = tx.row(select(account))
    tx.execute(update(account).values(**changes))
    audit.record(
        tx,
        by,
        "account.change",
        "account",
        before={k: getattr(before, k) for k in changes},
        after=changes,
    )


def add_teammate(
    tx: Tx,
    *,
    name: str,
    email: str,
    password: str | None,
    role: str = "teammate",
    seat: bool = True,
    title: str = "",
    by: Actor,
) -> str:
    """Add a teammate, who can sign in if a password is given; returns the id."""
    by.require(Permission.MANAGE_TEAMMATES)
    address = clean_email(email)
    require_role(tx, role, by)
    if tx.scalar(select(teammate.c.id).where(func.lower(teammate.c.email) == address.lower())):
        raise Conflict(f"{address} belongs to a teammate already.", field="email")
    if seat:
        require_seat(tx)
    added = new_id("tmt")
    values = {
        "id": added,
        "name": _name(name),
        "email": address,
        "role": role,
        "seat": seat,
        "title": title.strip(),
    }
    tx.execute(
        insert(teammate).values(
            **values,
            password_hash=hash_password(password) if password is not None else None,
            created_at=tx.now,
        )
    )
    audit.record(tx, by, "teammate.create", added, after=values)
    emit(tx, "teammate.added", added)
    return added


def change_teammate(tx: Tx, teammate_id: str, /, *, by: Actor, **changes: Any) -> None:
    """Change name, title, role, seat or password of a teammate. Own name and password need no permission.

    :raises Conflict: when it would leave the account without a super admin.
    """
    own = {"name", "title"} if by.key else {"name", "title", "password"}
    if not (by.id == teammate_id and set(changes) <= own):
        by.require(Permission.MANAGE_TEAMMATES)
    before = tx.row(select(teammate).where(teammate.c.id == teammate_id).with_for_update())
    if before is None:
        raise NotFound(f"There is no teammate {teammate_id}.")
    if by.id != teammate_id:
        require_not_above(tx, before.role, before.name, by)
    if changes.get("role", before.role) != before.role:
        require_role(tx, changes["role"], by)
    password = changes.pop("password", None)
    if before.role == "super_admin" and changes.get("role", "super_admin") != "super_admin":
        _keep_an_owner(tx, teammate_id)
    if changes.get("seat") and not before.seat:
        require_seat(tx)
    if "name" in changes:
        changes["name"] = _name(changes["name"])
    values = dict(changes)
    if password is not None:
        values["password_hash"] = hash_password(password)
        tx.execute(delete(session).where(session.c.teammate_id == teammate_id))
    if values:
        tx.execute(update(teammate).where(teammate.c.id == teammate_id).values(**values))
    audit.record(
        tx,
        by,
        "teammate.change",
        teammate_id,
        before={key: getattr(before, key) for key in changes},
        after={**changes, **({"password": "changed"} if password is not None else {})},
    )
    emit(tx, "teammate.changed", teammate_id)


def disable_teammate(tx: Tx, teammate_id: str, *, by: Actor) -> None:
    """Deactivate: take away sign-in, seat, availability and open invitations; what they wrote stays."""
    by.require(Permission.MANAGE_TEAMMATES)
    if by.id == teammate_id:
        raise Conflict("You cannot remove yourself. Another super admin can.")
    found = tx.row(select(teammate.c.role, teammate.c.name).where(teammate.c.id == teammate_id))
    if found is not None:
        require_not_above(tx, found.role, found.name, by)
    _keep_an_owner(tx, teammate_id)
    values = {"disabled_at": tx.now, "seat": False, "available": False}
    changed = tx.execute(update(teammate).where(teammate.c.id == teammate_id, teammate.c.disabled_at.is_(None)).values(**values))
    if not changed.rowcount:
        raise NotFound(f"There is no teammate {teammate_id}.")
    tx.execute(delete(session).where(session.c.teammate_id == teammate_id))
    pending = (invitation.c.accepted_at.is_(None), invitation.c.revoked_at.is_(None))
    tx.execute(update(invitation).where(invitation.c.invited_by == teammate_id, *pending).values(revoked_at=tx.now))
    audit.record(tx, by, "teammate.deactivate", teammate_id, before={"role": found.role if found else None})
    emit(tx, "teammate.deactivated", teammate_id)


def reactivate_teammate(tx: Tx, teammate_id: str, *, seat: bool = False, by: Actor) -> None:
    """Let somebody in again who was deactivated, with their role and password of before."""
    by.require(Permission.MANAGE_TEAMMATES)
    row = tx.row(select(teammate).where(teammate.c.id == teammate_id, teammate.c.disabled_at.is_not(None)).with_for_update())
    if row is None:
        raise NotFound(f"There is no deactivated teammate {teammate_id[:60]}.")
    require_role(tx, row.role, by)
    if seat:
        require_seat(tx)
    tx.execute(update(teammate).where(teammate.c.id == teammate_id).values(disabled_at=None, seat=seat, available=True))
    audit.record(tx, by, "teammate.reactivate", teammate_id, after={"role": row.role, "seat": seat})
    emit(tx, "teammate.changed", teammate_id)


def _keep_an_owner(tx: Tx, leaving: str) -> None:
    others = select(func.count()).where(
        teammate.c.role == "super_admin",
        teammate.c.disabled_at.is_(None),
        teammate.c.id != leaving,
    )
    if not tx.scalar(others):
        raise Conflict("This is the only super admin. Give the role to somebody else first.")


def set_available(tx: Tx, teammate_id: str, available: bool, *, by: Actor, why: str = "by_hand") -> None:
    """Switch a teammate between available and away (RT4); others' needs the permission for it."""
    if by.id != teammate_id:
        by.require(Permission.MANAGE_AVAILABILITY)
    changed = tx.execute(
        update(teammate)
        .where(
            teammate.c.id == teammate_id,
            teammate.c.disabled_at.is_(None),
            teammate.c.available != available,
        )
        .values(available=available, available_changed_at=tx.now)
    )
    if changed.rowcount:
        if by.kind is ActorKind.TEAMMATE and by.id != teammate_id:
            audit.record(
                tx, by, "availability.set", teammate_id, before={"available": not available}, after={"available": available}
            )
        emit(tx, "teammate.availability_changed", teammate_id, available=available, by=by.id, why=why)


def add_team(tx: Tx, name: str, members: Sequence[str] = (), *, by: Actor) -> str:
    """Create a team with its main members; returns the id."""
    by.require(Permission.MANAGE_TEAMMATES)
    name = _name(name)
    if tx.scalar(select(team.c.id).where(func.lower(team.c.name) == name.lower())):
        raise Conflict(f"There is a team “{name}” already.", field="name")
    added = new_id("tem")
    tx.execute(insert(team).values(id=added, name=name, created_at=tx.now))
    audit.record(tx, by, "team.create", added, after={"name": name})
    for member in members:
        join_team(tx, added, member, by=by)
    return added


def join_team(tx: Tx, team_id: str, teammate_id: str, *, main: bool = True, by: Actor) -> None:
    """Make a teammate a member of a team; a main team takes the place of the main team before."""
    by.require(Permission.MANAGE_TEAMMATES)
    for table, wanted in ((team, team_id), (teammate, teammate_id)):
        if not tx.scalar(select(table.c.id).where(table.c.id == wanted)):
            raise NotFound(f"There is no {table.name} {wanted}.")
    if main:
        tx.execute(update(membership).where(membership.c.teammate_id == teammate_id).values(main=False))
    tx.execute(delete(membership).where(membership.c.team_id == team_id, membership.c.teammate_id == teammate_id))
    tx.execute(insert(membership).values(team_id=team_id, teammate_id=teammate_id, main=main))
    audit.record(tx, by, "team.join", team_id, after={"teammate": teammate_id, "main": main})


def leave_team(tx: Tx, team_id: str, teammate_id: str, *, by: Actor) -> None:
    """End a membership."""
    by.require(Permission.MANAGE_TEAMMATES)
    tx.execute(delete(membership).where(membership.c.team_id == team_id, membership.c.teammate_id == teammate_id))
    audit.record(tx, by, "team.leave", team_id, after={"teammate": teammate_id})


def clean_email(email: str) -> str:
    """:raises Invalid: if it is no email address."""
    try:
        return validate_email(email.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise Invalid(f"“{email[:80]}” is no email address: {error}", field="email") from error


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid("Enter a name.", field="name")
    if len(name) > NAME_LIMIT:
        raise Invalid(
            f"The name has {len(name)} characters; {NAME_LIMIT} are the limit.",
            field="name",
        )
    return name


def actor_of(tx: Tx, teammate_id: str) -> Actor:
    """The actor a teammate is now.

    :raises NotFound: if there is none, or the teammate was removed.
    """
    found = tx.row(select(teammate).where(teammate.c.id == teammate_id, teammate.c.disabled_at.is_(None)))
    if found is None:
        raise NotFound(f"There is no teammate {teammate_id}.")
    return Actor(
        ActorKind.TEAMMATE,
        found.id,
        found.name,
        permissions_of(tx, found.role),
        found.seat,
    )
