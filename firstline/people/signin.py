"""Sessions of the console and keys of the API."""

from datetime import timedelta

from sqlalchemy import delete, func, insert, select

from firstline.kit.database import Tx
from firstline.kit.errors import NotFound, Unauthenticated
from firstline.people import audit
from firstline.people.commands import actor_of
from firstline.people.passwords import matches, new_token, token_hash
from firstline.people.rules import Actor, ActorKind
from firstline.people.tables import session, teammate

SESSION = timedelta(days=14)
COOKIE = "firstline_session"
"""Name of the cookie that carries a session's token."""


def sign_in(tx: Tx, email: str, password: str) -> str:
    """Open a session; returns its token, which is kept nowhere.

    :raises Unauthenticated: without saying which of the two was wrong.
    """
    found = tx.row(
        select(teammate.c.id, teammate.c.password_hash).where(
            func.lower(teammate.c.email) == email.strip().lower(),
            teammate.c.disabled_at.is_(None),
        )
    )
    if not matches(password, found.password_hash if found else None) or found is None:
        raise Unauthenticated("Email or password is wrong.")
    return open_session(tx, found.id)


def open_session(tx: Tx, teammate_id: str) -> str:
    """Open a session for a teammate who has proved who they are; returns its token."""
    token = new_token()
    tx.execute(delete(session).where(session.c.expires_at <= tx.now))
    tx.execute(
        insert(session).values(
            token_hash=token_hash(token),
            teammate_id=teammate_id,
            created_at=tx.now,
            expires_at=tx.now + SESSION,
        )
    )
    audit.record(tx, Actor(ActorKind.TEAMMATE, teammate_id), "session.open", teammate_id)
    return token


def sign_out(tx: Tx, token: str) -> None:
    """Close a session; unknown tokens are nobody's and need no closing."""
    tx.execute(delete(session).where(session.c.token_hash == token_hash(token)))


def who(tx: Tx, token: str) -> Actor | None:
    """Whose session a token is, if it is one and has not expired."""
    found = tx.scalar(
        select(session.c.teammate_id).where(session.c.token_hash == token_hash(token), session.c.expires_at > tx.now)
    )
    try:
        return actor_of(tx, found) if found else None
    except NotFound:
        return None
