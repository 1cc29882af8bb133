"""Creating, changing and publishing an agent."""

from typing import Any

from sqlalchemy import Row, insert, select, update

from firstline.agent import queries
from firstline.agent.access import Permissions
from firstline.agent.channel_settings import ChannelSettings
from firstline.agent.handoff import HandoffSettings
from firstline.agent.rules import Profile, checked
from firstline.agent.tables import agent
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people import audit
from firstline.people.rules import Actor
from firstline.routing import destinations


def create(tx: Tx, identity: dict[str, Any], *, by: Actor) -> str:
    """Create an agent with its first published identity; returns the id.

    :raises Forbidden: without the permission or without a seat. :raises Invalid: naming the field.
    """
    by.require_agent_editor()
    profile = checked(Profile, identity).model_dump()
    created = new_id("agt")
    tx.execute(
        insert(agent).values(
            id=created,
            draft=profile,
            published=profile,
            published_at=tx.now,
            handoff=HandoffSettings().model_dump(),
            created_at=tx.now,
        )
    )
    audit.record(tx, by, "agent.create", created, after=profile)
    emit(tx, "agent.created", created)
    return created


def change(tx: Tx, agent_id: str, changes: dict[str, Any], *, by: Actor) -> Profile:
    """Change the draft of the identity; customers see it once it is published."""
    by.require_agent_editor()
    row = _row(tx, agent_id)
    profile = checked(Profile, {**row.draft, **changes})
    tx.execute(update(agent).where(agent.c.id == agent_id).values(draft=profile.model_dump()))
    audit.record(tx, by, "agent.change", agent_id, before=row.draft, after=profile.model_dump())
    emit(tx, "agent.changed", agent_id)
    return profile


def publish(tx: Tx, agent_id: str, *, by: Actor) -> int:
    """Make the draft what customers meet; returns the new version. Publishing an unchanged draft changes nothing."""
    by.require_agent_editor()
    row = _row(tx, agent_id)
    if row.draft == row.published:
        return int(row.version)
    tx.execute(
        update(agent).where(agent.c.id == agent_id).values(published=row.draft, published_at=tx.now, version=agent.c.version + 1)
    )
    audit.record(tx, by, "agent.publish", agent_id, before=row.published, after=row.draft)
    emit(tx, "agent.published", agent_id)
    return int(row.version) + 1


def set_handoff(tx: Tx, agent_id: str, settings: dict[str, Any], *, by: Actor) -> HandoffSettings:
    """Replace the handoff settings; they hold from the next handoff on."""
    by.require_agent_editor()
    row = _row(tx, agent_id)
    chosen = checked(HandoffSettings, settings)
    for field in ("destination", "off_destination"):
        destinations.checked(tx, getattr(chosen, field), field)
    tx.execute(update(agent).where(agent.c.id == agent_id).values(handoff=chosen.model_dump()))
    audit.record(tx, by, "agent.handoff", agent_id, before=row.handoff, after=chosen.model_dump())
    emit(tx, "agent.changed", agent_id)
    return chosen


def set_channels(tx: Tx, agent_id: str, settings: dict[str, Any], *, by: Actor) -> ChannelSettings:
    """Replace what differs by channel (ID4); it holds from the next turn on."""
    by.require_agent_editor()
    row = _row(tx, agent_id)
    chosen = checked(ChannelSettings, settings)
    tx.execute(update(agent).where(agent.c.id == agent_id).values(channels=chosen.model_dump(mode="json")))
    audit.record(tx, by, "agent.channels", agent_id, before=row.channels, after=chosen.model_dump(mode="json"))
    before = ChannelSettings.model_validate(row.channels)
    emit(tx, "agent.changed", agent_id, silence=before.silence != chosen.silence)
    return chosen


def set_permissions(tx: Tx, agent_id: str, permissions: dict[str, Any], *, by: Actor) -> Permissions:
    """Replace what the agent may read of a contact and change (ID5); it holds from the next turn on."""
    by.require_agent_editor()
    row = _row(tx, agent_id)
    chosen = checked(Permissions, permissions)
    tx.execute(update(agent).where(agent.c.id == agent_id).values(access=chosen.model_dump(mode="json")))
    audit.record(tx, by, "agent.permissions", agent_id, before=row.access, after=chosen.model_dump(mode="json"))
    emit(tx, "agent.changed", agent_id)
    return chosen


def remove(tx: Tx, agent_id: str, *, by: Actor) -> None:
    """Remove an agent; what it said stays. Its deployments are removed by whoever follows ``agent.removed``.

    :raises Conflict: while it has open conversations: nobody would answer in them.
    """
    by.require_agent_editor()
    _row(tx, agent_id)
    if held := queries.holds(tx, agent_id):
        have = "an open conversation" if held == 1 else f"{held:,} open conversations"
        raise Conflict(f"The agent has {have}. Take over or close first, then delete it.")
    tx.execute(update(agent).where(agent.c.id == agent_id).values(removed_at=tx.now))
    audit.record(tx, by, "agent.remove", agent_id)
    emit(tx, "agent.removed", agent_id)


def _row(tx: Tx, agent_id: str) -> Row[Any]:
    row = tx.row(select(agent).where(agent.c.id == agent_id, agent.c.removed_at.is_(None)).with_for_update())
    if row is None:
        raise NotFound(f"There is no agent {agent_id}.")
    return row
