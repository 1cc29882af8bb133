"""Questions about guidelines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from firstline.agent.guidelines.rules import Guideline, Known, differences, known_in
from firstline.agent.guidelines.tables import guideline, guideline_version
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound


@dataclass(frozen=True)
class Version:
    """A published version. ``restores`` is the number of the version it brought back."""

    number: int
    guidelines: tuple[Known, ...]
    note: str
    restores: int | None
    at: datetime
    by_id: str
    by_name: str


def draft_of(tx: Tx, agent_id: str) -> tuple[Known, ...]:
    """What is being edited, in the team's order."""
    rows = tx.rows(
        select(guideline.c.id, guideline.c.document)
        .where(guideline.c.agent_id == agent_id, guideline.c.removed_at.is_(None))
        .order_by(guideline.c.position, guideline.c.id)
    )
    return tuple(Known(row.id, Guideline.model_validate(row.document)) for row in rows)


def one_of(tx: Tx, agent_id: str, guideline_id: str) -> Known:
    """One guideline of the draft.

    :raises NotFound: if there is none.
    """
    found = next((one for one in draft_of(tx, agent_id) if one.id == guideline_id), None)
    if found is None:
        raise NotFound(f"There is no guideline {guideline_id}.")
    return found


def published_of(tx: Tx, agent_id: str) -> tuple[Known, ...]:
    """What customers meet: the latest version."""
    document = tx.scalar(
        select(guideline_version.c.document)
        .where(guideline_version.c.agent_id == agent_id)
        .order_by(guideline_version.c.number.desc())
        .limit(1)
    )
    return known_in(document or ())


def versions(tx: Tx, agent_id: str, *, limit: int = 100) -> Sequence[Version]:
    """The published versions, newest first."""
    rows = tx.rows(
        select(guideline_version)
        .where(guideline_version.c.agent_id == agent_id)
        .order_by(guideline_version.c.number.desc())
        .limit(limit)
    )
    return [_version(row) for row in rows]


def version(tx: Tx, agent_id: str, number: int) -> Version:
    """One published version.

    :raises NotFound: if there is none of that number.
    """
    row = tx.row(select(guideline_version).where(guideline_version.c.agent_id == agent_id, guideline_version.c.number == number))
    if row is None:
        raise NotFound(f"There is no version {number} of these guidelines.")
    return _version(row)


def waits(tx: Tx, agent_id: str) -> bool:
    """Whether the draft differs from what is published."""
    return bool(differences(published_of(tx, agent_id), draft_of(tx, agent_id)))


def _version(row: Row[Any]) -> Version:
    return Version(row.number, known_in(row.document), row.note, row.restores, row.at, row.by_id, row.by_name)
