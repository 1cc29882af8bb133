"""The verbs of sources. Reading itself is a job (``jobs``): a command says what is wanted and asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import insert, select, update

from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, NotFound, TooLarge
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.kit.jobs import defer
from firstline.knowledge.reading.formats import LISTED, kind_of
from firstline.knowledge.rules import (
    DAYS,
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    LONGEST_TEXT,
    MAX_PAGES,
    MOST_PAGES,
    Access,
    Schedule,
    SourceKind,
    SourceState,
    checked_labels,
    checked_text,
    checked_url,
)
from firstline.knowledge.tables import page, source, source_file
from firstline.people import audit
from firstline.people.rules import Actor

LONGEST_TITLE = 300


@dataclass(frozen=True)
class Use:
    """Who may use a source, and how. No agents and no audiences mean all."""

    access: Access = Access.PUBLIC
    agents: Sequence[str] = ()
    audiences: Sequence[str] = ()
    about: str | None = None
    language: str | None = None
    schedule: Schedule = Schedule.NEVER


def add_short_answer(tx: Tx, question: str, answer: str, *, by: Actor, use: Use | None = None) -> str:
    """Add a question with its approved answer; returns the source's id.

    :raises Invalid: if one of them is empty or too long. :raises Forbidden: without the permission or a seat.
    """
    question = " ".join(checked_text(question, "question", LONGEST_QUESTION).split())
    answer = checked_text(answer, "answer", LONGEST_ANSWER)
    return _add(tx, SourceKind.SHORT_ANSWER, question, by, use, question=question, content=answer)


def change_short_answer(tx: Tx, source_id: str, question: str, answer: str, *, by: Actor) -> None:
    """Replace a short answer's question and answer.

    :raises Invalid: if one of them is empty or too long, or the source is no short answer.
    """
    by.require_agent_editor()
    found = locked(tx, source_id)
    if found.kind != SourceKind.SHORT_ANSWER:
        raise Invalid(f"{source_id} is no short answer.")
    question = " ".join(checked_text(question, "question", LONGEST_QUESTION).split())
    answer = checked_text(answer, "answer", LONGEST_ANSWER)
    tx.execute(update(source).where(source.c.id == source_id).values(question=question, title=question, content=answer))
    before = {"question": found.question, "answer": found.content}
    audit.record(tx, by, "source.changed", source_id, before=before, after={"question": question, "answer": answer})
    _read_again(tx, source_id)


def add_text(tx: Tx, title: str, text: str, *, by: Actor, url: str | None = None, use: Use | None = None) -> str:
    """Add a text with a title; headings and lists as in Markdown.

    :param url: where customers can read it, if anywhere.
    """
    title = " ".join(checked_text(title, "title", LONGEST_TITLE).split())
    content = checked_text(text, "text", LONGEST_TEXT)
    return _add(tx, SourceKind.TEXT, title, by, use, url=checked_url(url) if url else None, content=content)


def add_url(tx: Tx, url: str, *, by: Actor, use: Use | None = None) -> str:
    """Add a web page; its title comes with reading."""
    url = checked_url(url)
    return _add(tx, SourceKind.URL, url, by, use, url=url)


def add_site(tx: Tx, url: str, *, by: Actor, max_pages: int = MAX_PAGES, use: Use | None = None) -> str:
    """Add a whole site: what its sitemap lists, else what its pages link to, below the address.

    :raises Invalid: if the address is none, or ``max_pages`` is not between 1 and :data:`MOST_PAGES`.
    """
    if not 1 <= max_pages <= MOST_PAGES:
        raise Invalid(f"The number of pages has to be between 1 and {MOST_PAGES:,}, not {max_pages:,}.", field="max_pages")
    url = checked_url(url)
    return _add(tx, SourceKind.SITE, url, by, use, url=url, max_pages=max_pages)


def add_file(
    tx: Tx, name: str, body: bytes, *, by: Actor, content_type: str | None = None, most_mb: int = 50, use: Use | None = None
) -> str:
    """Add a file.

    :raises TooLarge: beyond ``most_mb``. :raises Invalid: if it is empty or of a kind that cannot be read.
    """
    name = " ".join("".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c >= " ").split())[:LONGEST_TITLE]
    kind = kind_of(name, content_type)
    if kind is None:
        raise Invalid(f"“{name or 'The file'}” is of a kind that cannot be read; these can: {LISTED}.", field="file")
    if not body:
        raise Invalid(f"“{name}” is empty.", field="file")
    if len(body) > most_mb * 1_000_000:
        raise TooLarge(f"“{name}” has {len(body) / 1e6:,.0f} MB; at most {most_mb} MB are possible.", field="file")
    name = name or f"file.{kind}"
    made = _add(tx, SourceKind.FILE, name, by, use, file_name=name, file_type=kind, file_size=len(body))
    tx.execute(insert(source_file).values(source_id=made, body=body))
    return made


def _add(tx: Tx, kind: SourceKind, title: str, by: Actor, use: Use | None, **values: Any) -> str:
    by.require_agent_editor()
    use = use or Use()
    made = new_id("src")
    row = {
        "id": made,
        "kind": kind,
        "title": title,
        "access": use.access,
        "agents": checked_labels(list(use.agents), "agents"),
        "audiences": checked_labels(list(use.audiences), "audiences"),
        "about": " ".join(checked_text(use.about, "about", LONGEST_TITLE).split()) if use.about else None,
        "language": use.language,
        "schedule": use.schedule,
        "state": SourceState.QUEUED,
        "created_by": by.id,
        "created_at": tx.now,
        "changed_at": tx.now,
    }
    tx.execute(insert(source).values(**row, **values))
    audit.record(tx, by, "source.added", made, after={"kind": kind, "title": title, "access": use.access})
    emit(tx, "source.added", made, source_kind=kind, title=title)
    defer(tx, "knowledge.read", key=made, source_id=made)
    return made


def sync(tx: Tx, source_id: str, *, by: Actor) -> None:
    """Read a source again; only what has changed is embedded again.

    :raises NotFound: if there is none.
    """
    by.require_agent_editor()
    locked(tx, source_id)
    audit.record(tx, by, "source.synced", source_id)
    _read_again(tx, source_id)


def _read_again(tx: Tx, source_id: str) -> None:
    tx.execute(
        update(source)
        .where(source.c.id == source_id)
        .values(run=source.c.run + 1, state=SourceState.QUEUED, cause=None, cure=None, changed_at=tx.now)
    )
    emit(tx, "source.changed", source_id, state=SourceState.QUEUED)
    defer(tx, "knowledge.read", key=source_id, source_id=source_id)


def sync_due(tx: Tx) -> int:
    """Read again what its schedule says; returns how many sources."""
    due = tx.rows(select(source.c.id).where(source.c.next_sync_at <= tx.now).limit(100).with_for_update(skip_locked=True))
    for row in due:
        tx.execute(update(source).where(source.c.id == row.id).values(next_sync_at=None))
        _read_again(tx, row.id)
    return len(due)


def change(
    tx: Tx,
    source_id: str,
    *,
    by: Actor,
    title: str | None = None,
    access: Access | None = None,
    agents: Sequence[str] | None = None,
    audiences: Sequence[str] | None = None,
    schedule: Schedule | None = None,
) -> None:
    """Rename a source, or change who may use it and how often it is read again; what is None stays."""
    by.require_agent_editor()
    found = locked(tx, source_id)
    values: dict[str, Any] = {}
    if title is not None:
        values["title"] = " ".join(checked_text(title, "title", LONGEST_TITLE).split())
    if access is not None:
        values["access"] = access
    if agents is not None:
        values["agents"] = checked_labels(list(agents), "agents")
    if audiences is not None:
        values["audiences"] = checked_labels(list(audiences), "audiences")
    if schedule is not None:
        values["schedule"] = schedule
        values["next_sync_at"] = next_sync(tx, schedule)
    if not values:
        return
    tx.execute(update(source).where(source.c.id == source_id).values(changed_at=tx.now, **values))
    told = {name: value for name, value in values.items() if name != "next_sync_at"}
    audit.record(tx, by, "source.changed", source_id, before={name: getattr(found, name) for name in told}, after=told)
    emit(tx, "source.changed", source_id, state=found.state)


def next_sync(tx: Tx, schedule: Schedule) -> Any:
    """When a source with this schedule is read again; None for never."""
    return tx.now + timedelta(days=DAYS[schedule]) if schedule in DAYS else None


def delete(tx: Tx, source_id: str, *, by: Actor) -> None:
    """Delete a source with its pages and passages.

    :raises NotFound: if there is none.
    """
    by.require_agent_editor()
    found = locked(tx, source_id)
    tx.execute(sql_delete(page).where(page.c.source_id == source_id))
    tx.execute(sql_delete(source).where(source.c.id == source_id))
    audit.record(tx, by, "source.deleted", source_id, before={"kind": found.kind, "title": found.title})
    emit(tx, "source.deleted", source_id, title=found.title)
    defer(tx, "knowledge.count", key="all")


def cited(tx: Tx, source_ids: Sequence[str]) -> None:
    """An answer named these sources."""
    tx.execute(
        update(source)
        .where(source.c.id.in_(sorted(set(source_ids))))
        .values(citations=source.c.citations + 1, last_cited_at=tx.now)
    )


def locked(tx: Tx, source_id: str) -> Any:
    """The source's row, locked until the transaction ends.

    :raises NotFound: if there is none.
    """
    found = tx.row(select(source).where(source.c.id == source_id).with_for_update())
    if found is None:
        raise NotFound(f"There is no source {source_id}.")
    return found
