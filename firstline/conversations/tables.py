"""Rows of conversations."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB

from firstline.kit.tables import (
    at_column,
    id_column,
    json_column,
    maybe_at_column,
    metadata,
)


class conversation_columns(TypedColumns):
    id = id_column()
    number = Column(BigInteger, Identity(always=True), nullable=False, unique=True)
    contact_id = Column(Text, ForeignKey("contact.id"), nullable=False)
    channel_account_id = Column(Text, ForeignKey("channel_account.id"), nullable=False)
    workspace = Column(Text, nullable=False)
    status = Column(Text, nullable=False)
    owner_kind = Column(Text, nullable=False)
    owner_id = Column(Text, nullable=True)
    owner_since = at_column()
    epoch = Column(Integer, nullable=False, server_default=sql("0"))
    engagement = Column(Integer, nullable=False, server_default=sql("0"))
    engagement_seq = Column(Integer, nullable=False, server_default=sql("0"))
    last_seq = Column(Integer, nullable=False, server_default=sql("0"))
    agent_seq = Column(Integer, nullable=False, server_default=sql("0"))
    agent_id = Column(Text, nullable=True)
    answered_by_agent = Column(Boolean, nullable=False, server_default=sql("false"))
    subject = Column(Text, nullable=False, server_default="")
    preview = Column(Text, nullable=False, server_default="")
    language = Column(Text, nullable=True)
    thread = Column(Text, nullable=True)
    previous_id = Column(Text, nullable=True)
    routing = Column(JSONB, nullable=True)
    created_at = at_column()
    updated_at = at_column()
    last_customer_at = maybe_at_column()
    waiting_since = maybe_at_column()
    snoozed_until = maybe_at_column()
    closed_at = maybe_at_column()
    closed_by_kind = Column(Text, nullable=True)
    closed_by_id = Column(Text, nullable=True)
    closed_reason = Column(Text, nullable=True)


class entry_columns(TypedColumns):
    id = id_column()
    conversation_id = Column(Text, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False)
    seq = Column(Integer, nullable=False)
    kind = Column(Text, nullable=False)
    by_kind = Column(Text, nullable=False)
    by_id = Column(Text, nullable=True)
    text = Column(Text, nullable=False, server_default="")
    data = json_column()
    at = at_column()
    epoch = Column(Integer, nullable=False)
    direction = Column(Text, nullable=True)
    channel_account_id = Column(Text, nullable=True)
    provider_id = Column(Text, nullable=True)
    client_id = Column(Text, nullable=True)
    delivery = Column(Text, nullable=True)
    delivery_reason = Column(Text, nullable=True)
    delivery_attempts = Column(Integer, nullable=False, server_default=sql("0"))
    turn_id = Column(Text, nullable=True)
    sent_at = maybe_at_column()
    quiet = Column(Boolean, nullable=False, server_default=sql("false"))
    party = Column(JSONB, nullable=True)


class attachment_columns(TypedColumns):
    """A file with a message: on its way, stored, or gone with the reason."""

    id = id_column()
    entry_id = Column(Text, ForeignKey("entry.id", ondelete="CASCADE"), nullable=False)
    position = Column(Integer, nullable=False)
    kind = Column(Text, nullable=False)
    name = Column(Text, nullable=False, server_default="")
    media_type = Column(Text, nullable=False, server_default="")
    size = Column(BigInteger, nullable=True)
    ref = Column(Text, nullable=False, server_default="")
    promised_sha256 = Column(Text, nullable=True)
    inline_id = Column(Text, nullable=True)
    state = Column(Text, nullable=False)
    reason = Column(Text, nullable=True)
    blob = Column(Text, nullable=True)
    attempts = Column(Integer, nullable=False, server_default=sql("0"))


conversation = Table(
    "conversation",
    metadata,
    conversation_columns,
    Index("ix_conversation_contact", "contact_id", "channel_account_id", "id"),
    Index("ix_conversation_owner", "status", "owner_kind", "owner_id", "updated_at"),
    Index("ix_conversation_updated", "updated_at", "id"),
    Index(
        "ix_conversation_open",
        "owner_kind",
        "owner_id",
        "workspace",
        "snoozed_until",
        postgresql_include=["status"],  # what a query names has to be in the index, else each row is looked up
        postgresql_where=sql("status = 'open'"),
    ),
    Index("ix_conversation_parts", sql("trigrams(subject)"), postgresql_using="gin"),
    Index(
        "ix_conversation_thread",
        "channel_account_id",
        "thread",
        postgresql_where=sql("thread is not null"),
    ),
)
entry = Table(
    "entry",
    metadata,
    entry_columns,
    UniqueConstraint("conversation_id", "seq", name="uq_entry_seq"),
    Index(
        "uq_entry_provider",
        "channel_account_id",
        "provider_id",
        "direction",
        unique=True,
        postgresql_where=sql("provider_id is not null"),
    ),
    Index(
        "uq_entry_client",
        "conversation_id",
        "client_id",
        unique=True,
        postgresql_where=sql("client_id is not null"),
    ),
    Index("ix_entry_words", sql("to_tsvector('simple'::regconfig, text)"), postgresql_using="gin"),
    Index("ix_entry_turn", "turn_id", postgresql_where=sql("turn_id is not null")),
    Index(
        "ix_entry_delivery",
        "delivery",
        postgresql_where=sql("delivery in ('pending', 'sending', 'unknown')"),
    ),
)
attachment = Table(
    "attachment",
    metadata,
    attachment_columns,
    UniqueConstraint("entry_id", "position", name="uq_attachment_position"),
    Index("ix_attachment_waiting", "state", postgresql_where=sql("state = 'waiting'")),
    Index("ix_attachment_blob", "blob", postgresql_where=sql("blob is not null")),
)
