"""Rows of custom channels."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, TypedColumns, UniqueConstraint

from firstline.kit.tables import at_column, id_column, json_column, list_column, maybe_at_column, metadata


class custom_channel_columns(TypedColumns):
    """A kind of channel that somebody else runs: what it can do, and where its messages go."""

    id = id_column()
    name = Column(Text, nullable=False)
    capabilities = json_column()
    threading = Column(Text, nullable=False)
    webhook_url = Column(Text, nullable=True)
    secrets = Column(LargeBinary, nullable=True)
    rotation = list_column()
    created_at = at_column()
    archived_at = maybe_at_column()


class publication_columns(TypedColumns):
    """A message that was published, by its idempotency id, with the answer that was given."""

    channel_account_id = Column(Text, primary_key=True)
    idempotency_id = Column(Text, primary_key=True)
    body_hash = Column(LargeBinary, nullable=False)
    message_id = Column(Text, nullable=False)
    conversation_id = Column(Text, nullable=False)
    at = at_column()


class hook_attempt_columns(TypedColumns):
    """One attempt to hand a message to a custom channel's webhook."""

    id = id_column()
    custom_channel_id = Column(Text, ForeignKey("custom_channel.id", ondelete="CASCADE"), nullable=False)
    channel_account_id = Column(Text, nullable=True)
    event_id = Column(Text, nullable=False)
    type = Column(Text, nullable=False)
    entry_id = Column(Text, nullable=True)
    attempt = Column(Integer, nullable=False)
    url = Column(Text, nullable=False)
    status = Column(Integer, nullable=True)
    error = Column(Text, nullable=True)
    ms = Column(Integer, nullable=False)
    body = Column(Text, nullable=False, server_default="")
    at = at_column()


custom_channel = Table("custom_channel", metadata, custom_channel_columns)
publication = Table(
    "publication",
    metadata,
    publication_columns,
    Index("ix_publication_message", "message_id"),
    Index("ix_publication_conversation", "conversation_id"),
)
hook_attempt = Table(
    "hook_attempt",
    metadata,
    hook_attempt_columns,
    UniqueConstraint("event_id", "attempt", name="uq_hook_attempt_number"),
    Index("ix_hook_attempt_channel", "custom_channel_id", "id"),
    Index("ix_hook_attempt_entry", "entry_id"),
)
