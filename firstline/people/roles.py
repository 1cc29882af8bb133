"""Roles: the built-in ones, and those the account made for itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, insert, select, update

from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Forbidden, Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people import audit
from firstline.people.rules import ALL, PERMISSION_NAMES, ROLE_NAMES, ROLES, Actor, Permission
from firstline.people.tables import invitation, role, sign_on, teammate

NAME_LIMIT = 60


@dataclass(frozen=True)
class Role:
    """A role with what it allows; ``holders`` are the teammates who have it."""

    id: str
    name: str
    permissions: frozenset[Permission]
    built_in: bool
    holders: int = 0


def known(values: Collection[object]) -> frozenset[Permission]:
    """The permissions among stored words; one that a later release removed is passed over."""
    return frozenset(one for one in Permission if one.value in values)


def permissions_of(tx: Tx, role_id: str) -> frozenset[Permission]:
    """What a role allows; nothing if there is no such role."""
    if role_id in ROLES:
        return ROLES[role_id]
    stored = tx.scalar(select(role.c.permissions).where(role.c.id == role_id))
    return known(stored) if stored is not None else frozenset()


def all_roles(tx: Tx) -> Sequence[Role]:
    """Built-in roles first, then the account's own by name."""
    counted = {
        row.role: int(row.holders)
        for row in tx.rows(
            select(teammate.c.role, func.count().label("holders"))
            .where(teammate.c.disabled_at.is_(None))
            .group_by(teammate.c.role)
        )
    }
    built_in = [Role(id_, ROLE_NAMES[id_], allowed, True, counted.get(id_, 0)) for id_, allowed in ROLES.items()]
    own = tx.rows(select(role).order_by(func.lower(role.c.name)))
    return [*built_in, *(Role(row.id, row.name, known(row.permissions), False, counted.get(row.id, 0)) for row in own)]


def role_of(tx: Tx, role_id: str) -> Role:
    """One role.

    :raises NotFound: if there is none.
    """
    found = next((one for one in all_roles(tx) if one.id == role_id), None)
    if found is None:
        raise NotFound(f"There is no role {role_id[:60]}.")
    return found


def role_names(tx: Tx) -> dict[str, str]:
    """The name of each role by its id."""
    return {one.id: one.name for one in all_roles(tx)}


def require_role(tx: Tx, role_id: str, by: Actor) -> None:
    """Whether somebody may hand out a role: it exists, and allows nothing that they lack themselves.

    :raises Invalid: if there is no such role.
    :raises Forbidden: if it allows more than the actor may.
    """
    names = role_names(tx)
    if role_id not in names:
        raise Invalid(f"There is no role “{role_id[:60]}”. Choose one of {', '.join(names)}.", field="role")
    _not_beyond(tx, permissions_of(tx, role_id), by)


def require_not_above(tx: Tx, role_id: str, name: str, by: Actor) -> None:
    """Nobody gets at the account of somebody who may more.

    :raises Forbidden: if the role allows what the actor may not.
    """
    if permissions_of(tx, role_id) - _own_permissions(tx, by):
        raise Forbidden(f"{name} may more than you, so you cannot change them. A super admin can.")


def _own_permissions(tx: Tx, by: Actor) -> frozenset[Permission]:
    """What the actor may; an API key gives what its teammate may give, its scopes limit what it does."""
    if not by.key:
        return by.permissions
    return permissions_of(tx, tx.scalar(select(teammate.c.role).where(teammate.c.id == by.id)) or "")


def _not_beyond(tx: Tx, wanted: frozenset[Permission], by: Actor) -> None:
    if beyond := wanted - _own_permissions(tx, by):
        names = ", ".join(f"“{PERMISSION_NAMES[one]}”" for one in Permission if one in beyond)
        raise Forbidden(f"You cannot give what you do not have: {names}. A super admin can.")


