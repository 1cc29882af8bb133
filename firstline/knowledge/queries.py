"""Questions about sources."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.knowledge.rules import Access, SourceKind, SourceState
from firstline.knowledge.tables import page, passage, source


def which(tx: Tx, source_id: str) -> Row[Any]:
    """One source.

    :raises NotFound: if there is none.
    """
    found = tx.row(select(source).where(source.c.id == source_id))
    if found is None:
        raise NotFound(f"There is no source {source_id}.")
    return found


def sources(
    tx: Tx,
    words: str = "",
    *,
    kinds: Sequence[SourceKind] = (),
    state: SourceState | None = None,
    access: Access | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Sequence[Row[Any]]:
    """Sources, newest first; ``words`` is part of a title or address."""
    query = _matching(select(source), words, kinds, state, access)
    if after:
        query = query.where(source.c.id < after)
    return tx.rows(query.order_by(source.c.id.desc()).limit(limit))


def how_many(tx: Tx) -> dict[str, int]:
    """The number of sources by kind, with ``all`` and ``failed``, and of passages."""
    counts = {str(row.kind): int(row.number) for row in tx.rows(
        select(source.c.kind, func.count().label("number")).group_by(source.c.kind)
    )}  # fmt: skip
    failed = tx.scalar(select(func.count()).select_from(source).where(source.c.state == SourceState.FAILED))
    passages = tx.scalar(select(func.coalesce(func.sum(source.c.passages), 0)))
    return {**counts, "all": sum(counts.values()), "failed": int(failed or 0), "passages": int(passages or 0)}


def pages_of(tx: Tx, source_id: str, *, after: str | None = None, limit: int = 50) -> Sequence[Row[Any]]:
    """The pages of a source, in the order they were found."""
    query = select(page).where(page.c.source_id == source_id).order_by(page.c.id).limit(limit)
    return tx.rows(query.where(page.c.id > after) if after else query)


def passages_of(tx: Tx, page_id: str) -> Sequence[Row[Any]]:
    """The passages of a page, in order, as they are found now."""
    query = select(passage.c.id, passage.c.heading, passage.c.text).where(passage.c.page_id == page_id, passage.c.embedded)
    return tx.rows(query.order_by(passage.c.position))


def _matching(
    query: Select[Any], words: str, kinds: Sequence[SourceKind], state: SourceState | None, access: Access | None
) -> Select[Any]:
    if words:
        pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(source.c.title.ilike(pattern) | source.c.url.ilike(pattern))
    if kinds:
        query = query.where(source.c.kind.in_(kinds))
    if state:
        query = query.where(source.c.state == state)
    return query.where(source.c.access == access) if access else query
