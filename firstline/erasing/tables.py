"""Rows of erasures."""

from sqlalchemy import Column, Index, Table, Text, TypedColumns
from sqlalchemy import text as sql

from firstline.kit.tables import at_column, id_column, json_column, list_column, maybe_at_column, metadata


class erasure_columns(TypedColumns):
    """A person who was, or is being, forgotten. ``person`` holds what is looked for while it runs, and is emptied at its end."""

    id = id_column()
    contact_id = Column(Text, nullable=False)
    by_kind = Column(Text, nullable=False)
    by_id = Column(Text, nullable=True)
    at = at_column()
    state = Column(Text, nullable=False, server_default="waiting")
    step = Column(Text, nullable=False, server_default="take_in")
    place = Column(Text, nullable=False, server_default="")
    person = json_column()
    gone = json_column()
    stays = json_column()
    found = list_column()
    cut_at = maybe_at_column()
    finished_at = maybe_at_column()


erasure = Table(
    "erasure",
    metadata,
    erasure_columns,
    Index("ix_erasure_at", "at", "id"),
    Index("uq_erasure_open", "contact_id", unique=True, postgresql_where=sql("state <> 'done'")),
)
