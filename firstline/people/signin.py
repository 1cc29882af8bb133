"""Sessions of the console: opened by a password or by single sign-on, and what they still lack.

A session lives on the server; the browser holds a random token, of which the hash is kept. It ends after 14 days, or after three
days in which nobody used it. Every step up (signing in, the second factor, a new password) makes a new token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from firstline.kit.database import Tx
from firstline.kit.errors import NotFound, Unauthenticated
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people import audit
from firstline.people.commands import actor_of
from firstline.people.passwords import matches, new_token, token_hash
from firstline.people.roles import require_not_above
from firstline.people.rules import Actor, ActorKind, Permission
from firstline.people.tables import account, session, teammate

SESSION = timedelta(days=14)
IDLE = timedelta(days=3)
PENDING = timedelta(minutes=10)
"""How long a password alone keeps the door open for the second factor."""
NOTED_EVERY = timedelta(minutes=5)
COOKIE = "firstline_session"
"""Name of the cookie that carries a session's token."""
BROWSER_LIMIT = 200


@dataclass(frozen=True)
class Where:
    """From where somebody signs in: network address and browser, for the list of sessions and the audit log."""

    address: str = ""
    browser: str = ""


NOWHERE = Where()


class Standing(StrEnum):
    """How far a session got."""

    NOBODY = "nobody"
    SECOND_FACTOR = "second_factor"
    """The password was right; the code is missing."""
    ENROL = "enrol"
    """Signed in, but the account demands a second factor that the teammate has not set up."""
    IN = "in"


@dataclass(frozen=True)
class Seen:
    """Whose session a token is and how far it got."""

    standing: Standing
    teammate_id: str = ""
    session_id: str = ""


NOBODY = Seen(Standing.NOBODY)


def sign_in(tx: Tx, email: str, password: str, where: Where = NOWHERE) -> str:
    """Open a session; returns its token, which is kept nowhere. With a second factor it is not good for anything yet.

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
    return open_session(tx, found.id, where=where)


def proves(tx: Tx, teammate_id: str, password: str) -> bool:
    """Whether it is a teammate's password."""
    return matches(password, tx.scalar(select(teammate.c.password_hash).where(teammate.c.id == teammate_id)))


def note_failure(tx: Tx, email: str, where: Where = NOWHERE, *, what: str = "password") -> None:
    """Write a failed sign-in into the audit log; in a transaction of its own, for that of the attempt is rolled back."""
    address = " ".join(email.split())[:200]
    known = tx.row(select(teammate.c.id, teammate.c.name).where(func.lower(teammate.c.email) == address.lower()))
    by = Actor(ActorKind.TEAMMATE, known.id, known.name) if known else Actor(ActorKind.SYSTEM, "nobody", "Somebody unknown")
    audit.record(
        tx, by, "session.fail", known.id if known else "unknown", after={"email": address, "wrong": what}, address=where.address
    )


def open_session(
    tx: Tx, teammate_id: str, *, where: Where = NOWHERE, method: str = "password", second_factor: bool = False
) -> str:
    """Open a session for a teammate who has proved who they are; returns its token.

    :param second_factor: whether a code was given too, or the provider of single sign-on saw to it.
    """
    token = new_token()
    mate = tx.row(select(teammate.c.name, teammate.c.totp_since).where(teammate.c.id == teammate_id))
    if mate is None:
        raise NotFound(f"There is no teammate {teammate_id}.")
    pending = mate.totp_since is not None and not second_factor
    tx.execute(delete(session).where(session.c.expires_at <= tx.now))
    tx.execute(
        insert(session).values(
            token_hash=token_hash(token),
            id=new_id("ses"),
            teammate_id=teammate_id,
            created_at=tx.now,
            seen_at=tx.now,
            expires_at=tx.now + (PENDING if pending else SESSION),
            method=method,
            second_factor=second_factor,
            address=where.address[:60],
            browser=where.browser[:BROWSER_LIMIT],
        )
    )
    if not pending:
        by = Actor(ActorKind.TEAMMATE, teammate_id, mate.name)
        audit.record(tx, by, "session.open", teammate_id, after={"method": method}, address=where.address)
    return token


