"""What providers tell of customers whose messages do not say who writes: name and picture, asked for now and then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from firstline.contacts.recognising import clean_name
from firstline.contacts.rules import NAMELESS, Identity
from firstline.contacts.tables import contact, identity, identity_profile
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.kit.events import emit

FRESH = timedelta(days=30)
"""How long what was told is believed."""
SOON = timedelta(hours=1)
"""After so long somebody is asked for again whom the provider could not tell of."""


@dataclass(frozen=True)
class Told:
    """Name and picture; empty where the provider does not tell."""

    name: str = ""
    picture: bytes = b""
    media_type: str = ""


def due(now: datetime) -> Select[str]:
    """The identities for which the provider is to be asked."""
    asked_at = identity_profile.c.asked_at
    query = select(identity.c.id).outerjoin(identity_profile, identity_profile.c.identity_id == identity.c.id)
    nameless = identity.c.kind.in_([kind.value for kind in NAMELESS])
    return query.where(nameless, or_(asked_at.is_(None), asked_at < now - FRESH))


def is_due(tx: Tx, who: Identity) -> bool:
    """Whether the provider is to be asked for a customer now."""
    return tx.scalar(due(tx.now).where(_is(who))) is not None


def keep(tx: Tx, who: Identity, told: Told | None) -> bool:
    """Keep what the provider told; None if it could not now. Returns whether the contact looks different.

    A name that people entered stays; one that the provider told before follows the provider.
    """
    row = _row(tx, who)
    if row is None:
        return False
    if told is None:
        late = {"asked_at": tx.now - FRESH + SOON}
        written = insert(identity_profile).values(identity_id=row.id, **late)
        tx.execute(written.on_conflict_do_update(index_elements=["identity_id"], set_=late))
        return False
    name = clean_name(told.name)
    values: dict[str, Any] = {"name": name or row.told, "asked_at": tx.now}
    if told.picture:
        values |= {"picture": told.picture, "media_type": told.media_type}
    written = insert(identity_profile).values(identity_id=row.id, **values)
    tx.execute(written.on_conflict_do_update(index_elements=["identity_id"], set_=values))
    renamed = name is not None and name != row.name and row.name in (None, row.told)
    if renamed:
        tx.execute(update(contact).where(contact.c.id == row.contact_id).values(name=name))
    if renamed or told.picture:
        emit(tx, "contact.changed", row.contact_id)
    return renamed or bool(told.picture)


def picture(tx: Tx, contact_id: str) -> tuple[bytes, str]:
    """The newest picture of a contact, with its media type.

    :raises NotFound: if there is none.
    """
    p = identity_profile.c
    mine: Sequence[Any] = (identity.c.contact_id == contact_id, p.picture.is_not(None))
    query = select(p.picture, p.media_type).join(identity, identity.c.id == p.identity_id).where(*mine)
    row = tx.row(query.order_by(p.asked_at.desc()).limit(1))
    if row is None:
        raise NotFound("There is no picture of this contact.")
    return bytes(row.picture), str(row.media_type)


def _row(tx: Tx, who: Identity) -> Row[Any] | None:
    i, p = identity.c, identity_profile.c
    query = (
        select(i.id, i.contact_id, contact.c.name, p.name.label("told"), p.asked_at)
        .join(contact, contact.c.id == i.contact_id)
        .outerjoin(identity_profile, p.identity_id == i.id)
    )
    return tx.row(query.where(_is(who)))


def _is(who: Identity) -> ColumnElement[bool]:
    i = identity.c
    return (i.kind == who.kind.value) & (i.scope == who.scope) & (i.value == who.value)
