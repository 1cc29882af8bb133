"""Questions about contacts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, case, select

from firstline.contacts.rules import Contact, Identity, IdentityKind
from firstline.contacts.tables import contact, identity, identity_profile
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.kit.searching import has_part


def who_is(tx: Tx, contact_id: str) -> Contact:
    """One contact with all identities.

    :raises NotFound: if there is none.
    """
    found = tx.row(select(contact).where(contact.c.id == contact_id))
    if found is None:
        raise NotFound(f"There is no contact {contact_id}.")
    p = identity_profile.c
    pictured = case((p.picture.is_not(None), p.asked_at), else_=None).label("pictured_at")
    mine = select(identity, pictured).outerjoin(identity_profile, p.identity_id == identity.c.id)
    rows = tx.rows(mine.where(identity.c.contact_id == contact_id).order_by(identity.c.id))
    return _contact(
        found,
        tuple(Identity(IdentityKind(r.kind), r.value, r.scope, r.verified, r.evidence) for r in rows),
        max((f"{r.pictured_at:%Y%m%d%H%M%S}" for r in rows if r.pictured_at is not None), default=""),
    )


def who_matches(tx: Tx, words: str = "", *, after: str | None = None, limit: int = 50) -> Sequence[Contact]:
    """Contacts whose name or email contains the words, newest first."""
    query = select(contact).where(contact.c.merged_into.is_(None)).order_by(contact.c.id.desc()).limit(limit)
    if words:
        query = query.where(has_part(words, contact.c.name, contact.c.email))
    if after:
        query = query.where(contact.c.id < after)
    return [_contact(row) for row in tx.rows(query)]


def _contact(row: Row[Any], identities: tuple[Identity, ...] = (), picture: str = "") -> Contact:
    return Contact(
        row.id,
        row.name,
        row.email,
        row.language,
        row.properties,
        row.created_at,
        identities,
        picture,
    )
