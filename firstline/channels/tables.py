"""Rows of channels."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

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
    checked_at = maybe_at_column()
    created_at = at_column()
    removed_at = maybe_at_column()


class raw_delivery_columns(TypedColumns):
    """A delivery as it came, byte for byte.

    ``interrupts``: it may take the word from the agent, with the customers of ``whom``; where that is null, with those whose ids
    are found in the bytes. ``bring_at``: when the message that it only points to is fetched; ``brought`` is that message.
    """

    id = id_column()
    channel_account_id = Column(Text, ForeignKey("channel_account.id"), nullable=False)
    method = Column(Text, nullable=False)
    rest = Column(Text, nullable=False, server_default="")
    query = json_column()
    headers = json_column()
    body = Column(LargeBinary, nullable=False)
    url = Column(Text, nullable=False, server_default="")
    at = at_column()
    waits = Column(Boolean, nullable=False, server_default=sql("false"))
    applied = Column(Integer, nullable=False, server_default=sql("0"))
    failures = Column(Integer, nullable=False, server_default=sql("0"))
    interrupts = Column(Boolean, nullable=False, server_default=sql("false"))
    whom: "Column[list[str] | None]" = Column(ARRAY(Text), nullable=True)
    bring_at = maybe_at_column()
    bring_failures = Column(Integer, nullable=False, server_default=sql("0"))
    brought = Column(LargeBinary, nullable=True)


class dead_letter_columns(TypedColumns):
    """A delivery, or a part of one, that could not be understood or applied."""

    id = id_column()
    channel_account_id = Column(Text, ForeignKey("channel_account.id"), nullable=False)
    raw_delivery_id = Column(Text, ForeignKey("raw_delivery.id", ondelete="CASCADE"), nullable=False)
    position = Column(Integer, nullable=False)
    detail = Column(Text, nullable=False)
    part = Column(LargeBinary, nullable=False)
    state = Column(Text, nullable=False, server_default="waiting")
    attempts = Column(Integer, nullable=False, server_default=sql("0"))
    at = at_column()
    settled_at = maybe_at_column()
    settled_by = Column(Text, nullable=True)


class dispatch_columns(TypedColumns):
    """One message on the wire: a reply, or a part of one with much text or with files.

    ``told_attempt``: the attempt of which the provider reported that it failed; the answer to its request, which may come later,
    knows less.
    """

    entry_id = Column(Text, ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    part = Column(Integer, primary_key=True)
    parts = Column(Integer, nullable=False)
    file_id = Column(Text, nullable=True)
    form = Column(Text, nullable=False, server_default="")
    channel_account_id = Column(Text, nullable=False)
    recipient = Column(Text, nullable=False, server_default="")
    text = Column(Text, nullable=False, server_default="")
    delivery = Column(Text, nullable=False)
    reason = Column(Text, nullable=True)
    code = Column(Text, nullable=True)
    final = Column(Boolean, nullable=False, server_default=sql("true"))
    attempts = Column(Integer, nullable=False, server_default=sql("0"))
    told_attempt = Column(Integer, nullable=True)
    sent_at = maybe_at_column()
    not_before = maybe_at_column()
    begun = Column(Boolean, nullable=False, server_default=sql("true"))


class provider_name_columns(TypedColumns):
    """By what ids a provider, or we, call a message of ours; one message may have several."""

    channel_account_id = Column(Text, primary_key=True)
    name = Column(Text, primary_key=True)
    entry_id = Column(Text, ForeignKey("entry.id", ondelete="CASCADE"), nullable=False)
    part = Column(Integer, nullable=False)
    form = Column(Text, nullable=False, server_default="")


class delivery_report_columns(TypedColumns):
    """What a provider said about a message of ours; without entry while nobody knows which one it means."""

    id = Column(BigInteger, primary_key=True, autoincrement=True)
    channel_account_id = Column(Text, nullable=False)
    name = Column(Text, nullable=False)
    entry_id = Column(Text, ForeignKey("entry.id", ondelete="CASCADE"), nullable=True)
    part = Column(Integer, nullable=True)
    delivery = Column(Text, nullable=False)
    code = Column(Text, nullable=True)
    reason = Column(Text, nullable=True)
    final = Column(Boolean, nullable=False, server_default=sql("true"))
    refuses_file = Column(Boolean, nullable=False, server_default=sql("false"))
    again = Column(Boolean, nullable=False, server_default=sql("false"))
    moved = Column(Boolean, nullable=False, server_default=sql("false"))
    said_at = at_column()
    at = at_column()


class bucket_columns(TypedColumns):
    """How many messages may go out at once, for an account or one customer of it."""

    key = Column(Text, primary_key=True)
    tokens = Column(Float, nullable=False)
    at = at_column()


class account_note_columns(TypedColumns):
    """Worth knowing about an account that works on, such as a quality rating; the account keeps it until it is no longer so."""

    channel_account_id = Column(Text, ForeignKey("channel_account.id", ondelete="CASCADE"), primary_key=True)
    code = Column(Text, primary_key=True)
    text = Column(Text, nullable=False)
    cure = Column(Text, nullable=False, server_default="")
    at = at_column()


class watch_columns(TypedColumns):
    """Which process watches an account, and until when it is believed."""

    channel_account_id = Column(Text, primary_key=True)
    holder = Column(Text, nullable=False)
    until = at_column()


channel_account = Table(
    "channel_account",
    metadata,
    channel_account_columns,
    Index("ix_channel_account_kind", "kind"),
)
raw_delivery = Table(
    "raw_delivery",
    metadata,
    raw_delivery_columns,
    Index("ix_raw_delivery_at", "at"),
    Index("ix_raw_delivery_waits", "channel_account_id", "at", "id", postgresql_where=sql("waits")),
    Index("ix_raw_delivery_bring", "bring_at", postgresql_where=sql("bring_at is not null")),
)
dead_letter = Table(
    "dead_letter",
    metadata,
    dead_letter_columns,
    UniqueConstraint("raw_delivery_id", "position", name="uq_dead_letter_position"),
    Index("ix_dead_letter_waiting", "channel_account_id", "id", postgresql_where=sql("state = 'waiting'")),
)
dispatch = Table(
    "dispatch",
    metadata,
    dispatch_columns,
    Index("ix_dispatch_recipient", "channel_account_id", "recipient", "sent_at"),
)
provider_name = Table("provider_name", metadata, provider_name_columns, Index("ix_provider_name_entry", "entry_id"))
delivery_report = Table(
    "delivery_report",
    metadata,
    delivery_report_columns,
    UniqueConstraint("channel_account_id", "name", "delivery", "said_at", name="uq_delivery_report_same"),
    Index("ix_delivery_report_entry", "entry_id"),
    Index("ix_delivery_report_held", "channel_account_id", "name", postgresql_where=sql("entry_id is null")),
)
bucket = Table("bucket", metadata, bucket_columns)
account_note = Table("account_note", metadata, account_note_columns)
watch = Table("watch", metadata, watch_columns)
