"""Rows of channels."""

from sqlalchemy import Column, Index, LargeBinary, Table, Text, TypedColumns
from sqlalchemy.dialects.postgresql import JSONB

from firstline.kit.tables import (
    at_column,
    id_column,
    json_column,
    maybe_at_column,
    metadata,
)


class channel_account_columns(TypedColumns):
    """One connected address: a website's chat, a mailbox, a number, a page."""

    id = id_column()
    kind = Column(Text, nullable=False)
    family = Column(Text, nullable=False, server_default="chat")
    name = Column(Text, nullable=False)
    workspace = Column(Text, nullable=False)
    settings = json_column()
    secrets = Column(LargeBinary, nullable=True)
    attention = Column(JSONB, nullable=True)
    created_at = at_column()
    removed_at = maybe_at_column()


channel_account = Table(
    "channel_account",
    metadata,
    channel_account_columns,
    Index("ix_channel_account_kind", "kind"),
)
