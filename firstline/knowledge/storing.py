"""What reading writes: pages, passages, vectors, counts. Plain functions of one transaction each."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from firstline.kit.database import Tx
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.kit.jobs import defer
from firstline.knowledge.commands import next_sync
from firstline.knowledge.compact import pack
from firstline.knowledge.document import Page
from firstline.knowledge.embedding import Embedding, written
from firstline.knowledge.languages import language_of
from firstline.knowledge.rules import EntryKind, Problem, Schedule, SourceKind, SourceState
from firstline.knowledge.splitting import Piece, indexed, split
from firstline.knowledge.tables import knowledge_state, page, passage, passage_vector, source, source_file
from firstline.knowledge.words import as_tsvector, terms


@dataclass(frozen=True)
class ToEmbed:
    """A passage without vectors: the text that is embedded, and the question of an entry that has one."""

    passage_id: str
    indexed: str
    question: str | None


def begin(tx: Tx, source_id: str) -> Row[Any] | None:
    """The source to read, marked as being read; None if it is gone or nothing is left to do."""
    found = tx.row(select(source).where(source.c.id == source_id).with_for_update())
    if found is None or found.state not in (SourceState.QUEUED, SourceState.READING):
        return None
    if found.state == SourceState.QUEUED:
        tx.execute(update(source).where(source.c.id == source_id).values(state=SourceState.READING, started_at=tx.now))
        emit(tx, "source.changed", source_id, state=SourceState.READING)
    return found


def body_of(tx: Tx, source_id: str) -> bytes:
    """The bytes of a file source."""
    return bytes(tx.scalar(select(source_file.c.body).where(source_file.c.source_id == source_id)) or b"")


def store(tx: Tx, found: Row[Any], read: Sequence[Page]) -> None:
    """Store pages that were read: passages that are new wait for their vectors, those no longer there stay until then."""
    for one in read:
        _store_page(tx, found, one)


def _store_page(tx: Tx, found: Row[Any], one: Page) -> str:
    language = (found.language or one.language or language_of(one.text) or "en")[:12]
    values: dict[str, Any] = {
        "url": one.url,
        "title": one.title[:500],
        "about": one.about or found.about,
        "language": language,
        "kind": EntryKind.FAQ if one.question else EntryKind.PASSAGE,
        "question": one.question,
        "state": "read",
        "cause": None,
        "text_hash": hashlib.sha256(one.text.encode()).hexdigest(),
        "links": list(one.links),
        "run": found.run,
        "read_at": tx.now,
    }
    upsert = pg_insert(page).values(id=new_id("pag"), source_id=found.id, key=one.key, **values)
    page_id: str = tx.execute(
        upsert.on_conflict_do_update(index_elements=["source_id", "key"], set_=values).returning(page.c.id)
    ).scalar_one()
    _store_passages(tx, found.id, page_id, split(one), language)
    return page_id


def _store_passages(tx: Tx, source_id: str, page_id: str, pieces: Sequence[Piece], language: str) -> None:
    query = select(passage.c.id, passage.c.hash, passage.c.position, passage.c.leaving, passage.c.heading)
    known: dict[str, list[Row[Any]]] = {}
    for row in tx.rows(query.where(passage.c.page_id == page_id).order_by(passage.c.position)):
        known.setdefault(row.hash, []).append(row)
    fresh = []
    for position, piece in enumerate(pieces):
        same = known.get(piece.hash)
        if same:
            row = same.pop(0)
            if row.position != position or row.leaving or row.heading != piece.heading:
                changed = {"position": position, "leaving": False, "heading": piece.heading}
                tx.execute(update(passage).where(passage.c.id == row.id).values(**changed))
            continue
        found = terms(piece.indexed, language)
        fresh.append(
            {
                "id": new_id("psg"),
                "source_id": source_id,
                "page_id": page_id,
                "position": position,
                "heading": piece.heading,
                "text": piece.text,
                "hash": piece.hash,
                "terms": as_tsvector(found),
                "length": len(found),
            }
        )
    if fresh:
        tx.execute(insert(passage), fresh)
    leaving = [row.id for rows in known.values() for row in rows]
    if leaving:
        tx.execute(delete(passage).where(passage.c.id.in_(leaving), ~passage.c.embedded))
        tx.execute(update(passage).where(passage.c.id.in_(leaving)).values(leaving=True))


def forget_passages(tx: Tx, page_id: str) -> None:
    """A page is no longer part of the knowledge."""
    tx.execute(delete(passage).where(passage.c.page_id == page_id))


def finish_reading(tx: Tx, source_id: str, run: int) -> bool:
    """All pages of this run are stored: remove those that vanished. False if a newer run was asked for meanwhile."""
    current = tx.row(select(source.c.run).where(source.c.id == source_id).with_for_update())
    if current is None or current.run != run:
        return False
    tx.execute(delete(page).where(page.c.source_id == source_id, page.c.run < run))
    tx.execute(update(source).where(source.c.id == source_id).values(read_run=run))
    show_progress(tx, source_id)
    return True


def to_embed(tx: Tx, source_id: str, limit: int) -> list[ToEmbed]:
    """The next passages without vectors."""
    rows = tx.rows(
        select(passage.c.id, passage.c.heading, passage.c.text, page.c.title, page.c.question, page.c.about)
        .join(page, page.c.id == passage.c.page_id)
        .where(passage.c.source_id == source_id, ~passage.c.embedded)
        .order_by(passage.c.id)
        .limit(limit)
    )
    return [
        ToEmbed(row.id, indexed(row.question or row.title, row.heading, row.text), _bare(row.question, row.about)) for row in rows
    ]


def _bare(question: str | None, about: str | None) -> str | None:
    """A question without the name in front of it, as in “Hobsons House: Is there a lift?”."""
    if question and about and question.lower().startswith(about.lower()):
        return question[len(about) :].lstrip(" :-–—,") or question
    return question


def store_vectors(tx: Tx, source_id: str, made: Mapping[str, tuple[Embedding, Embedding | None]]) -> None:
    """Store the vectors of passages, so that they are found from now on; passages deleted meanwhile are passed over."""
    alive = tx.rows(select(passage.c.id).where(passage.c.id.in_(made)).with_for_update())
    rows = []
    for (passage_id,) in alive:
        own, question = made[passage_id]
        rows.append(
            {
                "passage_id": passage_id,
                "source_id": source_id,
                "vector": written(own.vector),
                "question": written(question.vector) if question is not None else None,
                "tokens": pack(own.tokens),
            }
        )
    if rows:
        tx.execute(pg_insert(passage_vector).on_conflict_do_nothing(), rows)
        tx.execute(update(passage).where(passage.c.id.in_([row["passage_id"] for row in rows])).values(embedded=True))
    show_progress(tx, source_id)


def finish(tx: Tx, source_id: str, run: int) -> bool:
    """Everything of this run can be found: drop what was replaced. False if something is left to do."""
    found = tx.row(select(source).where(source.c.id == source_id).with_for_update())
    if found is None or found.run != run:
        return False
    if tx.scalar(select(passage.c.id).where(passage.c.source_id == source_id, ~passage.c.embedded).limit(1)):
        return False
    tx.execute(delete(passage).where(passage.c.source_id == source_id, passage.c.leaving))
    values: dict[str, Any] = {"state": SourceState.READY, "cause": None, "cure": None, "last_synced_at": tx.now}
    values["next_sync_at"] = next_sync(tx, Schedule(found.schedule))
    if found.kind == SourceKind.URL and found.title == found.url:
        title = tx.scalar(select(page.c.title).where(page.c.source_id == source_id, page.c.title != ""))
        values |= {"title": title} if title else {}
    tx.execute(update(source).where(source.c.id == source_id).values(**values))
    show_progress(tx, source_id)
    emit(tx, "source.changed", source_id, state=SourceState.READY)
    defer(tx, "knowledge.count", key="all")
    return True


def fail(tx: Tx, source_id: str, run: int, problem: Problem) -> None:
    """A source could not be read; what was read of it before stays."""
    found = tx.row(select(source).where(source.c.id == source_id).with_for_update())
    if found is None or found.run != run:
        return
    tx.execute(
        update(source)
        .where(source.c.id == source_id)
        .values(
            state=SourceState.FAILED,
            cause=problem.cause,
            cure=problem.cure,
            next_sync_at=next_sync(tx, Schedule(found.schedule)),
        )
    )
    tx.execute(delete(passage).where(passage.c.source_id == source_id, ~passage.c.embedded))
    tx.execute(update(passage).where(passage.c.source_id == source_id).values(leaving=False))
    emit(tx, "source.changed", source_id, state=SourceState.FAILED, cause=problem.cause)


def show_progress(tx: Tx, source_id: str) -> None:
    """Count pages and passages anew and tell whoever watches."""
    pages = tx.row(
        select(
            func.count().filter(page.c.state != "skipped").label("all"),
            func.count().filter(page.c.state == "read", page.c.run == source.c.run).label("read"),
            func.count().filter(page.c.state == "failed").label("failed"),
        )
        .select_from(page)
        .join(source, source.c.id == page.c.source_id)
        .where(page.c.source_id == source_id)
    )
    passages = tx.row(
        select(func.count().filter(passage.c.embedded).label("ready"), func.count().label("all"))
        .select_from(passage)
        .where(passage.c.source_id == source_id, or_(~passage.c.leaving, and_(passage.c.leaving, ~passage.c.embedded)))
    )
    assert pages is not None
    assert passages is not None
    counts = {"pages": pages.all, "pages_done": pages.read, "pages_failed": pages.failed}
    tx.execute(update(source).where(source.c.id == source_id).values(passages=passages.ready, **counts))
    emit(tx, "source.progress", source_id, **counts, passages=passages.ready, passages_all=passages.all)


_TERMS = "select word, ndoc from ts_stat('select terms from passage where embedded')"


@dataclass(frozen=True)
class Counted:
    """Passages, their average length, and the lines of ``term`` as COPY has them."""

    passages: int
    average_length: int
    terms: Sequence[bytes]


def counted(tx: Tx) -> Counted:
    """In how many passages each term occurs. One process counts at a time; nothing is written."""
    tx.execute(text("select pg_advisory_xact_lock(0x66690002)"))
    embedded = select(func.count().label("number"), func.coalesce(func.avg(passage.c.length), 1).label("length"))
    found = tx.execute(embedded.where(passage.c.embedded)).mappings().one()
    with tx.raw.cursor() as cursor, cursor.copy(f"copy ({_TERMS}) to stdout") as lines:
        return Counted(found["number"], round(found["length"]), [bytes(line) for line in lines])


def count(tx: Tx) -> None:
    """Count anew in how many passages each term occurs, and name the knowledge's new revision.

    Of a million passages that takes half a minute, so nothing is written before all is counted: whoever reads the event log
    waits for every transaction that wrote.
    """
    found = counted(tx)
    with tx.raw.cursor() as cursor:
        cursor.execute("delete from term")
        with cursor.copy("copy term (term, passages) from stdin") as anew:
            for line in found.terms:
                anew.write(line)
    values = {"passages": found.passages, "average_length": found.average_length}
    upsert = pg_insert(knowledge_state).values(id=1, revision=1, **values)
    tx.execute(upsert.on_conflict_do_update(index_elements=["id"], set_={"revision": knowledge_state.c.revision + 1, **values}))
