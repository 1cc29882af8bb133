"""Writing guidelines, publishing them, going back to an earlier version."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from firstline.agent import queries as agents
from firstline.agent.guidelines import queries
from firstline.agent.guidelines.rules import MOST, Guideline, Known, differences
from firstline.agent.guidelines.tables import guideline, guideline_version
from firstline.agent.rules import checked
from firstline.agent.tables import agent
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people import audit
from firstline.people.rules import Actor


def add(tx: Tx, agent_id: str, values: Mapping[str, Any], *, by: Actor) -> str:
    """Add a guideline to the draft; returns its id.

    :raises Forbidden: without the permission or a seat. :raises Invalid: naming the field.
    """
    by.require_agent_editor()
    _locked(tx, agent_id)
    chosen = checked(Guideline, dict(values))
    if len(queries.draft_of(tx, agent_id)) >= MOST:
        raise Conflict(f"There are {MOST} guidelines, which is the most. Remove one that is not needed.")
    last = tx.scalar(select(func.max(guideline.c.position)).where(guideline.c.agent_id == agent_id))
    added = new_id("gdl")
    tx.execute(
        insert(guideline).values(
            id=added,
            agent_id=agent_id,
            document=chosen.model_dump(mode="json"),
            position=(last or 0) + 1,
            changed_at=tx.now,
            changed_by=by.id,
        )
    )
    _changed(tx, agent_id, "guideline.create", added, by, after=chosen)
    return added


def change(tx: Tx, agent_id: str, guideline_id: str, changes: Mapping[str, Any], *, by: Actor) -> Guideline:
    """Change a guideline of the draft; what is not named stays."""
    by.require_agent_editor()
    _locked(tx, agent_id)
    before = queries.one_of(tx, agent_id, guideline_id).guideline
    chosen = checked(Guideline, {**before.model_dump(mode="json"), **changes})
    _write(tx, guideline_id, by, document=chosen.model_dump(mode="json"))
    _changed(tx, agent_id, "guideline.change", guideline_id, by, before=before, after=chosen)
    return chosen


def remove(tx: Tx, agent_id: str, guideline_id: str, *, by: Actor) -> None:
    """Take a guideline out of the draft. It can be brought back."""
    by.require_agent_editor()
    _locked(tx, agent_id)
    before = queries.one_of(tx, agent_id, guideline_id).guideline
    _write(tx, guideline_id, by, removed_at=tx.now)
    _changed(tx, agent_id, "guideline.remove", guideline_id, by, before=before)


def bring_back(tx: Tx, agent_id: str, guideline_id: str, *, by: Actor) -> None:
    """Undo a removal."""
    by.require_agent_editor()
    _locked(tx, agent_id)
    row = tx.row(select(guideline).where(guideline.c.id == guideline_id, guideline.c.agent_id == agent_id))
    if row is None:
        raise NotFound(f"There is no guideline {guideline_id}.")
    if row.removed_at is not None:
        _write(tx, guideline_id, by, removed_at=None)
        _changed(tx, agent_id, "guideline.create", guideline_id, by, after=Guideline.model_validate(row.document))


def publish(tx: Tx, agent_id: str, *, note: str = "", by: Actor) -> int:
    """Make the draft what customers meet; returns the version. An unchanged draft makes no new version."""
    by.require_agent_editor()
    _locked(tx, agent_id)
    draft, published = queries.draft_of(tx, agent_id), queries.published_of(tx, agent_id)
    if not differences(published, draft):
        found = queries.versions(tx, agent_id, limit=1)
        return found[0].number if found else 0
    return _publish(tx, agent_id, draft, note, None, by)


def restore(tx: Tx, agent_id: str, number: int, *, by: Actor) -> int:
    """Go back: an earlier version becomes the draft and is published as a new version; nothing of the history is lost."""
    by.require_agent_editor()
    _locked(tx, agent_id)
    wanted = queries.version(tx, agent_id, number)
    _replace_draft(tx, agent_id, wanted.guidelines, by)
    if not differences(queries.published_of(tx, agent_id), wanted.guidelines):
        return queries.versions(tx, agent_id, limit=1)[0].number
    return _publish(tx, agent_id, wanted.guidelines, f"Version {number} again", number, by)


def discard(tx: Tx, agent_id: str, *, by: Actor) -> None:
    """Make the draft what is published."""
    by.require_agent_editor()
    _locked(tx, agent_id)
    published = queries.published_of(tx, agent_id)
    before = [one.as_json() for one in queries.draft_of(tx, agent_id)]
    _replace_draft(tx, agent_id, published, by)
    audit.record(tx, by, "guidelines.discard", agent_id, before=before, after=[one.as_json() for one in published])
    emit(tx, "guidelines.changed", agent_id)


def _publish(tx: Tx, agent_id: str, document: Sequence[Known], note: str, restores: int | None, by: Actor) -> int:
    last = queries.versions(tx, agent_id, limit=1)
    number = last[0].number + 1 if last else 1
    written = [one.as_json() for one in document]
    tx.execute(
        insert(guideline_version).values(
            id=new_id("gdv"),
            agent_id=agent_id,
            number=number,
            document=written,
            note=" ".join(note.split())[:300],
            restores=restores,
            at=tx.now,
            by_id=by.id,
            by_name=by.name,
        )
    )
    before = [one.as_json() for one in last[0].guidelines] if last else []
    audit.record(tx, by, "guidelines.publish", agent_id, before=before, after=written)
    emit(tx, "guidelines.published", agent_id, version=number)
    return number


def _replace_draft(tx: Tx, agent_id: str, wanted: Sequence[Known], by: Actor) -> None:
    """The draft becomes these; rows keep their ids, so that differences compare like with like."""
    kept = [one.id for one in wanted]
    gone = update(guideline).where(
        guideline.c.agent_id == agent_id, guideline.c.removed_at.is_(None), guideline.c.id.not_in(kept)
    )
    tx.execute(gone.values(removed_at=tx.now, changed_at=tx.now, changed_by=by.id))
    for position, one in enumerate(wanted, 1):
        values = {
            "document": one.guideline.model_dump(mode="json"),
            "position": position,
            "changed_at": tx.now,
            "changed_by": by.id,
            "removed_at": None,
        }
        row = pg_insert(guideline).values(id=one.id, agent_id=agent_id, **values)
        tx.execute(row.on_conflict_do_update(index_elements=[guideline.c.id], set_=values))


def _locked(tx: Tx, agent_id: str) -> None:
    """Only one teammate at a time changes an agent's guidelines.

    :raises NotFound: if there is no such agent.
    """
    agents.which(tx, agent_id)
    tx.row(select(agent.c.id).where(agent.c.id == agent_id).with_for_update())


def _write(tx: Tx, guideline_id: str, by: Actor, **values: Any) -> None:
    tx.execute(update(guideline).where(guideline.c.id == guideline_id).values(changed_at=tx.now, changed_by=by.id, **values))


def _changed(
    tx: Tx, agent_id: str, verb: str, target: str, by: Actor, before: Guideline | None = None, after: Guideline | None = None
) -> None:
    audit.record(
        tx,
        by,
        verb,
        target,
        before=before.model_dump(mode="json") if before else None,
        after=after.model_dump(mode="json") if after else None,
    )
    emit(tx, "guidelines.changed", agent_id)
