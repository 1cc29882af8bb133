"""The one MetaData that every feature's tables belong to, and the column shapes that recur."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, MetaData, Text, text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NOTHING = text("'{}'::jsonb")
NO_ITEMS = text("'[]'::jsonb")


def id_column() -> "Column[str]":
    """The text primary key of a table whose ids come from :func:`firstline.kit.ids.new_id`."""
    return Column(Text, primary_key=True)


def at_column(*, index: bool = False) -> "Column[datetime]":
    """A required instant."""
    return Column(DateTime(timezone=True), nullable=False, index=index)


def maybe_at_column(*, index: bool = False) -> "Column[datetime | None]":
    """An instant that may be missing."""
    return Column(DateTime(timezone=True), nullable=True, index=index)


def json_column() -> "Column[dict[str, Any]]":
    """A JSON object, empty unless given."""
    return Column(JSONB, nullable=False, server_default=NOTHING)


def list_column() -> "Column[list[Any]]":
    """A JSON array, empty unless given."""
    return Column(JSONB, nullable=False, server_default=NO_ITEMS)
