"""Questions about contacts."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Row, ScalarSelect, case, or_, select, union

from firstline.contacts.rules import Contact, Identity, IdentityKind
from firstline.contacts.tables import contact, identity, identity_profile
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.kit.searching import SHORTEST, has_part

_KNOWN_TO_PEOPLE = (IdentityKind.EMAIL, IdentityKind.PHONE, IdentityKind.WHATSAPP, IdentityKind.CUSTOM)
"""Others are numbers and tokens that programs made: a part of one would be found by chance."""
_NUMBER = re.compile(r"\s*[+(]?\s*\d[\d\s()./-]*")


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
        tuple(_identity(row) for row in rows),
        max((f"{r.pictured_at:%Y%m%d%H%M%S}" for r in rows if r.pictured_at is not None), default=""),
    )


def who_matches(tx: Tx, words: str = "", *, after: str | None = None, limit: int = 50) -> Sequence[Contact]:
    """Contacts whose name or an address of whom contains the words, newest first."""
    query = select(contact).where(contact.c.merged_into.is_(None)).order_by(contact.c.id.desc()).limit(limit)
    if words:
        query = query.where(contact.c.id.in_(has_about_them(words)))
    if after:
        query = query.where(contact.c.id < after)
    found = tx.rows(query)
    theirs: dict[str, list[Identity]] = {}
    for row in tx.rows(select(identity).where(identity.c.contact_id.in_([one.id for one in found])).order_by(identity.c.id)):
        theirs.setdefault(row.contact_id, []).append(_identity(row))
    return [_contact(row, tuple(theirs.get(row.id, ()))) for row in found]


def has_about_them(words: str) -> CompoundSelect[Any]:
    """The ids of contacts whose name, email, or address on a channel that people know contains the words. A phone number is found
    however it is written: +49 (151) 500-52, 0151 50052. Each of the parts has an index."""
    i = identity.c
    number = "".join(filter(str.isdecimal, words)).lstrip("0") if _NUMBER.fullmatch(words) else ""
    part = or_(has_part(words, i.value), has_part(number, i.value)) if len(number) >= SHORTEST else has_part(words, i.value)
    named = select(contact.c.id).where(has_part(words, contact.c.name, contact.c.email))
    return union(named, select(i.contact_id).where(i.kind.in_([kind.value for kind in _KNOWN_TO_PEOPLE]), part))


def number_of(contact_id: ColumnElement[str]) -> ScalarSelect[str]:
    """The first phone number of a contact, as it is kept."""
    i = identity.c
    numbers = (IdentityKind.PHONE.value, IdentityKind.WHATSAPP.value)
    return select(i.value).where(i.contact_id == contact_id, i.kind.in_(numbers)).order_by(i.id).limit(1).scalar_subquery()


def _identity(row: Row[Any]) -> Identity:
    return Identity(IdentityKind(row.kind), row.value, row.scope, row.verified, row.evidence)


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
