"""Sessions of the console and keys of the API."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import delete, func, insert, select, update

from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from firstline.kit.ids import new_id
from firstline.people import audit
from firstline.people.commands import actor_of
from firstline.people.passwords import matches, new_token, token_hash
from firstline.people.rules import ALL, Actor, ActorKind, Permission
from firstline.people.tables import api_key, session, teammate

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


SCOPES: dict[str, frozenset[Permission]] = {
    "*": ALL,
    "inbox": frozenset({Permission.USE_INBOX, Permission.USE_HELP_DESK, Permission.SEE_ALL, Permission.EDIT_CONTACTS}),
    "agent": frozenset({Permission.EDIT_AGENT}),
    "automation": frozenset({Permission.MANAGE_CHATFLOWS, Permission.MANAGE_WORKFLOWS}),
    "channels": frozenset({Permission.MANAGE_CHANNELS}),
    "integrations": frozenset({Permission.MANAGE_INTEGRATIONS}),
    "people": frozenset({Permission.MANAGE_TEAMMATES, Permission.MANAGE_AVAILABILITY, Permission.MANAGE_SECURITY}),
    "usage": frozenset({Permission.MANAGE_BILLING}),
    "reports": frozenset({Permission.READ_REPORTS}),
    "audit": frozenset({Permission.READ_AUDIT}),
    "data": frozenset({Permission.MANAGE_DATA}),
}
"""What a key may be limited to; it never can more than the teammate it acts for."""


def create_api_key(tx: Tx, name: str, scopes: Sequence[str] = ("*",), *, by: Actor) -> tuple[str, str]:
    """Create a key that acts for the teammate; returns id and key. The key itself is not kept."""
    if by.kind is not ActorKind.TEAMMATE:
        raise Invalid("An API key acts for a teammate; sign in as one to create it.")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise Invalid(
            f"Unknown scopes: {', '.join(unknown) or 'none given'}. Choose from {', '.join(SCOPES)}.",
            field="scopes",
        )
    _not_wider(tx, scopes, by)
    name = " ".join(name.split())[:120]
    if not name:
        raise Invalid("Give the key a name that says what uses it.", field="name")
    created, key = new_id("key"), new_token("fl_")
    tx.execute(
        insert(api_key).values(
            id=created,
            name=name,
            token_hash=token_hash(key),
            hint=f"fl_…{key[-4:]}",
            scopes=list(scopes),
            teammate_id=by.id,
            created_at=tx.now,
        )
    )
    audit.record(tx, by, "api_key.create", created, after={"name": name, "scopes": list(scopes)})
    return created, key


def _not_wider(tx: Tx, scopes: Sequence[str], by: Actor) -> None:
    """A key makes no key that can more than itself.

    :raises Forbidden: if it would.
    """
    wanted = frozenset[Permission]().union(*(SCOPES[scope] for scope in scopes))
    if (wanted & actor_of(tx, by.id).permissions) - by.permissions:
        raise Forbidden("The API key you use is limited to less than that. Create the key in the console.")


def revoke_api_key(tx: Tx, key_id: str, *, by: Actor) -> None:
    """End a key at once: one's own, or anybody's with the permission."""
    found = tx.row(select(api_key).where(api_key.c.id == key_id, api_key.c.revoked_at.is_(None)))
    if found is None:
        raise NotFound(f"There is no API key {key_id}.")
    if found.teammate_id != by.id:
        by.require(Permission.MANAGE_TEAMMATES)
    tx.execute(update(api_key).where(api_key.c.id == key_id).values(revoked_at=tx.now))
    audit.record(tx, by, "api_key.revoke", key_id)


def who_by_key(tx: Tx, key: str) -> Actor:
    """The actor a key stands for: its teammate, limited to the key's scopes.

    :raises Unauthenticated: if the key is unknown or revoked.
    """
    found = tx.row(select(api_key).where(api_key.c.token_hash == token_hash(key), api_key.c.revoked_at.is_(None)))
    if found is None:
        raise Unauthenticated("The API key is unknown or was revoked.")
    if found.last_used_at is None or tx.now - found.last_used_at > timedelta(minutes=5):
        tx.execute(update(api_key).where(api_key.c.id == found.id).values(last_used_at=tx.now))
    try:
        actor = actor_of(tx, found.teammate_id)
    except NotFound:
        raise Unauthenticated("The teammate this API key acts for was removed.") from None
    allowed = frozenset[Permission]().union(*(SCOPES[scope] for scope in found.scopes if scope in SCOPES))
    return replace(actor, permissions=actor.permissions & allowed, key=found.name)
