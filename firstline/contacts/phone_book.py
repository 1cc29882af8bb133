"""Names from the phone book of the business, where a provider passes it on.

Such a name is what somebody of the business typed once. It fills a gap and follows its own changes; a name that the customer
gave, or that people entered here, stays. Whoever never wrote is not kept: a phone book holds private people, too.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from firstline.contacts.recognising import clean_name
from firstline.contacts.rules import Identity
from firstline.contacts.tables import contact, identity, identity_listing
from firstline.kit.database import Tx
from firstline.kit.events import emit


def listed(tx: Tx, who: Identity, name: str | None, at: datetime) -> bool:
    """The phone book calls somebody so since then; None: it has no entry any more, which takes no name away.

    Late and repeated news change nothing. Returns whether the contact has another name now.
    """
    i, book = identity.c, identity_listing.c
    row = tx.row(
        select(i.id, i.contact_id, contact.c.name, book.name.label("listed"), book.said_at)
        .join(contact, contact.c.id == i.contact_id)
        .outerjoin(identity_listing, book.identity_id == i.id)
        .where(i.kind == who.kind.value, i.scope == who.scope, i.value == who.value)
        .with_for_update(of=contact)
    )
    if row is None or (row.said_at is not None and row.said_at >= at):
        return False
    called = clean_name(name)
    values = {"name": called or row.listed, "said_at": at}
    written = insert(identity_listing).values(identity_id=row.id, **values)
    newer = written.on_conflict_do_update(index_elements=["identity_id"], set_=values, where=book.said_at < at)
    if tx.execute(newer.returning(book.identity_id)).first() is None:
        return False
    if called is None or called == row.name or row.name not in (None, row.listed):
        return False
    tx.execute(update(contact).where(contact.c.id == row.contact_id).values(name=called))
    emit(tx, "contact.changed", row.contact_id)
    return True


def listed_names(tx: Tx, contact_id: str) -> dict[tuple[str, str], str]:
    """What the phone book calls a contact, by kind and value of the address."""
    i, book = identity.c, identity_listing.c
    query = select(i.kind, i.value, book.name).join(identity_listing, book.identity_id == i.id)
    rows = tx.rows(query.where(i.contact_id == contact_id, book.name.is_not(None)))
    return {(row.kind, row.value): row.name for row in rows}
