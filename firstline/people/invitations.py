"""Invitations by mail: signed, good for a week, once; sent again they replace the ones before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid, NotFound, Unauthenticated
from firstline.kit.ids import new_id
from firstline.kit.secrets import Keyring
from firstline.people import audit
from firstline.people.commands import add_teammate, clean_email, join_team
from firstline.people.notices import notify
from firstline.people.roles import require_role, role_names
from firstline.people.rules import Actor, Permission
from firstline.people.seats import require_seat, seats
from firstline.people.tables import account, invitation, team, teammate

LASTS = timedelta(days=7)
PURPOSE = "invitation"
GONE = "This invitation was used, revoked or replaced by a newer one, or it has expired. Ask for another."
_OPEN = (invitation.c.accepted_at.is_(None), invitation.c.revoked_at.is_(None))


@dataclass(frozen=True)
class Invited:
    """An invitation and the link that accepts it."""

    id: str
    link: str


def invite(
    tx: Tx,
    keyring: Keyring,
    base_url: str,
    *,
    email: str,
    name: str = "",
    role: str = "teammate",
    seat: bool = True,
    team_id: str | None = None,
    by: Actor,
) -> Invited:
    """Invite somebody by mail.

    :raises Conflict: if the address belongs to a teammate, is invited already, or no seat is free.
    """
    by.require(Permission.MANAGE_TEAMMATES)
    address = clean_email(email)
    require_role(tx, role, by)
    if len(name) > 120:
        raise Invalid("The name has more than 120 characters.", field="name")
    if team_id and not tx.scalar(select(team.c.id).where(team.c.id == team_id)):
        raise NotFound(f"There is no team {team_id[:60]}.")
    if tx.scalar(select(teammate.c.id).where(func.lower(teammate.c.email) == address.lower())):
        raise Conflict(f"{address} belongs to a teammate already.", field="email")
    if tx.scalar(select(invitation.c.id).where(func.lower(invitation.c.email) == address.lower(), *_OPEN)):
        raise Conflict(f"{address} is invited already. Send that invitation again, or revoke it.", field="email")
    if seat:
        require_seat(tx)
    made = new_id("inv")
    values = {"email": address, "name": " ".join(name.split()), "role": role, "seat": seat, "team_id": team_id or None}
    moments = {"created_at": tx.now, "sent_at": tx.now, "expires_at": tx.now + LASTS}
    tx.execute(insert(invitation).values(id=made, invited_by=by.id, **moments, **values))
    audit.record(tx, by, "invitation.create", made, after=values)
    return _send(tx, keyring, base_url, made, by)


def link_of(tx: Tx, keyring: Keyring, base_url: str, invitation_id: str, *, by: Actor) -> str:
    """The link of an open invitation, to hand over by another way than mail."""
    by.require(Permission.MANAGE_TEAMMATES)
    row = _open(tx, invitation_id)
    require_role(tx, row.role, by)
    audit.record(tx, by, "invitation.make_link", invitation_id)
    return _link(keyring, base_url, row)


def send_again(tx: Tx, keyring: Keyring, base_url: str, invitation_id: str, *, by: Actor) -> Invited:
    """A new link for another week; the one before stops working."""
    by.require(Permission.MANAGE_TEAMMATES)
    row = _open(tx, invitation_id)
    require_role(tx, row.role, by)
    renewed = {"version": invitation.c.version + 1, "sent_at": tx.now, "expires_at": tx.now + LASTS}
    tx.execute(update(invitation).where(invitation.c.id == invitation_id).values(**renewed))
    audit.record(tx, by, "invitation.send_again", invitation_id)
    return _send(tx, keyring, base_url, invitation_id, by)


def revoke(tx: Tx, invitation_id: str, *, by: Actor) -> None:
    """Take an invitation back."""
    by.require(Permission.MANAGE_TEAMMATES)
    row = _open(tx, invitation_id)
    tx.execute(update(invitation).where(invitation.c.id == invitation_id).values(revoked_at=tx.now))
    audit.record(tx, by, "invitation.revoke", invitation_id, before={"email": row.email})


def behind(tx: Tx, keyring: Keyring, token: str) -> Row[Any]:
    """The invitation a link stands for, locked.

    :raises Unauthenticated: if it is forged, replaced, used, revoked or expired.
    """
    value = keyring.read(PURPOSE, token)
    if not (isinstance(value, list) and len(value) == 2 and all(isinstance(one, str | int) for one in value)):
        raise Unauthenticated(GONE)
    row = tx.row(select(invitation).where(invitation.c.id == str(value[0]), *_OPEN).with_for_update())
    if row is None or row.version != value[1] or row.expires_at <= tx.now:
        raise Unauthenticated(GONE)
    return row


def accept(tx: Tx, keyring: Keyring, token: str, *, name: str, password: str | None) -> str:
    """Become a teammate; returns the id. Whoever finds no seat free any more joins without one."""
    row = behind(tx, keyring, token)
    tx.execute(update(invitation).where(invitation.c.id == row.id).values(accepted_at=tx.now))
    return _join(tx, row, name=name, password=password)


def join_by_sign_on(tx: Tx, row: Row[Any], *, name: str) -> str:
    """The same for whoever comes by single sign-on, and needs no password."""
    tx.execute(update(invitation).where(invitation.c.id == row.id).values(accepted_at=tx.now))
    return _join(tx, row, name=(row.name or name)[:120], password=None)


def _join(tx: Tx, row: Row[Any], *, name: str, password: str | None) -> str:
    """Make the teammate that an invitation is for."""
    role = row.role if row.role in role_names(tx) else "teammate"
    seat = row.seat and seats(tx).left != 0
    by = Actor.system()
    added = add_teammate(tx, name=name, email=row.email, password=password, role=role, seat=seat, by=by)
    if row.team_id:
        join_team(tx, row.team_id, added, by=by)
    audit.record(tx, by, "invitation.accept", row.id, after={"teammate": added, "email": row.email})
    return added


def open_invitations(tx: Tx) -> Sequence[Row[Any]]:
    """Invitations that can be accepted or have expired, newest first."""
    return tx.rows(select(invitation).where(*_OPEN).order_by(invitation.c.created_at.desc()))


def open_for(tx: Tx, email: str) -> Row[Any] | None:
    """The open invitation of an address, for whoever comes by single sign-on."""
    mine = select(invitation).where(func.lower(invitation.c.email) == email.lower(), invitation.c.expires_at > tx.now, *_OPEN)
    return tx.row(mine.with_for_update())


def _open(tx: Tx, invitation_id: str) -> Row[Any]:
    row = tx.row(select(invitation).where(invitation.c.id == invitation_id, *_OPEN).with_for_update())
    if row is None:
        raise NotFound("There is no such open invitation: it was accepted or revoked.")
    return row


def _link(keyring: Keyring, base_url: str, row: Row[Any]) -> str:
    return f"{base_url}/invitation/{keyring.sign(PURPOSE, [row.id, row.version])}"


def _send(tx: Tx, keyring: Keyring, base_url: str, invitation_id: str, by: Actor) -> Invited:
    row = _open(tx, invitation_id)
    link = _link(keyring, base_url, row)
    company = tx.scalar(select(account.c.name)) or "Firstline"
    subject = f"{by.name or company} invites you to Firstline at {company}"
    words = (
        f"{'Hello ' + row.name if row.name else 'Hello'},\n\n{by.name or company} invites you to answer customers of {company} "
        f"with Firstline.\n\nOpen this link and choose a password:\n{link}\n\nIt works once, until "
        f"{row.expires_at:%d %B %Y, %H:%M} UTC. If you did not expect it, forget it.\n"
    )
    notice_id = notify(tx, row.email, subject, words, secret=True)
    tx.execute(update(invitation).where(invitation.c.id == invitation_id).values(notice_id=notice_id))
    return Invited(invitation_id, link)
