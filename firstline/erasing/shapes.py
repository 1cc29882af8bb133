"""The tables of the product as the rules see them, and the conditions under which rows belong to somebody."""

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import ARRAY, JSON, ColumnElement, LargeBinary, String, Table, Text, cast, false, func, or_, select, tuple_, union
from sqlalchemy import Column as DatabaseColumn
from sqlalchemy.dialects.postgresql import array

from firstline.erasing.rules import Column, Edge, Reach, Shape, reach
from firstline.kit.tables import metadata

_LINKED = ("channel_account_id", "provider_id")
"""What has both belongs to the message with the same two."""


@cache
def reached() -> Reach:
    """What hangs on contacts and conversations in this release."""
    return reach(_shape(table) for table in metadata.sorted_tables)


def _shape(table: Table) -> Shape:
    columns: list[Column] = []
    for column in table.columns:
        keys = column.foreign_keys
        columns += [Column(column.name, key.column.table.name, key.column.name, key.ondelete == "SET NULL") for key in keys]
        columns += [] if keys else [Column(column.name)]
    return Shape(table.name, tuple(columns))


def belongs(name: str, roots: Mapping[str, Sequence[str]]) -> ColumnElement[bool]:
    """The condition under which a row of a table belongs to these contacts and conversations (ids by table)."""
    table = metadata.tables[name]
    if name in roots:
        return table.c.id.in_(roots[name])
    ways = [_through(table, edge, roots) for edge in reached().edges[name]]
    if len(ways) < 2:
        return or_(false(), *ways)
    keys = list(table.primary_key.columns)  # each way by its own index: joined by OR they would have the whole table read
    return tuple_(*keys).in_(union(*(select(*keys).where(way) for way in ways)))


def _through(table: Table, edge: Edge, roots: Mapping[str, Sequence[str]]) -> ColumnElement[bool]:
    of = metadata.tables[edge.of]
    if edge.of in roots and edge.key == "id":
        return table.c[edge.column].in_(roots[edge.of])
    return table.c[edge.column].in_(select(of.c[edge.key]).where(belongs(edge.of, roots)))


def linked() -> tuple[str, ...]:
    """Tables whose rows are tied to a message by account and provider's id alone."""
    return tuple(
        table.name for table in metadata.sorted_tables if table.name != "entry" and all(name in table.c for name in _LINKED)
    )


def tied(name: str, roots: Mapping[str, Sequence[str]]) -> ColumnElement[bool]:
    """The condition for :func:`linked`."""
    table, entry = metadata.tables[name], metadata.tables["entry"]
    same = (entry.c.channel_account_id == table.c.channel_account_id, entry.c.provider_id == table.c.provider_id)
    return select(entry.c.id).where(*same, belongs("entry", roots)).exists()


def in_words(column: "DatabaseColumn[object]") -> ColumnElement[str] | None:
    """A column as text in small letters, None for numbers, instants and the like."""
    kind = column.type
    if isinstance(kind, LargeBinary):
        return func.lower(func.encode(column, "escape"))
    if isinstance(kind, String | Text | JSON | ARRAY):
        return func.lower(cast(column, Text))
    return None


def naming(column: ColumnElement[str], words: Sequence[str]) -> ColumnElement[bool]:
    """Whether a text names one of the words; no text names one of none."""
    escaped = (word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in words)
    return column.like(func.any(array([f"%{word}%" for word in escaped], type_=Text)))


def named_in(table: Table, words: Sequence[str]) -> ColumnElement[bool]:
    """Whether any column of a row names one of the words."""
    texts = [text for column in table.columns if (text := in_words(column)) is not None]
    return or_(false(), *(naming(text, words) for text in texts))
