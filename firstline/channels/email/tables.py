"""Rows of mailboxes and mails."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, TypedColumns, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from firstline.kit.tables import at_column, id_column, maybe_at_column, metadata


class mailbox_folder_columns(TypedColumns):
    """How far a folder of a mailbox was read, and what the last audit found.

    ``told``: whether the server tells of new mail. ``modseq``: the server's count of changes at the last look, if it keeps one.
    """

    channel_account_id = Column(Text, ForeignKey("channel_account.id", ondelete="CASCADE"), primary_key=True)
    folder = Column(Text, primary_key=True)
    uidvalidity = Column(BigInteger, nullable=False)
    baseline = Column(BigInteger, nullable=False)
    cursor = Column(BigInteger, nullable=False)
    looked_at = at_column()
    audited_at = maybe_at_column()
    server_count = Column(Integer, nullable=True)
    taken_count = Column(Integer, nullable=True)
    missing = Column(JSONB, nullable=False, server_default=sql("'[]'::jsonb"))
    repair = Column(Boolean, nullable=False, server_default=sql("false"))
    told = Column(Boolean, nullable=True)
    modseq = Column(BigInteger, nullable=True)


class mailbox_message_columns(TypedColumns):
    """What became of each mail on the server: ``taken``, ``gone`` before it was read, ``failed`` and to be tried again,
    or a ``tombstone`` for one that cannot be taken."""

    channel_account_id = Column(Text, primary_key=True)
    folder = Column(Text, primary_key=True)
    uidvalidity = Column(BigInteger, primary_key=True)
    uid = Column(BigInteger, primary_key=True)
    state = Column(Text, nullable=False)
    reason = Column(Text, nullable=True)
    attempts = Column(Integer, nullable=False, server_default=sql("0"))
    at = at_column()


class mail_columns(TypedColumns):
    """A mail as people may want to see it whole; the message in the conversation holds what it says.

    ``signs``: what it says of its thread (:mod:`.threads`).
    """

    id = id_column()
    channel_account_id = Column(Text, ForeignKey("channel_account.id"), nullable=False)
    provider_id = Column(Text, nullable=False)
    message_id = Column(Text, nullable=False, server_default="")
    digest = Column(Text, nullable=False)
    subject = Column(Text, nullable=False, server_default="")
    whole = Column(Text, nullable=False, server_default="")
    html = Column(Text, nullable=False, server_default="")
    signs: "Column[list[str]]" = Column(ARRAY(Text), nullable=False, server_default=sql("'{}'::text[]"))
    at = at_column()


class mail_address_columns(TypedColumns):
    """An address that mail does not reach, or whose holder does not want it."""

    address = Column(Text, primary_key=True)
    state = Column(Text, nullable=False)
    reason = Column(Text, nullable=False, server_default="")
    at = at_column()


class mail_token_columns(TypedColumns):
    """One-time signs of deliveries that were seen: a second mail under one of them is forged."""

    channel_account_id = Column(Text, primary_key=True)
    token = Column(Text, primary_key=True)
    digest = Column(Text, nullable=False)
    at = at_column()


mailbox_folder = Table("mailbox_folder", metadata, mailbox_folder_columns)
mailbox_message = Table(
    "mailbox_message",
    metadata,
    mailbox_message_columns,
    Index("ix_mailbox_message_open", "channel_account_id", "folder", postgresql_where=sql("state in ('failed', 'tombstone')")),
)
mail = Table(
    "mail",
    metadata,
    mail_columns,
    UniqueConstraint("channel_account_id", "provider_id", name="uq_mail_provider"),
    Index("ix_mail_signs", "signs", postgresql_using="gin"),
)
mail_address = Table("mail_address", metadata, mail_address_columns)
mail_token = Table("mail_token", metadata, mail_token_columns)
