"""How much teammates have to do, how much they may have, and changing that (RT5)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import column, func, select, table
from sqlalchemy.dialects.postgresql import insert as upsert

from firstline.conversations.tables import conversation
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.kit.events import emit
from firstline.people import audit
from firstline.people.rules import Actor, Permission
from firstline.people.tables import teammate
from firstline.routing.tables import capacity
from firstline.routing.workload import Capacity, Work, checked, work_of

# Channels stand beside routing and are not imported; like the foreign keys, this knows their table by name.
_account = table("channel_account", column("id"), column("family"))
"""The channel family of each account: what kind of work its conversations are."""

Loads = Mapping[str, Mapping[Work, int]]


def work_on(tx: Tx, channel_account_id: str) -> Work:
    """What kind of work the conversations of a channel account are."""
    return work_of(str(tx.scalar(select(_account.c.family).where(_account.c.id == channel_account_id)) or ""))


def loads(tx: Tx, teammate_ids: Iterable[str] | None = None) -> Loads:
    """Open conversations of each kind that teammates own; those without any are left out."""
    query = (
        select(conversation.c.owner_id, _account.c.family, func.count().label("open"))
        .join(_account, _account.c.id == conversation.c.channel_account_id)
        .where(conversation.c.status == "open", conversation.c.owner_kind == "teammate")
        .group_by(conversation.c.owner_id, _account.c.family)
    )
    if teammate_ids is not None:
        query = query.where(conversation.c.owner_id.in_(list(teammate_ids)))
    found: dict[str, Counter[Work]] = defaultdict(Counter)
    for row in tx.rows(query):
        found[row.owner_id][work_of(row.family)] += row.open
    return found


def capacities(tx: Tx) -> Mapping[str, Capacity]:
    """The limits that are set, by teammate."""
    return {row.teammate_id: Capacity(row.calls, row.messaging, row.email) for row in tx.rows(select(capacity))}


def capacity_of(tx: Tx, teammate_id: str) -> Capacity:
    """One teammate's limits; none, if none are set."""
    row = tx.row(select(capacity).where(capacity.c.teammate_id == teammate_id))
    return Capacity(row.calls, row.messaging, row.email) if row else Capacity()


def set_capacity(tx: Tx, teammate_id: str, values: Mapping[str, Any], *, by: Actor) -> Capacity:
    """Change how many open conversations of the kinds that are named a teammate may be given; None is no limit.

    What they have already stays theirs, and by hand they can be given more.
    """
    by.require(Permission.MANAGE_AVAILABILITY)
    here = select(teammate.c.id).where(teammate.c.id == teammate_id, teammate.c.disabled_at.is_(None)).with_for_update()
    if not tx.scalar(here):
        raise NotFound(f"There is no teammate {teammate_id[:60]}.")
    before = capacity_of(tx, teammate_id)
    after = checked({**before.to_json(), **values})
    if after == before:
        return after
    row = upsert(capacity).values(teammate_id=teammate_id, **after.to_json())
    tx.execute(row.on_conflict_do_update(index_elements=["teammate_id"], set_=after.to_json()))
    audit.record(tx, by, "capacity.set", teammate_id, before=before.to_json(), after=after.to_json())
    emit(tx, "capacity.changed", teammate_id)
    return after
