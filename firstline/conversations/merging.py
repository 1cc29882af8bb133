"""Two contacts become one, and two again: everything that moved comes back exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select, update

from firstline.contacts.recognising import hold_contacts
from firstline.contacts.tables import contact, contact_merge, identity, identity_evidence, merge_suggestion
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people import audit
from firstline.people.rules import Actor, Permission

_FILLED = ("name", "email", "language")


@dataclass(frozen=True)
class Merge:
    """Two contacts that were made one."""

    id: str
    kept_id: str
    gone_id: str
    gone_name: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Suggestion:
    """Somebody who may be the same person."""

    id: str
    other_id: str
    other_name: str
    reason: str


@dataclass(frozen=True)
class Evidence:
    """Why an identity is believed to be this contact's."""

    identity_id: str
    kind: str
    source: str
    first_at: datetime
    last_at: datetime


def merge(tx: Tx, kept_id: str, gone_id: str, by: Actor, *, reason: str = "") -> str:
    """``gone`` becomes a part of ``kept``: identities and conversations move, what was unknown of ``kept`` is filled in.

    :raises Conflict: if one of them was merged already. :raises Invalid: if they are the same.
    """
    by.require(Permission.EDIT_CONTACTS)
    if kept_id == gone_id:
        raise Invalid("A contact cannot be merged with itself. Choose another one.")
    hold_contacts(tx, kept_id, gone_id)
    rows = _both(tx, kept_id, gone_id)
    kept, gone = rows[kept_id], rows[gone_id]
    for row in (kept, gone):
        if row.merged_into is not None:
            raise Conflict(f"{row.name or row.email or row.id} was merged into another contact already.")
    moved = {
        "identities": _move(tx, identity, gone_id, kept_id),
        "conversations": _move(tx, conversation, gone_id, kept_id),
    }
    before = {key: getattr(kept, key) for key in (*_FILLED, "properties")}
    after: dict[str, Any] = {key: getattr(kept, key) or getattr(gone, key) for key in _FILLED}
    after["properties"] = {**gone.properties, **kept.properties}
    tx.execute(update(contact).where(contact.c.id == kept_id).values(**after))
    tx.execute(update(contact).where(contact.c.id == gone_id).values(merged_into=kept_id))
    made = new_id("mrg")
    tx.execute(
        insert(contact_merge).values(
            id=made,
            kept_id=kept_id,
            gone_id=gone_id,
            reason=reason[:300],
            by_kind=by.kind.value,
            by_id=by.id,
            at=tx.now,
            moved=moved,
            before={"before": before, "after": after},
        )
    )
    _settle(tx, kept_id, gone_id, "merged")
    audit.record(tx, by, "contact.merge", kept_id, after={"merged": gone_id})
    emit(tx, "contact.merged", kept_id, gone=gone_id, merge=made)
    return made


def unmerge(tx: Tx, merge_id: str, by: Actor) -> str:
    """Undo a merge; returns the contact that is there again.

    What moved goes back, and with it what came in over the moved identities since. What people changed since stays.

    :raises Conflict: if it was undone, or a later merge has to be undone before.
    """
    by.require(Permission.EDIT_CONTACTS)
    row = tx.row(select(contact_merge).where(contact_merge.c.id == merge_id).with_for_update())
    if row is None:
        raise NotFound(f"There is no merge {merge_id}.")
    hold_contacts(tx, row.kept_id, row.gone_id)
    if row.undone_at is not None:
        raise Conflict("This merge was undone already.")
    rows = _both(tx, row.kept_id, row.gone_id)
    if rows[row.kept_id].merged_into is not None:
        raise Conflict("The contact was merged into another one since. Undo that first.")
    back = [*row.moved["conversations"], *_since(tx, row)]
    for table, ids in ((identity, row.moved["identities"]), (conversation, back)):
        where = (table.c.id.in_(ids), table.c.contact_id == row.kept_id)
        tx.execute(update(table).where(*where).values(contact_id=row.gone_id))
    _restore(tx, rows[row.kept_id], row.before)
    tx.execute(update(contact).where(contact.c.id == row.gone_id).values(merged_into=None))
    tx.execute(update(contact_merge).where(contact_merge.c.id == merge_id).values(undone_at=tx.now, undone_by=by.id))
    audit.record(tx, by, "contact.unmerge", row.kept_id, after={"separated": row.gone_id})
    emit(tx, "contact.unmerged", row.kept_id, gone=row.gone_id, merge=merge_id)
    return str(row.gone_id)


