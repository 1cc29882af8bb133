"""Deploying the agent, changing and removing a deployment; where a channel account's other conversations go."""

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from firstline.hours.document import from_json, to_json
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people import audit
from firstline.people.rules import Actor, Permission
from firstline.routing import destinations
from firstline.routing.queries import Deployment, which
from firstline.routing.situation import Destination, Mode
from firstline.routing.surroundings import Surroundings
from firstline.routing.tables import account_routing, deployment


def deploy(
    tx: Tx,
    around: Surroundings,
    *,
    agent_id: str,
    channel_account_id: str,
    hours: Any = None,
    fallback: Any = None,
    coverage: int = 100,
    mode: str = "live",
    by: Actor,
) -> str:
    """Deploy an agent on a channel account; it takes every new conversation there from now on (DP2). Returns the id.

    :param hours: JSON as in :mod:`firstline.hours.document`; None for All hours.
    :param fallback: ``{kind, ids}``; None leaves what the agent does not take to the account's routing.
    :raises NotFound: without such an agent or account. :raises Conflict: if the agent has no identity (DP4), or an agent is
        deployed there already. :raises Invalid: naming the field and, for hours, the row.
    """
    by.require_agent_editor()
    _check_agent(tx, around, agent_id)
    account = around.account(tx, channel_account_id)
    if account is None:
        raise NotFound(f"There is no channel account {channel_account_id}.")
    values = _checked(tx, {"hours": hours, "fallback": fallback, "coverage": coverage, "mode": mode})
    created = tx.scalar(
        upsert(deployment)
        .values(
            id=new_id("dpl"),
            agent_id=agent_id,
            channel_account_id=channel_account_id,
            created_at=tx.now,
            created_by=by.id,
            **values,
        )
        .on_conflict_do_nothing()
        .returning(deployment.c.id)
    )
    if created is None:
        raise Conflict(f"An agent is deployed on {account.name} already. Change that deployment, or remove it first.")
    audit.record(
        tx,
        by,
        "deployment.create",
        str(created),
        after={"agent_id": agent_id, "channel_account_id": channel_account_id, **values},
    )
    emit(tx, "deployment.created", str(created), channel_account=channel_account_id)
    return str(created)


def change(tx: Tx, around: Surroundings, deployment_id: str, changes: dict[str, Any], *, by: Actor) -> Deployment:
    """Change agent, hours, fallback, coverage or mode; it holds for conversations routed from now on (WH3)."""
    by.require_agent_editor()
    row = tx.row(select(deployment).where(deployment.c.id == deployment_id, deployment.c.removed_at.is_(None)).with_for_update())
    if row is None:
        raise NotFound(f"There is no deployment {deployment_id}.")
    changes = dict(changes)
    values = {}
    if (agent_id := changes.pop("agent_id", None)) is not None:
        _check_agent(tx, around, agent_id)
        values["agent_id"] = agent_id
    values |= _checked(tx, changes)
    before = {key: getattr(row, key) for key in values}
    if values and values != before:
        tx.execute(update(deployment).where(deployment.c.id == deployment_id).values(**values))
        audit.record(tx, by, "deployment.change", deployment_id, before=before, after=values)
        emit(tx, "deployment.changed", deployment_id, channel_account=row.channel_account_id)
    return which(tx, deployment_id)


def remove(tx: Tx, deployment_id: str, *, by: Actor) -> None:
    """End a deployment: no new conversation goes to the agent there; those it holds run on to their end (DP7)."""
    by.require_agent_editor()
    found = which(tx, deployment_id)
    tx.execute(update(deployment).where(deployment.c.id == deployment_id).values(removed_at=tx.now, removed_by=by.id))
    audit.record(tx, by, "deployment.remove", deployment_id, before={"channel_account_id": found.channel_account_id})
    emit(tx, "deployment.removed", deployment_id, channel_account=found.channel_account_id)


def remove_deployments_of(tx: Tx, gone: str) -> None:
    """An agent or a channel account is gone: so are its deployments."""
    mine = select(deployment.c.id).where(
        (deployment.c.agent_id == gone) | (deployment.c.channel_account_id == gone), deployment.c.removed_at.is_(None)
    )
    for row in tx.rows(mine):
        remove(tx, row.id, by=Actor.system())


def route_account(tx: Tx, around: Surroundings, channel_account_id: str, destination: Any, *, by: Actor) -> Destination | None:
    """Say where a channel account's conversations go when no deployment says; None for nowhere."""
    by.require(Permission.MANAGE_CHANNELS)
    if around.account(tx, channel_account_id) is None:
        raise NotFound(f"There is no channel account {channel_account_id}.")
    chosen = destinations.checked(tx, destination, "routing")
    tx.execute(delete(account_routing).where(account_routing.c.channel_account_id == channel_account_id))
    if chosen is not None:
        row = {"channel_account_id": channel_account_id, "destination": chosen.to_json()}
        tx.execute(upsert(account_routing).values(**row).on_conflict_do_update(index_elements=["channel_account_id"], set_=row))
    audit.record(tx, by, "channel_account.route", channel_account_id, after=chosen.to_json() if chosen else None)
    emit(tx, "channel_account.changed", channel_account_id)
    return chosen


def _check_agent(tx: Tx, around: Surroundings, agent_id: str) -> None:
    agent = around.agent(tx, agent_id)
    if agent is None:
        raise NotFound(f"There is no agent {agent_id}.")
    if not agent.name.strip():
        raise Conflict("The agent has no identity. Give it a name under Define › Identity and publish it, then deploy it.")


def _checked(tx: Tx, values: dict[str, Any]) -> dict[str, Any]:
    """Columns from what was entered."""
    found: dict[str, Any] = {}
    for field, value in values.items():
        if field == "hours":
            found[field] = to_json(from_json({} if value is None else value, field))
        elif field == "fallback":
            destination = destinations.checked(tx, value, field)
            found[field] = destination.to_json() if destination else None
        elif field == "coverage":
            if type(value) is not int or not 0 <= value <= 100:
                raise Invalid(f"Coverage is {str(value)[:40]!r}; a whole percentage from 0 to 100 is possible.", field=field)
            found[field] = value
        elif field == "mode":
            if value not in list(Mode):
                raise Invalid(f"The mode is {str(value)[:40]!r}; live and shadow are possible.", field=field)
            found[field] = str(value)
        else:
            raise Invalid(f"A deployment has no field {field!r} that can be changed.", field=field)
    return found
