"""Questions about people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, or_, select

from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.people.roles import Role
from firstline.people.rules import LANGUAGES, PERMISSION_NAMES
from firstline.people.tables import account, api_key, membership, session, team, teammate


@dataclass(frozen=True)
class Teammate:
    """A human who uses Firstline."""

    id: str
    name: str
    email: str
    title: str
    role: str
    seat: bool
    available: bool
    created_at: datetime
    disabled: bool

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        words = self.name.split()
        return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()


@dataclass(frozen=True)
class Team:
    """Teammates who share work."""

    id: str
    name: str
    main_members: tuple[str, ...]
    members: tuple[str, ...]


@dataclass(frozen=True)
class Account:
    """The company."""

    name: str
    timezone: str
    languages: tuple[str, ...]
    second_factor_required: bool = False


def is_set_up(tx: Tx) -> bool:
    """Whether the account exists."""
    return bool(tx.scalar(select(func.count()).select_from(account)))


def the_account(tx: Tx) -> Account:
    """The company that runs this installation; before set-up, one with neutral values."""
    row = tx.row(select(account))
    if row is None:
        return Account("", "UTC", LANGUAGES)
    return Account(row.name, row.timezone, tuple(row.languages), row.second_factor_required)


def teammates(tx: Tx, *, with_removed: bool = False) -> Sequence[Teammate]:
    """Teammates by name."""
    query = select(teammate).order_by(func.lower(teammate.c.name), teammate.c.id)
    return [_teammate(row) for row in tx.rows(query if with_removed else query.where(teammate.c.disabled_at.is_(None)))]


def is_here(tx: Tx, teammate_id: str) -> bool:
    """Whether there is such a teammate who was not removed."""
    here = select(teammate.c.id).where(teammate.c.id == teammate_id, teammate.c.disabled_at.is_(None))
    return tx.scalar(here) is not None


def teammate_of(tx: Tx, teammate_id: str) -> Teammate:
    """One teammate, removed ones too.

    :raises NotFound: if there is none.
    """
    row = tx.row(select(teammate).where(teammate.c.id == teammate_id))
    if row is None:
        raise NotFound(f"There is no teammate {teammate_id}.")
    return _teammate(row)


def teams(tx: Tx) -> Sequence[Team]:
    """Teams by name, with their members."""
    members = tx.rows(select(membership).order_by(membership.c.teammate_id))
    return [
        Team(
            row.id,
            row.name,
            tuple(m.teammate_id for m in members if m.team_id == row.id and m.main),
            tuple(m.teammate_id for m in members if m.team_id == row.id),
        )
        for row in tx.rows(select(team).order_by(func.lower(team.c.name)))
    ]


def api_keys(tx: Tx) -> Sequence[Row[Any]]:
    """Keys that work, newest first, with the name of whom they act for."""
    query = (
        select(api_key, teammate.c.name.label("acts_for"))
        .join(teammate, teammate.c.id == api_key.c.teammate_id)
        .where(api_key.c.revoked_at.is_(None), or_(api_key.c.expires_at.is_(None), api_key.c.expires_at > tx.now))
        .order_by(api_key.c.id.desc())
    )
    return tx.rows(query)


def seats(tx: Tx) -> int:
    """How many seats are assigned."""
    return int(tx.scalar(select(func.count()).where(teammate.c.seat, teammate.c.disabled_at.is_(None))) or 0)


def has_password(tx: Tx, teammate_id: str) -> bool:
    """Whether a teammate can sign in with a password."""
    return tx.scalar(select(teammate.c.password_hash).where(teammate.c.id == teammate_id)) is not None


def second_factor_of(tx: Tx, teammate_id: str) -> datetime | None:
    """Since when a teammate has a second factor, None without one."""
    since: datetime | None = tx.scalar(select(teammate.c.totp_since).where(teammate.c.id == teammate_id))
    return since


def with_second_factor(tx: Tx) -> frozenset[str]:
    """The teammates who have a second factor."""
    return frozenset(tx.execute(select(teammate.c.id).where(teammate.c.totp_since.is_not(None))).scalars())


def method_of(tx: Tx, session_id: str) -> str:
    """How a session was opened: password or sso."""
    return str(tx.scalar(select(session.c.method).where(session.c.id == session_id)) or "password")


def _teammate(row: Row[Any]) -> Teammate:
    return Teammate(
        row.id,
        row.name,
        row.email,
        row.title,
        row.role,
        row.seat,
        row.available,
        row.created_at,
        row.disabled_at is not None,
    )


def as_json(mate: Teammate) -> dict[str, Any]:
    """A teammate as REST shows it."""
    return {
        "id": mate.id,
        "name": mate.name,
        "email": mate.email,
        "title": mate.title,
        "role": mate.role,
        "seat": mate.seat,
        "available": mate.available,
        "created_at": mate.created_at,
    }


def team_as_json(found: Team) -> dict[str, Any]:
    """A team as REST shows it."""
    return {
        "id": found.id,
        "name": found.name,
        "members": list(found.members),
        "main_members": list(found.main_members),
    }


def role_as_json(role: Role) -> dict[str, Any]:
    """A role as REST shows it."""
    return {
        "id": role.id,
        "name": role.name,
        "built_in": role.built_in,
        "teammates": role.holders,
        "permissions": [{"id": item.value, "name": PERMISSION_NAMES[item]} for item in sorted(role.permissions)],
    }


def key_as_json(row: Row[Any]) -> dict[str, Any]:
    """An API key as REST shows it; the key itself is not kept."""
    return {
        "id": row.id,
        "name": row.name,
        "hint": row.hint,
        "scopes": row.scopes,
        "teammate_id": row.teammate_id,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "expires_at": row.expires_at,
    }
