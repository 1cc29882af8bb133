"""Creating, changing and removing actions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from firstline.agent.actions.definition import BuiltIn, Definition
from firstline.agent.actions.tables import action
from firstline.agent.queries import which as which_agent
from firstline.agent.rules import checked
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.kit.secrets import Keyring
from firstline.people import audit
from firstline.people.rules import Actor
from firstline.routing import destinations

MOST = 50
"""Actions of one agent."""


@dataclass(frozen=True)
class Action:
    """An action of an agent. ``secrets`` are the names of those that are kept; their values are read only for a call."""

    id: str
    agent_id: str
    definition: Definition
    secrets: frozenset[str]
    created_at: datetime
    changed_at: datetime

    @property
    def missing_secrets(self) -> frozenset[str]:
        """Secrets that the definition names and nobody entered."""
        return self.definition.secret_names - self.secrets


def create(tx: Tx, keyring: Keyring, agent_id: str, given: dict[str, Any], secrets: Mapping[str, str], *, by: Actor) -> str:
    """Create an action; returns its id.

    :raises Invalid: naming the field. :raises Conflict: if the agent has one of that name, or too many.
    """
    by.require_agent_editor()
    which_agent(tx, agent_id)
    definition = _checked(tx, given)
    _is_free(tx, agent_id, definition.name, None)
    there = tx.scalar(
        select(func.count()).select_from(action).where(action.c.agent_id == agent_id, action.c.removed_at.is_(None))
    )
    if (there or 0) >= MOST:
        raise Conflict(f"The agent has {there} actions; {MOST} are the limit. Remove one first.")
    created = new_id("act")
    tx.execute(
        insert(action).values(
            id=created,
            agent_id=agent_id,
            name=definition.name,
            definition=definition.model_dump(mode="json"),
            secrets=keyring.seal(_clean(secrets)) if secrets else None,
            created_at=tx.now,
            changed_at=tx.now,
        )
    )
    audit.record(tx, by, "action.create", created, after=definition.model_dump(mode="json"))
    emit(tx, "action.changed", created, agent=agent_id)
    return created


def change(tx: Tx, keyring: Keyring, action_id: str, given: dict[str, Any], secrets: Mapping[str, str], *, by: Actor) -> None:
    """Replace the definition; secrets that are not named stay, those named with nothing are removed."""
    by.require_agent_editor()
    row = _row(tx, action_id)
    definition = _checked(tx, given)
    _is_free(tx, row.agent_id, definition.name, action_id)
    kept = {name: value for name, value in {**keyring.open(row.secrets), **_clean(secrets)}.items() if value}
    after = definition.model_dump(mode="json")
    tx.execute(
        update(action)
        .where(action.c.id == action_id)
        .values(name=definition.name, definition=after, secrets=keyring.seal(kept) if kept else None, changed_at=tx.now)
    )
    audit.record(tx, by, "action.change", action_id, before=row.definition, after=after)
    emit(tx, "action.changed", action_id, agent=row.agent_id)


def remove(tx: Tx, action_id: str, *, by: Actor) -> None:
    """Remove an action; its calls stay in the log."""
    by.require_agent_editor()
    row = _row(tx, action_id)
    tx.execute(update(action).where(action.c.id == action_id).values(removed_at=tx.now))
    audit.record(tx, by, "action.remove", action_id, before=row.definition)
    emit(tx, "action.changed", action_id, agent=row.agent_id)


def which(tx: Tx, keyring: Keyring, action_id: str) -> Action:
    """One action.

    :raises NotFound: if there is none.
    """
    return _action(_row(tx, action_id), keyring)


def secrets_of(tx: Tx, keyring: Keyring, action_id: str) -> dict[str, str]:
    """The secrets of an action, for a call."""
    return keyring.open(tx.scalar(select(action.c.secrets).where(action.c.id == action_id)))


def definition_of(tx: Tx, action_id: str) -> Definition:
    """What an action was defined as, also when it has been removed since."""
    found = tx.scalar(select(action.c.definition).where(action.c.id == action_id))
    if found is None:
        raise NotFound(f"There is no action {action_id}.")
    return Definition.model_validate(found)


def actions_of(tx: Tx, keyring: Keyring, agent_id: str) -> Sequence[Action]:
    """The actions of an agent, oldest first."""
    rows = tx.rows(select(action).where(action.c.agent_id == agent_id, action.c.removed_at.is_(None)).order_by(action.c.id))
    return [_action(row, keyring) for row in rows]


def usable(tx: Tx, agent_id: str) -> Mapping[str, Definition]:
    """The actions that the agent may use now, by id."""
    rows = tx.rows(
        select(action.c.id, action.c.definition)
        .where(action.c.agent_id == agent_id, action.c.removed_at.is_(None))
        .order_by(action.c.id)
    )
    found = {row.id: Definition.model_validate(row.definition) for row in rows}
    return {id_: definition for id_, definition in found.items() if definition.enabled}


def _checked(tx: Tx, given: dict[str, Any]) -> Definition:
    definition = checked(Definition, given)
    if isinstance(definition.does, BuiltIn) and definition.does.destination is not None:
        destinations.checked(tx, definition.does.destination, "does.destination")
    return definition


def _is_free(tx: Tx, agent_id: str, name: str, own: str | None) -> None:
    taken = tx.scalar(
        select(action.c.id).where(action.c.agent_id == agent_id, action.c.name == name, action.c.removed_at.is_(None))
    )
    if taken is not None and taken != own:
        raise Conflict(f"The agent has an action called {name} already. Choose another name.")


def _clean(secrets: Mapping[str, str]) -> dict[str, str]:
    for name, value in secrets.items():
        if not 0 < len(name) <= 60 or len(value) > 4_000:
            raise Invalid("A secret has a name of 1 to 60 and a value of at most 4,000 characters.", field="secrets")
    return dict(secrets)


def _row(tx: Tx, action_id: str) -> Row[Any]:
    row = tx.row(select(action).where(action.c.id == action_id, action.c.removed_at.is_(None)))
    if row is None:
        raise NotFound(f"There is no action {action_id}.")
    return row


def _action(row: Row[Any], keyring: Keyring) -> Action:
    names = frozenset(keyring.open(row.secrets))
    definition = Definition.model_validate(row.definition)
    return Action(row.id, row.agent_id, definition, names, row.created_at, row.changed_at)