def dismiss(tx: Tx, suggestion_id: str, by: Actor) -> None:
    """They are two people; the question is not asked again."""
    by.require(Permission.EDIT_CONTACTS)
    settled = {"settled_at": tx.now, "settled_as": "different"}
    s = merge_suggestion.c
    settling = update(merge_suggestion).where(s.id == suggestion_id, s.settled_at.is_(None)).values(**settled)
    both = tx.row(settling.returning(s.one_id, s.other_id))
    if both is None:
        raise NotFound("This suggestion was settled already.")
    audit.record(tx, by, "contact.keep_apart", both.one_id, after={"other": both.other_id})


def merges_of(tx: Tx, contact_id: str) -> Sequence[Merge]:
    """Who was merged into a contact and can be separated again, the latest first."""
    m = contact_merge.c
    query = (
        select(contact_merge, contact.c.name, contact.c.email)
        .join(contact, contact.c.id == m.gone_id)
        .where(m.kept_id == contact_id, m.undone_at.is_(None))
        .order_by(m.at.desc(), m.id.desc())
    )
    return [
        Merge(row.id, row.kept_id, row.gone_id, row.name or row.email or row.gone_id, row.reason, row.at)
        for row in tx.rows(query)
    ]


def suggestions_for(tx: Tx, contact_id: str) -> Sequence[Suggestion]:
    """Who may be the same person, with the reason."""
    s = merge_suggestion.c
    found = tx.rows(select(merge_suggestion).where(or_(s.one_id == contact_id, s.other_id == contact_id), s.settled_at.is_(None)))
    others = {row.id: row.other_id if row.one_id == contact_id else row.one_id for row in found}
    people = {row.id: row for row in tx.rows(select(contact).where(contact.c.id.in_(others.values())))} if others else {}
    return [
        Suggestion(row.id, other.id, other.name or other.email or other.id, row.reason)
        for row in found
        if (other := people.get(others[row.id])) is not None and other.merged_into is None
    ]


def evidence_of(tx: Tx, contact_id: str) -> Mapping[tuple[str, str], list[Evidence]]:
    """Why each identity is believed to be this contact's, by kind and value."""
    query = (
        select(identity.c.kind.label("of"), identity.c.value, identity_evidence)
        .join(identity_evidence, identity_evidence.c.identity_id == identity.c.id)
        .where(identity.c.contact_id == contact_id)
        .order_by(identity_evidence.c.first_at)
    )
    found: dict[tuple[str, str], list[Evidence]] = {}
    for row in tx.rows(query):
        one = Evidence(row.identity_id, row.kind, row.source, row.first_at, row.last_at)
        found.setdefault((row.of, row.value), []).append(one)
    return found


def _both(tx: Tx, one: str, other: str) -> dict[str, Row[Any]]:
    """Both contacts, locked in one order."""
    query = select(contact).where(contact.c.id.in_((one, other))).order_by(contact.c.id).with_for_update()
    found = {row.id: row for row in tx.rows(query)}
    for wanted in (one, other):
        if wanted not in found:
            raise NotFound(f"There is no contact {wanted}.")
    return found


def _move(tx: Tx, table: Any, before: str, after: str) -> list[str]:
    moved = update(table).where(table.c.contact_id == before).values(contact_id=after).returning(table.c.id)
    return sorted(row.id for row in tx.execute(moved))


def _since(tx: Tx, row: Row[Any]) -> list[str]:
    """Conversations that began after the merge over an identity that moved."""
    ids = row.moved["identities"]
    moved = {(one.kind, one.value) for one in tx.rows(select(identity.c.kind, identity.c.value).where(identity.c.id.in_(ids)))}
    query = (
        select(conversation.c.id, entry.c.party)
        .join(entry, entry.c.conversation_id == conversation.c.id)
        .where(conversation.c.contact_id == row.kept_id, conversation.c.created_at >= row.at, entry.c.party.is_not(None))
        .order_by(entry.c.seq)
    )
    first: dict[str, tuple[str, str]] = {}
    for one in tx.rows(query):
        first.setdefault(one.id, (one.party["kind"], one.party["value"]))
    return [id_ for id_, party in first.items() if party in moved]


def _restore(tx: Tx, kept: Row[Any], kept_values: Mapping[str, Any]) -> None:
    """What the merge filled in goes; what people changed since stays."""
    before, after = kept_values["before"], kept_values["after"]
    back = {key: before[key] for key in (*_FILLED, "properties") if getattr(kept, key) == after[key]}
    if "properties" not in back:
        filled = {key: value for key, value in after["properties"].items() if key not in before["properties"]}
        back["properties"] = {key: value for key, value in kept.properties.items() if filled.get(key, object()) != value}
    tx.execute(update(contact).where(contact.c.id == kept.id).values(**back))


def _settle(tx: Tx, one: str, other: str, as_: str) -> None:
    first, second = sorted((one, other))
    s = merge_suggestion.c
    settled = {"settled_at": tx.now, "settled_as": as_}
    tx.execute(update(merge_suggestion).where(s.one_id == first, s.other_id == second, s.settled_at.is_(None)).values(**settled))