def sign_out(tx: Tx, token: str) -> None:
    """Close a session; unknown tokens are nobody's and need no closing."""
    closing = delete(session).where(session.c.token_hash == token_hash(token)).returning(session.c.teammate_id)
    closed = tx.execute(closing).first()
    if closed is not None:
        by = Actor(ActorKind.TEAMMATE, closed.teammate_id, _name(tx, closed.teammate_id))
        audit.record(tx, by, "session.close", closed.teammate_id)


def look(tx: Tx, token: str) -> Seen:
    """Whose session a token is, and what is still missing."""
    found = tx.row(
        select(session, teammate.c.totp_since)
        .join(teammate, teammate.c.id == session.c.teammate_id)
        .where(
            session.c.token_hash == token_hash(token),
            session.c.expires_at > tx.now,
            func.coalesce(session.c.seen_at, session.c.created_at) > tx.now - IDLE,
            teammate.c.disabled_at.is_(None),
        )
    )
    if found is None:
        return NOBODY
    if found.totp_since is not None and not found.second_factor:
        return Seen(Standing.SECOND_FACTOR, found.teammate_id, found.id)
    if found.seen_at is None or found.seen_at < tx.now - NOTED_EVERY:
        tx.execute(update(session).where(session.c.id == found.id).values(seen_at=tx.now))
    lacks = found.totp_since is None and found.method != "sso"
    if lacks and tx.scalar(select(account.c.second_factor_required)):
        return Seen(Standing.ENROL, found.teammate_id, found.id)
    return Seen(Standing.IN, found.teammate_id, found.id)


def who(tx: Tx, token: str) -> Actor | None:
    """Whose session a token is, if nothing is missing to it."""
    seen = look(tx, token)
    return actor_of(tx, seen.teammate_id) if seen.standing is Standing.IN else None


def sessions_of(tx: Tx, teammate_id: str) -> Sequence[Row[Any]]:
    """The sessions in which a teammate is signed in, the last used first."""
    used = func.coalesce(session.c.seen_at, session.c.created_at)
    query = select(session).where(session.c.teammate_id == teammate_id, session.c.expires_at > tx.now, used > tx.now - IDLE)
    return tx.rows(query.order_by(used.desc(), session.c.id))


def end_session(tx: Tx, session_id: str, *, by: Actor) -> None:
    """Sign one browser out: one's own, or anybody's with the permission."""
    found = tx.row(select(session.c.teammate_id, session.c.browser).where(session.c.id == session_id))
    if found is None:
        raise NotFound("That browser is signed out already.")
    _own_or_managed(tx, found.teammate_id, by)
    tx.execute(delete(session).where(session.c.id == session_id))
    emit(tx, "teammate.signed_out", found.teammate_id)
    audit.record(tx, by, "session.end", found.teammate_id, before={"browser": found.browser})


def sign_out_everywhere(tx: Tx, teammate_id: str, *, but: str = "", by: Actor) -> int:
    """End every session of a teammate but one; returns how many."""
    _own_or_managed(tx, teammate_id, by)
    ended = tx.execute(delete(session).where(session.c.teammate_id == teammate_id, session.c.id != but)).rowcount
    emit(tx, "teammate.signed_out", teammate_id)
    audit.record(tx, by, "session.end_all", teammate_id, after={"ended": ended})
    return int(ended)


def _own_or_managed(tx: Tx, teammate_id: str, by: Actor) -> None:
    if by.id == teammate_id and not by.key:
        return
    by.require(Permission.MANAGE_TEAMMATES)
    mate = tx.row(select(teammate.c.role, teammate.c.name).where(teammate.c.id == teammate_id))
    if mate is not None:
        require_not_above(tx, mate.role, mate.name, by)


def _name(tx: Tx, teammate_id: str) -> str:
    return str(tx.scalar(select(teammate.c.name).where(teammate.c.id == teammate_id)) or "")
