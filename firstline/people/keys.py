"""API keys: shown once, kept as hashes, limited to scopes, with an end if one is wanted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import insert, or_, select, update

from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from firstline.kit.ids import new_id
from firstline.people import audit
from firstline.people.commands import actor_of
from firstline.people.passwords import new_token, token_hash
from firstline.people.rules import Actor, ActorKind, Permission
from firstline.people.scopes import SCOPES, opens, permissions_of_scopes
from firstline.people.tables import api_key

NAME_LIMIT = 120


def create_api_key(
    tx: Tx, name: str, scopes: Sequence[str] = ("*",), *, expires_at: datetime | None = None, by: Actor
) -> tuple[str, str]:
    """Create a key that acts for the teammate; returns id and key. The key itself is not kept."""
    if by.kind is not ActorKind.TEAMMATE:
        raise Invalid("An API key acts for a teammate; sign in as one to create it.")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise Invalid(
            f"Unknown scopes: {', '.join(unknown) or 'none given'}. Choose from {', '.join(SCOPES)}.",
            field="scopes",
        )
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= tx.now):
        raise Invalid("The end of the key has to be in the future, with its time zone.", field="expires_at")
    _not_wider(tx, scopes, by)
    name = " ".join(name.split())[:NAME_LIMIT]
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
            expires_at=expires_at,
        )
    )
    after = {"name": name, "scopes": list(scopes), "expires_at": expires_at.isoformat() if expires_at else None}
    audit.record(tx, by, "api_key.create", created, after=after)
    return created, key


def _not_wider(tx: Tx, scopes: Sequence[str], by: Actor) -> None:
    """A key makes no key that can more than itself.

    :raises Forbidden: if it would.
    """
    if (permissions_of_scopes(scopes) & actor_of(tx, by.id).permissions) - by.permissions:
        raise Forbidden("The API key you use is limited to less than that. Create the key in the console.")


def revoke_api_key(tx: Tx, key_id: str, *, by: Actor) -> None:
    """End a key at once: one's own, or anybody's with the permission."""
    found = tx.row(select(api_key).where(api_key.c.id == key_id, api_key.c.revoked_at.is_(None)))
    if found is None:
        raise NotFound(f"There is no API key {key_id[:60]}.")
    if found.teammate_id != by.id:
        by.require(Permission.MANAGE_TEAMMATES)
    tx.execute(update(api_key).where(api_key.c.id == key_id).values(revoked_at=tx.now))
    audit.record(tx, by, "api_key.revoke", key_id, before={"name": found.name, "scopes": found.scopes})


def who_by_key(tx: Tx, key: str, method: str = "GET", path: str = "") -> Actor:
    """The actor a key stands for: its teammate, limited to the key's scopes.

    :param path: what it asks for; without one, the areas are not looked at.
    :raises Unauthenticated: if the key is unknown, was revoked or has ended.
    :raises Forbidden: if the key's scopes do not open that path.
    """
    found = tx.row(
        select(api_key).where(
            api_key.c.token_hash == token_hash(key),
            api_key.c.revoked_at.is_(None),
            or_(api_key.c.expires_at.is_(None), api_key.c.expires_at > tx.now),
        )
    )
    if found is None:
        raise Unauthenticated("The API key is unknown, was revoked or has expired.")
    if found.last_used_at is None or tx.now - found.last_used_at > timedelta(minutes=5):
        tx.execute(update(api_key).where(api_key.c.id == found.id).values(last_used_at=tx.now))
    try:
        actor = actor_of(tx, found.teammate_id)
    except NotFound:
        raise Unauthenticated("The teammate this API key acts for was removed.") from None
    if path and not opens(found.scopes, method, path):
        raise Forbidden(f"The API key “{found.name}” is limited to {', '.join(found.scopes)}, which does not open this.")
    return replace(actor, permissions=actor.permissions & permissions_of_scopes(found.scopes), key=found.name)