def create_role(tx: Tx, name: str, permissions: Collection[str], *, by: Actor) -> str:
    """Make a role of one's own; returns its id."""
    by.require(Permission.MANAGE_SECURITY)
    name, wanted = _name(tx, name), _permissions(permissions)
    _not_beyond(tx, wanted, by)
    made = new_id("rol")
    values = {"name": name, "permissions": sorted(wanted)}
    tx.execute(insert(role).values(id=made, created_at=tx.now, **values))
    audit.record(tx, by, "role.create", made, after=values)
    return made


def change_role(tx: Tx, role_id: str, *, name: str | None = None, permissions: Collection[str] | None = None, by: Actor) -> None:
    """Change a role of one's own; it holds for everybody who has it, from their next request."""
    by.require(Permission.MANAGE_SECURITY)
    before = _own(tx, role_id)
    _not_beyond(tx, before.permissions, by)
    wanted = before.permissions if permissions is None else _permissions(permissions)
    _not_beyond(tx, wanted, by)
    values = {"name": before.name if name is None else _name(tx, name, but=role_id), "permissions": sorted(wanted)}
    tx.execute(update(role).where(role.c.id == role_id).values(**values))
    audit.record(
        tx, by, "role.change", role_id, before={"name": before.name, "permissions": sorted(before.permissions)}, after=values
    )
    for mate in tx.rows(select(teammate.c.id).where(teammate.c.role == role_id, teammate.c.disabled_at.is_(None))):
        emit(tx, "teammate.changed", mate.id)


def delete_role(tx: Tx, role_id: str, *, by: Actor) -> None:
    """Delete a role of one's own.

    :raises Conflict: while somebody has it.
    """
    by.require(Permission.MANAGE_SECURITY)
    before = _own(tx, role_id)
    holders = tx.rows(select(teammate.c.name).where(teammate.c.role == role_id, teammate.c.disabled_at.is_(None)))
    if holders:
        who = ", ".join(one.name for one in holders[:3]) + ("…" if len(holders) > 3 else "")
        raise Conflict(f"{who} still {'has' if len(holders) == 1 else 'have'} the role “{before.name}”. Give them another first.")
    still_open = (invitation.c.accepted_at.is_(None), invitation.c.revoked_at.is_(None))
    if tx.scalar(select(invitation.c.id).where(invitation.c.role == role_id, *still_open)):
        raise Conflict(f"Somebody is invited as “{before.name}”. Revoke the invitation first.")
    if tx.scalar(select(sign_on.c.id).where(sign_on.c.default_role == role_id)):
        raise Conflict(f"Single sign-on gives “{before.name}” to new teammates. Choose another role there first.")
    tx.execute(update(teammate).where(teammate.c.role == role_id).values(role="teammate"))
    tx.execute(delete_rows(role).where(role.c.id == role_id))
    audit.record(tx, by, "role.delete", role_id, before={"name": before.name, "permissions": sorted(before.permissions)})


def _own(tx: Tx, role_id: str) -> Role:
    found = role_of(tx, role_id)
    if found.built_in:
        raise Conflict(f"“{found.name}” is built in and stays as it is. Create a role of your own instead.")
    return found


def _name(tx: Tx, name: str, *, but: str = "") -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME_LIMIT:
        raise Invalid(f"Give the role a name of 1 to {NAME_LIMIT} characters.", field="name")
    same = tx.scalar(select(role.c.id).where(func.lower(role.c.name) == name.lower(), role.c.id != but))
    if same or name.lower() in {one.lower() for one in ROLE_NAMES.values()}:
        raise Conflict(f"There is a role “{name}” already.", field="name")
    return name


def _permissions(wanted: Collection[str]) -> frozenset[Permission]:
    unknown = sorted(set(wanted) - {one.value for one in ALL})
    if unknown:
        raise Invalid(f"There is no permission “{unknown[0][:60]}”. Choose from {', '.join(sorted(ALL))}.", field="permissions")
    if not wanted:
        raise Invalid("Choose at least one permission.", field="permissions")
    return known(wanted)
