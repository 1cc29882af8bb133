"""Questions about contacts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, or_, select

from firstline.contacts.rules import Contact, Identity, IdentityKind
from firstline.contacts.tables import contact, identity
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound


def who_is(tx: Tx, contact_id: str) -> Contact:
    """One contact with all identities.

    :raises NotFound: if there is none.
    """
    found = tx.row(select(contact).where(contact.c.id == contact_id))
    if found is None:
        raise NotFound(f"There is no contact {contact_id}.")
    rows = tx.rows(select(identity).where(identity.c.contact_id == contact_id).order_by(identity.c.id))
    return _contact(
        found,
        tuple(Identity(IdentityKind(r.kind), r.value, r.scope, r.verified, r.evidence) for r in rows),
    )


def who_matches(tx: Tx, words: str = "", *, after: str | None = None, limit: int = 50) -> Sequence[Contact]:
    """Contacts whose name or email contains the words, newest first."""
    query = select(contact).where(contact.c.merged_into.is_(None)).order_by(contact.c.id.desc()).limit(limit)
    if words:
        pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(or_(contact.c.name.ilike(pattern), contact.c.email.ilike(pattern)))
    if after:
        query = query.where(contact.c.id < after)
    return [_contact(row) for row in tx.rows(query)]


def _contact(row: Row[Any], identities: tuple[Identity, ...] = ()) -> Contact:
    return Contact(
        row.id,
        row.name,
        row.email,
        row.language,
        row.properties,
        row.created_at,
        identities,
    )
