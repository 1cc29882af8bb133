"""The last look: every column of every table, for words that name the person."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from firstline.erasing.rules import STAYS, Person, called, written
from firstline.erasing.shapes import in_words, naming
from firstline.kit.database import Tx
from firstline.kit.tables import metadata

_NOT_LOOKED_AT = ("erasure", "blob", "passage_vector")
"""The erasure itself; files, which belong to messages; numbers."""
_MEANS = {
    "source": "Content that names the person. Open Knowledge and change it.",
    "page": "Pages of content that name the person. They follow their source.",
    "passage": "Passages of content that name the person. They follow their source.",
    "audit_entry": "What a teammate wrote into a setting. The audit log is a chain that cannot be changed.",
    "contact": "The person has written again, or another contact has the same name.",
    "conversation": "A conversation of somebody else names the person, or they have written again.",
    "entry": "A message of somebody else names the person, or they have written again.",
    "mail": "A mail of somebody else names the person.",
}


def tables() -> Sequence[str]:
    """What is searched, one table a transaction."""
    return [table.name for table in metadata.sorted_tables if table.name not in _NOT_LOOKED_AT]


def named_rows(tx: Tx, name: str, found: Person) -> dict[str, Any] | None:
    """How many rows of a table name the person, and in which columns; None if none does."""
    words = written([*found.words, *found.names])
    table = metadata.tables[name]
    looks = {column.name: naming(text, words) for column in table.columns if (text := in_words(column)) is not None}
    if not words or not looks:
        return None
    counted = select(*(func.count().filter(look).label(column) for column, look in looks.items())).select_from(table)
    row = tx.row(counted)
    columns = {column: int(getattr(row, column)) for column in looks if row is not None and getattr(row, column)}
    if not columns:
        return None
    advice = _MEANS.get(name) or STAYS.get(name) or "Look at these rows."
    return {"table": name, "what": called(name), "rows": max(columns.values()), "columns": sorted(columns), "advice": advice}
