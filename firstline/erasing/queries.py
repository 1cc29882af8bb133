"""Questions about erasures."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from firstline.contacts.tables import contact
from firstline.erasing import finding
from firstline.erasing.rules import STAYS, STEP_NAMES, Report, State, Step, called
from firstline.erasing.tables import erasure
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.people.rules import Actor, Permission
from firstline.people.tables import teammate

BACKUPS = (
    "Backups that were made before still hold the person until they are deleted. After restoring one, erase this id again: {id}."
)
SPACE = (
    "The database gives the space of deleted rows free and writes over it in time; its write-ahead log is written over within"
    " hours of use."
)


def preview(tx: Tx, contact_id: str, by: Actor) -> Report:
    """What would go and what would stay."""
    by.require(Permission.MANAGE_DATA)
    return finding.plan(tx, contact_id)


def report(tx: Tx, erasure_id: str, by: Actor) -> Report:
    """How far an erasure is and what it did.

    :raises NotFound: if there is none.
    """
    by.require(Permission.MANAGE_DATA)
    row = tx.row(_all().where(erasure.c.id == erasure_id))
    if row is None:
        raise NotFound(f"There is no erasure {erasure_id[:60]}.")
    return _report(row)


def reports(tx: Tx, by: Actor, *, before: str | None = None, limit: int = 50) -> Sequence[Report]:
    """Every erasure, the newest first."""
    by.require(Permission.MANAGE_DATA)
    query = _all().order_by(erasure.c.id.desc()).limit(limit)
    return [_report(row) for row in tx.rows(query.where(erasure.c.id < before) if before else query)]


def of_contact(tx: Tx, contact_id: str) -> str | None:
    """The erasure of a contact, the newest."""
    found = select(erasure.c.id).where(erasure.c.contact_id == contact_id).order_by(erasure.c.id.desc()).limit(1)
    return tx.scalar(found)  # type: ignore[no-any-return]


def is_there(tx: Tx, contact_id: str) -> bool:
    """Whether there is a contact of this id."""
    return tx.scalar(select(contact.c.id).where(contact.c.id == contact_id)) is not None


def _all() -> Any:
    return select(erasure, teammate.c.name.label("asked_by")).outerjoin(teammate, teammate.c.id == erasure.c.by_id)


def _report(row: Row[Any]) -> Report:
    counts = dict(row.gone)
    return Report(
        contact_id=row.contact_id,
        files=counts.pop("blob", 0),
        bytes=counts.pop("bytes", 0),
        gone=counts,
        stays=row.stays,
        found=row.found,
        id=row.id,
        state=State(row.state),
        step=Step(row.step),
        asked_at=row.at,
        asked_by=row.asked_by or row.by_kind,
        finished_at=row.finished_at,
    )


def as_document(told: Report) -> dict[str, Any]:
    """The report as it is handed out; there is no word of the person in it."""
    return {
        "id": told.id or None,
        "contact_id": told.contact_id,
        "state": told.state.value if told.id else "preview",
        "step": STEP_NAMES[told.step] if told.id else None,
        "asked_at": told.asked_at.isoformat() if told.asked_at else None,
        "asked_by": told.asked_by or None,
        "finished_at": told.finished_at.isoformat() if told.finished_at else None,
        "removed": [{"table": name, "what": called(name), "rows": count} for name, count in sorted(told.gone.items())],
        "files": {"count": told.files, "bytes": told.bytes},
        "stays": [
            {"table": name, "what": called(name), "rows": count, "why": STAYS[name]} for name, count in sorted(told.stays.items())
        ],
        "named_elsewhere": [dict(one) for one in told.found],
        "notes": [BACKUPS.format(id=told.contact_id), SPACE],
    }
