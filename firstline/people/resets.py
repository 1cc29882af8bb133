"""A forgotten password: a link by mail, or from whoever manages teammates; good for an hour, once."""

from datetime import timedelta

from sqlalchemy import delete, func, insert, select, update

from firstline.kit.database import Tx
from firstline.kit.errors import NotFound, Unauthenticated
from firstline.people import attempts, audit
from firstline.people.notices import notify
from firstline.people.passwords import hash_password, new_token, token_hash
from firstline.people.roles import require_not_above
from firstline.people.rules import Actor, ActorKind, Permission
from firstline.people.tables import password_reset, session, teammate

LASTS = timedelta(hours=1)
PAUSE = timedelta(minutes=2)
"""Somebody who asks again sooner gets no second mail."""
GONE = "This link was used or has expired. Ask for another."


def ask(tx: Tx, base_url: str, email: str) -> None:
    """Send a link to an address if it is a teammate's; whoever asks cannot tell."""
    mate = tx.row(
        select(teammate.c.id, teammate.c.email, teammate.c.name).where(
            func.lower(teammate.c.email) == email.strip().lower(), teammate.c.disabled_at.is_(None)
        )
    )
    if mate is None:
        return
    recent = select(password_reset.c.teammate_id).where(
        password_reset.c.teammate_id == mate.id, password_reset.c.created_at > tx.now - PAUSE
    )
    if tx.row(recent) is not None:
        return
    words = (
        f"Hello {mate.name},\n\nsomebody asked for a new password for your account at Firstline. Open this link to set one:\n"
        f"{_link(tx, base_url, mate.id)}\n\nIt works once, within an hour. If it was not you, forget it: nothing has changed.\n"
    )
    notify(tx, mate.email, "Your new password for Firstline", words, secret=True)
    audit.record(tx, Actor(ActorKind.TEAMMATE, mate.id, mate.name), "password.ask", mate.id)


def link_for(tx: Tx, base_url: str, teammate_id: str, *, by: Actor) -> str:
    """A link to hand over by another way than mail."""
    by.require(Permission.MANAGE_TEAMMATES)
    mate = tx.row(select(teammate).where(teammate.c.id == teammate_id, teammate.c.disabled_at.is_(None)))
    if mate is None:
        raise NotFound(f"There is no teammate {teammate_id[:60]}.")
    require_not_above(tx, mate.role, mate.name, by)
    audit.record(tx, by, "password.make_link", teammate_id)
    return _link(tx, base_url, teammate_id)


def is_good(tx: Tx, token: str) -> bool:
    """Whether a link can still be used."""
    return _behind(tx, token) is not None


def reset(tx: Tx, token: str, password: str) -> str:
    """Set a new password and end every session; returns the teammate's id. A second factor stays.

    :raises Unauthenticated: if the link was used or has expired.
    """
    teammate_id = _behind(tx, token)
    if teammate_id is None:
        raise Unauthenticated(GONE)
    tx.execute(update(teammate).where(teammate.c.id == teammate_id).values(password_hash=hash_password(password)))
    tx.execute(
        update(password_reset)
        .where(password_reset.c.teammate_id == teammate_id, password_reset.c.used_at.is_(None))
        .values(used_at=tx.now)
    )
    tx.execute(delete(session).where(session.c.teammate_id == teammate_id))
    mate = tx.execute(select(teammate.c.name, teammate.c.email).where(teammate.c.id == teammate_id)).one()
    attempts.opened(tx, "password", mate.email)
    audit.record(tx, Actor(ActorKind.TEAMMATE, teammate_id, mate.name), "password.reset", teammate_id)
    return teammate_id


def _behind(tx: Tx, token: str) -> str | None:
    query = (
        select(password_reset.c.teammate_id)
        .join(teammate, teammate.c.id == password_reset.c.teammate_id)
        .where(
            password_reset.c.token_hash == token_hash(token),
            password_reset.c.used_at.is_(None),
            password_reset.c.expires_at > tx.now,
            teammate.c.disabled_at.is_(None),
        )
        .with_for_update(of=password_reset)
    )
    found = tx.scalar(query)
    return str(found) if found else None


def _link(tx: Tx, base_url: str, teammate_id: str) -> str:
    token = new_token()
    tx.execute(delete(password_reset).where(password_reset.c.expires_at <= tx.now))
    tx.execute(
        insert(password_reset).values(
            token_hash=token_hash(token), teammate_id=teammate_id, created_at=tx.now, expires_at=tx.now + LASTS
        )
    )
    return f"{base_url}/new-password/{token}"
