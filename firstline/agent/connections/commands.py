"""Connecting models, choosing what an agent thinks with, setting limits."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from firstline.agent.connections import queries, warning
from firstline.agent.connections.known import PROVIDERS
from firstline.agent.connections.rules import Choice, ConnectionSettings, Limit
from firstline.agent.connections.tables import model_connection, model_limit
from firstline.agent.rules import checked
from firstline.agent.tables import agent
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.kit.secrets import Keyring
from firstline.people import audit
from firstline.people.rules import Actor, Permission


def connect(tx: Tx, keyring: Keyring, settings: Mapping[str, Any], *, key: str | None = None, by: Actor) -> str:
    """Connect a model; returns the connection's id.

    :raises Forbidden: without the permission or a seat. :raises Invalid: naming the field.
    """
    by.require_agent_editor()
    chosen = _settings(settings)
    if PROVIDERS[chosen.provider].needs_key and not key:
        raise Invalid(f"{PROVIDERS[chosen.provider].name} needs an API key.", field="key")
    connected = new_id("mdl")
    tx.execute(
        insert(model_connection).values(
            id=connected,
            settings=chosen.model_dump(),
            secrets=_sealed(keyring, key),
            created_at=tx.now,
            changed_at=tx.now,
        )
    )
    audit.record(tx, by, "model_connection.create", connected, after=chosen.model_dump())
    emit(tx, "model_connection.changed", connected)
    return connected


def change(
    tx: Tx, keyring: Keyring, connection_id: str, changes: Mapping[str, Any], *, key: str | None = None, by: Actor
) -> None:
    """Change a connection; what is not named stays. A new address needs the key anew: it is not sent elsewhere."""
    by.require_agent_editor()
    before = queries.which(tx, connection_id)
    chosen = _settings({**before.settings.model_dump(), **changes})
    moved = (chosen.provider, chosen.base_url) != (before.settings.provider, before.settings.base_url)
    sealed = _sealed(keyring, key) if key else (None if moved else before.sealed)
    if PROVIDERS[chosen.provider].needs_key and sealed is None:
        raise Invalid(
            "The provider or its address changed: enter the key anew, so that the old one is not sent there.", field="key"
        )
    tx.execute(
        update(model_connection)
        .where(model_connection.c.id == connection_id)
        .values(settings=chosen.model_dump(), secrets=sealed, changed_at=tx.now, checked=None)
    )
    audit.record(tx, by, "model_connection.change", connection_id, before=before.settings.model_dump(), after=chosen.model_dump())
    emit(tx, "model_connection.changed", connection_id)


def remove(tx: Tx, connection_id: str, *, by: Actor) -> None:
    """Disconnect a model; its key is forgotten, what it spent stays.

    :raises Conflict: while an agent is set to it.
    """
    by.require_agent_editor()
    queries.which(tx, connection_id)
    if queries.used_by(tx, connection_id):
        raise Conflict("An agent thinks with this model. Choose another one for it first.")
    tx.execute(update(model_connection).where(model_connection.c.id == connection_id).values(removed_at=tx.now, secrets=None))
    audit.record(tx, by, "model_connection.remove", connection_id)
    emit(tx, "model_connection.changed", connection_id)


def choose(tx: Tx, agent_id: str, choice: Mapping[str, Any], *, by: Actor) -> Choice:
    """Set what an agent thinks with; it holds from its next turn on."""
    by.require_agent_editor()
    row = tx.row(select(agent.c.thinking).where(agent.c.id == agent_id, agent.c.removed_at.is_(None)).with_for_update())
    if row is None:
        raise NotFound(f"There is no agent {agent_id}.")
    chosen = checked(Choice, dict(choice))
    for field in ("primary", "fallback"):
        wanted = getattr(chosen, field)
        if wanted is not None:
            try:
                queries.which(tx, wanted)
            except NotFound:
                raise Invalid(f"There is no model connection {wanted}. Choose one that is connected.", field=field) from None
    tx.execute(update(agent).where(agent.c.id == agent_id).values(thinking=chosen.model_dump()))
    audit.record(tx, by, "agent.model", agent_id, before=row.thinking, after=chosen.model_dump())
    emit(tx, "agent.changed", agent_id)
    return chosen


def set_limit(tx: Tx, scope: str, limit: Mapping[str, Any], *, by: Actor) -> Limit:
    """Set how much may be spent on models in a month, for the account or one agent (SW7)."""
    by.require(Permission.MANAGE_BILLING)
    if scope != queries.ACCOUNT:
        queries.choice_of(tx, scope)
    chosen = checked(Limit, dict(limit))
    before = queries.limit_of(tx, scope)
    values = {"settings": chosen.model_dump()}
    tx.execute(
        pg_insert(model_limit)
        .values(scope=scope, **values)
        .on_conflict_do_update(index_elements=[model_limit.c.scope], set_=values)
    )
    audit.record(tx, by, "model_limit.change", scope, before=before.model_dump(), after=chosen.model_dump())
    emit(tx, "model_limit.changed", scope)
    warning.limit_changed(tx, scope)
    return chosen


def note_check(tx: Tx, connection_id: str, found: Mapping[str, Any], *, by: Actor) -> None:
    """Keep what a test found."""
    by.require_agent_editor()
    tx.execute(
        update(model_connection)
        .where(model_connection.c.id == connection_id)
        .values(checked={**found, "at": tx.now.isoformat(), "by": by.id})
    )


def _settings(values: Mapping[str, Any]) -> ConnectionSettings:
    return checked(ConnectionSettings, dict(values))


def _sealed(keyring: Keyring, key: str | None) -> bytes | None:
    key = (key or "").strip()
    if len(key) > 5_000:
        raise Invalid(f"The key has {len(key):,} characters; the longest that can be one has 5,000.", field="key")
    if any(ord(letter) < 33 or ord(letter) > 126 for letter in key):
        raise Invalid("The key holds a blank, a line break or a letter that no key has. Copy it again.", field="key")
    return keyring.seal({"key": key}) if key else None
