"""A provider says that a customer has another id from now on, and the first message under it may have been faster."""

from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from firstline.contacts.recognising import move_identity
from firstline.contacts.rules import Identity
from firstline.contacts.tables import contact, contact_merge, identity
from firstline.conversations.tables import conversation
from firstline.kit.database import Tx
from firstline.kit.events import emit
from firstline.kit.ids import new_id

NEWBORN = timedelta(minutes=10)
"""A contact that came to be this shortly before the change, or after it, came to be because of it."""


def became(tx: Tx, old: Identity, new: Identity, at: datetime, evidence: str) -> None:
    """Both ids lead to one contact from now on.

    A contact that exists only because its message overtook this news goes into the one it was before. Two contacts with a
    past of their own are not merged; people are asked (:func:`move_identity`).
    """
    before, after = _holder(tx, old), _holder(tx, new)
    overtaken = before and after and before != after and _is_newborn(tx, after, at) and not _is_newborn(tx, before, at)
    if before and after and overtaken:
        _absorb(tx, before, after, evidence)
    else:
        move_identity(tx, old, new, evidence)


def _holder(tx: Tx, who: Identity) -> str | None:
    i = identity.c
    found = tx.scalar(select(i.contact_id).where(i.kind == who.kind.value, i.scope == who.scope, i.value == who.value))
    return None if found is None else str(found)


def _is_newborn(tx: Tx, contact_id: str, at: datetime) -> bool:
    born = tx.scalar(select(contact.c.created_at).where(contact.c.id == contact_id))
    return isinstance(born, datetime) and born >= at - NEWBORN


def _absorb(tx: Tx, kept: str, gone: str, evidence: str) -> None:
    """Everything of a newborn contact becomes the other's; what moved is noted."""
    c, i = conversation.c, identity.c
    moved = {
        "conversations": [row.id for row in tx.rows(select(c.id).where(c.contact_id == gone))],
        "identities": [row.id for row in tx.rows(select(i.id).where(i.contact_id == gone))],
    }
    tx.execute(update(conversation).where(c.contact_id == gone).values(contact_id=kept))
    tx.execute(update(identity).where(i.contact_id == gone).values(contact_id=kept))
    tx.execute(update(contact).where(contact.c.id == gone).values(merged_into=kept))
    noted = {"kept_id": kept, "gone_id": gone, "reason": evidence[:300], "by_kind": "system", "at": tx.now, "moved": moved}
    tx.execute(insert(contact_merge).values(id=new_id("mrg"), before={}, **noted))
    emit(tx, "contact.changed", kept)
