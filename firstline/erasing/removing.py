"""The steps of an erasure, each a transaction that can be repeated."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from firstline.channels.tables import provider_name, raw_delivery
from firstline.contacts.forgotten import fingerprint
from firstline.contacts.rules import NAMELESS
from firstline.contacts.tables import contact, erased_name, identity
from firstline.conversations.closing import close
from firstline.conversations.tables import attachment, conversation, entry
from firstline.erasing import finding
from firstline.erasing.rules import Person, State, Step, mentions, unpacked, written
from firstline.erasing.shapes import belongs, linked, named_in, reached, tied
from firstline.erasing.tables import erasure
from firstline.kit import blobs
from firstline.kit.database import Tx
from firstline.kit.events import emit, event
from firstline.kit.idempotency import idempotent
from firstline.kit.tables import metadata
from firstline.knowledge.tables import known_question
from firstline.people.rules import Actor

AT_ONCE = 10
"""Conversations of one transaction."""
ROOM = 32_000_000
"""Bytes of stored deliveries that are read at once; a single one may be larger."""
_STOP_JOBS = text(
    "delete from procrastinate_jobs where status = 'todo' and queue_name <> 'credits' and args ->> 'conversation_id' = any(:ids)"
)
"""Jobs of conversations that are gone have nothing to do; the one that settles credits has."""


def current(tx: Tx, erasure_id: str) -> Row[Any] | None:
    """An erasure that is not done, locked; None otherwise."""
    return tx.row(select(erasure).where(erasure.c.id == erasure_id, erasure.c.state != State.DONE).with_for_update())


def begin(tx: Tx, erasure_id: str) -> Sequence[str]:
    """What has arrived and waits is to be taken in first; returns the accounts."""
    if current(tx, erasure_id) is None:
        return ()
    _go(tx, erasure_id, Step.TAKE_IN)
    r = raw_delivery.c
    return [row.channel_account_id for row in tx.rows(select(r.channel_account_id).where(r.waits).distinct())]


def cut_off(tx: Tx, erasure_id: str) -> None:
    """From here on nothing leads to the person: what they write begins with a stranger, and nothing is sent to them."""
    row = current(tx, erasure_id)
    if row is None:
        return
    if not tx.scalar(select(contact.c.id).where(contact.c.id == row.contact_id).with_for_update()):
        _go(tx, erasure_id, Step.REMOVE, cut_at=tx.now)
        return
    for one in tx.rows(select(contact.c.id).where(contact.c.id.in_(finding.whole(tx, row.contact_id))).with_for_update()):
        for talk in tx.rows(
            select(conversation.c.id).where(conversation.c.contact_id == one.id, conversation.c.status == "open")
        ):
            close(tx, talk.id, Actor.system(), "erased")
    found = finding.person(tx, row.contact_id)
    stays = finding.staying(tx, found.conversations)
    _remember_fingerprints(tx, found)
    i, e = identity.c, entry.c
    mine = select(i.id).where(i.contact_id.in_(found.contacts))
    told = [table for table in metadata.sorted_tables if "identity_id" in table.c]
    counts = {table.name: tx.execute(delete(table).where(table.c["identity_id"].in_(mine))).rowcount for table in told}
    removed = tx.execute(delete(identity).where(i.contact_id.in_(found.contacts))).rowcount
    blank: dict[str, Any] = {"name": None, "email": None, "language": None, "properties": {}}
    tx.execute(update(contact).where(contact.c.id.in_(found.contacts)).values(**blank))
    pending = (e.conversation_id.in_(found.conversations), e.delivery.in_(("pending", "sending")))
    tx.execute(update(entry).where(*pending).values(delivery="failed", delivery_reason="The contact is erased."))
    tx.execute(_STOP_JOBS, {"ids": list(found.conversations)})
    _add(tx, erasure_id, {"identity": removed, **counts})
    _go(tx, erasure_id, Step.REMOVE, cut_at=tx.now, person=found.as_json(), stays=stays)


def _remember_fingerprints(tx: Tx, found: Person) -> None:
    """A visitor's token is worth nothing from now on, and a message that a provider delivers again, or is asked for, is not taken
    in again."""
    e, i, n = entry.c, identity.c, provider_name.c
    kinds = ("visitor", *(kind.value for kind in NAMELESS))
    people = tx.rows(select(i.kind, i.scope, i.value).where(i.contact_id.in_(found.contacts), i.kind.in_(kinds)))
    marks = [fingerprint(one.kind, one.scope, one.value) for one in people]
    said = select(e.channel_account_id, e.provider_id).where(
        e.conversation_id.in_(found.conversations), e.provider_id.is_not(None), e.channel_account_id.is_not(None)
    )
    marks += [fingerprint("message", one.channel_account_id, one.provider_id) for one in tx.rows(said)]
    sent = select(n.channel_account_id, n.name).join(entry, e.id == n.entry_id).where(e.conversation_id.in_(found.conversations))
    marks += [fingerprint("message", one.channel_account_id, one.name) for one in tx.rows(sent)]
    if marks:
        rows = [{"digest": mark, "at": tx.now} for mark in set(marks)]
        written = pg_insert(erased_name)
        tx.execute(written.on_conflict_do_update(index_elements=["digest"], set_={"at": written.excluded.at}), rows)


def remove_some(tx: Tx, erasure_id: str) -> None:
    """Remove the next conversations with everything that hangs on them; after the last one, the contacts."""
    row = current(tx, erasure_id)
    if row is None:
        return
    whole = Person.read(row.person)
    c = conversation.c
    mine = select(c.id).where(or_(c.contact_id.in_(whole.contacts), c.id.in_(whole.conversations))).order_by(c.id)
    some = tuple(one.id for one in tx.rows(mine.limit(AT_ONCE).with_for_update()))
    contacts = () if some else whole.contacts
    counts = _remove(tx, {"contact": contacts, "conversation": some}, skip=() if contacts else ("contact",))
    _add(tx, erasure_id, counts)
    if not some:
        _go(tx, erasure_id, Step.COPIES)


def _remove(tx: Tx, start: Mapping[str, Sequence[str]], skip: Sequence[str]) -> dict[str, int]:
    counts = {}
    a = attachment.c
    files = [one.blob for one in tx.rows(select(a.blob).where(belongs("attachment", start), a.blob.is_not(None)).distinct())]
    counts["known_question"] = _questions(tx, start)
    for name in linked():
        counts[name] = tx.execute(delete(metadata.tables[name]).where(tied(name, start))).rowcount
    for name in reached().order:
        if name not in skip:
            gone = tx.execute(delete(metadata.tables[name]).where(belongs(name, start))).rowcount
            counts[name] = counts.get(name, 0) + gone
    counts["blob"], counts["bytes"] = blobs.drop_unused(tx, files)
    return counts


def _questions(tx: Tx, start: Mapping[str, Sequence[str]]) -> int:
    """Questions for tests that are, word for word, what the person wrote."""
    gap = metadata.tables["gap"]
    plain = func.lower(func.btrim(func.regexp_replace(entry.c.text, r"\s+", " ", "g")))
    said = select(plain).where(belongs("entry", start), entry.c.direction == "in")
    asked = select(func.lower(gap.c.question)).where(belongs("gap", start))
    q = func.lower(known_question.c.question)
    return tx.execute(delete(known_question).where(or_(q.in_(said), q.in_(asked)))).rowcount


def copies_of(tx: Tx, erasure_id: str, name: str) -> list[tuple[Any, ...]]:
    """Copies in passing that name the person, in one table: deliveries, mails, answers, attempts, events. Returns their keys.

    Nothing is locked or written: whoever reads the event log waits for every transaction that wrote, and looking through a
    large table takes long.
    """
    row = tx.row(select(erasure.c.person, erasure.c.cut_at).where(erasure.c.id == erasure_id, erasure.c.state != State.DONE))
    if row is None:
        return []
    found = Person.read(row.person)
    words = written([*found.words, *found.contacts, *found.conversations])
    return _copies(tx, name, found, words, row.cut_at) if words else []


def drop_copies(tx: Tx, erasure_id: str, name: str, keys: Sequence[tuple[Any, ...]]) -> None:
    """Delete copies that were found, with the files that nothing else needs."""
    if current(tx, erasure_id) is None:
        return
    table = metadata.tables[name]
    gone = delete(table).where(tuple_(*table.primary_key.columns).in_(keys))
    if "blob" in table.c:
        files = [one.blob for one in tx.rows(gone.returning(table.c.blob))]
        blobs.drop_unused(tx, files)
        count = len(files)
    else:
        count = tx.execute(gone).rowcount
    _add(tx, erasure_id, {name: count})


def copies_done(tx: Tx, erasure_id: str) -> None:
    """No copy is left that names the person in plain words."""
    if current(tx, erasure_id) is not None:
        _go(tx, erasure_id, Step.DELIVERIES)


def _copies(tx: Tx, name: str, found: Person, words: Sequence[str], until: datetime) -> list[tuple[Any, ...]]:
    table = metadata.tables[name]
    if name == "idempotent":
        return _answers(tx, [*words, *found.names])
    condition = named_in(table, words)
    if name == "event":
        condition = or_(event.c.subject.in_([*found.contacts, *found.conversations]), named_in(table, written(found.words)))
    if name == "notice":
        condition = named_in(table, [*words, *written(found.names)])
    query = select(*table.primary_key.columns).where(condition)
    if name == "raw_delivery":
        query = query.where(~raw_delivery.c.waits, raw_delivery.c.at <= until)
    return [tuple(one) for one in tx.rows(query)]


def _answers(tx: Tx, words: Sequence[str]) -> list[tuple[Any, ...]]:
    """Stored answers of the REST interface are in base 64: they are read some at a time."""
    i, after, found = idempotent.c, "", []
    query = select(i.key, i.answer).where(i.answer.is_not(None)).order_by(i.key).limit(100)
    while rows := tx.rows(query.where(i.key > after)):
        found += [(row.key,) for row in rows if mentions(unpacked(row.answer), words)]
        after = rows[-1].key
    return found


def deliveries_after(tx: Tx, erasure_id: str, most: int) -> tuple[Person, Sequence[Row[Any]]] | None:
    """The next stored deliveries of the person's accounts, to be read by the channels' parsers; None at the end."""
    row = current(tx, erasure_id)
    if row is None:
        return None
    found = Person.read(row.person)
    r = raw_delivery.c
    sizes = select(r.id, func.octet_length(r.body).label("size"))
    mine = sizes.where(r.channel_account_id.in_(found.accounts), ~r.waits, r.at <= row.cut_at, r.id > row.place)
    ids = _fitting(tx.rows(mine.order_by(r.id).limit(most)))
    if not ids:
        _go(tx, erasure_id, Step.SEARCH, place="")
        return None
    return found, tx.rows(select(raw_delivery).where(r.id.in_(ids)).order_by(r.id))


def _fitting(rows: Sequence[Row[Any]]) -> list[str]:
    """The first of some deliveries that are read together: one mail may have 40 MB, and fifty of them no memory."""
    ids: list[str] = []
    left = ROOM
    for row in rows:
        left -= row.size or 0
        if ids and left < 0:
            break
        ids.append(row.id)
    return ids


def drop_deliveries(tx: Tx, erasure_id: str, ids: Sequence[str], place: str) -> None:
    """Delete stored deliveries that, read by their channel, speak of the person."""
    if current(tx, erasure_id) is None:
        return
    _add(tx, erasure_id, {"raw_delivery": tx.execute(delete(raw_delivery).where(raw_delivery.c.id.in_(ids))).rowcount})
    tx.execute(update(erasure).where(erasure.c.id == erasure_id).values(place=place))


def finish(tx: Tx, erasure_id: str, found: Sequence[Mapping[str, Any]]) -> None:
    """It is done: what was looked for is forgotten as well."""
    row = current(tx, erasure_id)
    if row is None:
        return
    _go(tx, erasure_id, Step.DONE, state=State.DONE, person={}, found=list(found), finished_at=tx.now)
    emit(tx, "contact.erased", row.contact_id, erasure=erasure_id)


def _go(tx: Tx, erasure_id: str, step: Step, **values: Any) -> None:
    values = {"state": State.RUNNING, **values, "step": step.value}
    tx.execute(update(erasure).where(erasure.c.id == erasure_id).values(**values))


def _add(tx: Tx, erasure_id: str, counts: Mapping[str, int]) -> None:
    before = tx.scalar(select(erasure.c.gone).where(erasure.c.id == erasure_id)) or {}
    total = {name: before.get(name, 0) + counts.get(name, 0) for name in {*before, *counts}}
    tx.execute(update(erasure).where(erasure.c.id == erasure_id).values(gone={n: c for n, c in total.items() if c}))
