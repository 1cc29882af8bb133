"""Who a person is: every contact that was made one with theirs, their conversations, and the words that name them."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, or_, select

from firstline.contacts.tables import contact, contact_merge, identity
from firstline.conversations.tables import attachment, conversation, entry
from firstline.erasing.rules import STAYS, Person, Report, is_address, looked_for
from firstline.erasing.shapes import belongs, linked, reached, tied
from firstline.kit.blobs import blob
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, NotFound
from firstline.kit.tables import metadata


def whole(tx: Tx, contact_id: str) -> tuple[str, ...]:
    """A contact with those that were merged into it.

    :raises NotFound: if there is none. :raises Conflict: if it is itself a part of another.
    """
    row = tx.row(select(contact.c.merged_into).where(contact.c.id == contact_id))
    if row is None:
        raise NotFound(f"There is no contact {contact_id[:60]}.")
    if row.merged_into is not None:
        raise Conflict(f"This contact was merged into {row.merged_into}. Erase that one, or separate them first.")
    found, new = [contact_id], [contact_id]
    while new:
        parts = tx.rows(select(contact.c.id).where(contact.c.merged_into.in_(new), contact.c.id.not_in(found)))
        new = [part.id for part in parts]
        found += new
    return tuple(found)


def person(tx: Tx, contact_id: str) -> Person:
    """Everything by which somebody is found."""
    contacts = whole(tx, contact_id)
    rows = tx.rows(select(contact).where(contact.c.id.in_(contacts)))
    identities = tx.rows(select(identity).where(identity.c.contact_id.in_(contacts)))
    talks = tx.rows(select(conversation.c.id, conversation.c.channel_account_id).where(conversation.c.contact_id.in_(contacts)))
    parties = tx.rows(
        select(entry.c.party["value"].astext.label("value"))
        .where(entry.c.conversation_id.in_([talk.id for talk in talks]), entry.c.party.is_not(None), entry.c.direction == "in")
        .distinct()
    )
    told = [str(value) for row in rows for value in row.properties.values() if isinstance(value, str) and is_address(value)]
    merged = tx.rows(select(contact_merge.c.before).where(contact_merge.c.kept_id.in_(contacts)))
    before = [value for row in merged for side in row.before.values() for key in ("email", "name") if (value := side.get(key))]
    words = [row.email or "" for row in rows] + [row.value for row in identities] + [row.value or "" for row in parties] + told
    names = [row.name for row in rows if row.name and " " in row.name]
    return Person(
        contacts,
        tuple(talk.id for talk in talks),
        tuple(sorted({talk.channel_account_id for talk in talks} | {row.scope for row in identities if row.scope})),
        looked_for([*words, *(value for value in before if is_address(value))]),
        looked_for([*names, *(value for value in before if not is_address(value) and " " in value)]),
    )


def roots(person: Person) -> Mapping[str, Sequence[str]]:
    """Where the tables' edges begin."""
    return {"contact": person.contacts, "conversation": person.conversations}


def plan(tx: Tx, contact_id: str) -> Report:
    """What an erasure would remove now, and what it would leave."""
    found = person(tx, contact_id)
    start = roots(found)
    gone = {name: _count(tx, name, belongs(name, start)) for name in reversed(reached().order)}
    for name in linked():
        gone[name] = gone.get(name, 0) + _count(tx, name, tied(name, start))
    files = tx.row(
        select(func.count().label("number"), func.coalesce(func.sum(blob.c.size), 0).label("size")).where(
            blob.c.sha256.in_(select(attachment.c.blob).where(belongs("attachment", start)))
        )
    )
    number, size = (int(files.number), int(files.size)) if files is not None else (0, 0)
    return Report(
        contact_id, {name: count for name, count in gone.items() if count}, number, size, staying(tx, found.conversations)
    )


def staying(tx: Tx, conversations: Sequence[str]) -> dict[str, int]:
    """How many rows are left on purpose, by table."""
    found = {}
    for name in STAYS:
        table = metadata.tables[name]
        if "conversation_id" in table.c and (count := _count(tx, name, table.c.conversation_id.in_(conversations))):
            found[name] = count
    turn, use = metadata.tables["turn"], metadata.tables["model_use"]
    of_turns = select(turn.c.id).where(turn.c.conversation_id.in_(conversations))
    if count := _count(tx, "model_use", or_(use.c.turn_id.in_(of_turns))):
        found["model_use"] = count
    return found


def _count(tx: Tx, name: str, condition: object) -> int:
    table = metadata.tables[name]
    return int(tx.scalar(select(func.count()).select_from(table).where(condition)) or 0)  # type: ignore[arg-type]


def of_address(tx: Tx, address: str) -> list[str]:
    """Contacts that have an email address and are no part of another."""
    small = address.strip().lower()
    has = select(identity.c.contact_id).where(identity.c.kind == "email", func.lower(identity.c.value) == small)
    query = select(contact.c.id).where(
        contact.c.merged_into.is_(None), or_(contact.c.id.in_(has), func.lower(contact.c.email) == small)
    )
    return [row.id for row in tx.rows(query.order_by(contact.c.id))]
