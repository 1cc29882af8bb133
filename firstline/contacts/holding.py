"""Who holds an address: some providers tell a key of the holder, and deliver a message that carries it to nobody else.

The first key that is told is the customer's. Another one is not believed before a person has found out who it is.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert

from firstline.contacts.rules import Identity
from firstline.contacts.tables import identity, identity_key
from firstline.kit.database import Tx
from firstline.kit.events import emit


def seen(tx: Tx, who: Identity, key: str, at: datetime) -> bool:
    """The provider told the key of whoever holds an address then. Returns whether it is another than the customer's."""
    held = tx.scalar(select(identity.c.id).where(_is(who)))
    if held is None:
        return False
    tx.execute(insert(identity_key).values(identity_id=held, key=key, at=at).on_conflict_do_nothing())
    k = identity_key.c
    row = tx.row(select(k.key, k.at).where(k.identity_id == held).with_for_update())
    if row is None or row.key == key or at < row.at.replace(microsecond=0):
        return False
    if row.key:
        return True
    tx.execute(update(identity_key).where(k.identity_id == held).values(key=key, at=at))
    return False


def key_of(tx: Tx, who: Identity) -> str:
    """The customer's key; empty if none was told."""
    k = identity_key.c
    return tx.scalar(select(k.key).join(identity, identity.c.id == k.identity_id).where(_is(who))) or ""


def refuse(tx: Tx, who: Identity, entry_id: str | None) -> None:
    """A message was not delivered, because somebody else holds the address, or the customer has another device."""
    row = tx.row(select(identity.c.id, identity.c.contact_id).where(_is(who)))
    if row is None:
        return
    told = {"refused_at": tx.now, "refused_entry": entry_id}
    written = insert(identity_key).values(identity_id=row.id, at=tx.now, **told)
    tx.execute(written.on_conflict_do_update(index_elements=["identity_id"], set_=told))
    emit(tx, "contact.changed", row.contact_id)


def is_refused(tx: Tx, contact_id: str, scope: str) -> bool:
    """Whether a customer's messages on an account wait for somebody who knows who holds the address."""
    return tx.scalar(select(identity_key.c.identity_id).where(*_of(contact_id, scope), _refused()).limit(1)) is not None


def believe(tx: Tx, contact_id: str, scope: str) -> Sequence[str]:
    """Whoever holds a customer's addresses on an account now is the customer: the next key that is told is theirs. Returns the
    messages that were refused."""
    mine = _of(contact_id, scope)
    refused = [row.refused_entry for row in tx.rows(select(identity_key.c.refused_entry).where(*mine, _refused()))]
    fresh = {"key": "", "at": tx.now, "refused_at": None, "refused_entry": None}
    tx.execute(update(identity_key).where(*mine).values(**fresh))
    emit(tx, "contact.changed", contact_id)
    return list(dict.fromkeys(one for one in refused if one))


def _of(contact_id: str, scope: str) -> tuple[ColumnElement[bool], ...]:
    i = identity.c
    return (identity_key.c.identity_id.in_(select(i.id).where(i.contact_id == contact_id, i.scope == scope)),)


def _refused() -> ColumnElement[bool]:
    return identity_key.c.refused_at.is_not(None)


def _is(who: Identity) -> ColumnElement[bool]:
    i = identity.c
    return (i.kind == who.kind.value) & (i.scope == who.scope) & (i.value == who.value)
