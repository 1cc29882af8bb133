"""Rows of thread control."""

from sqlalchemy import Boolean, Column, ForeignKey, Table, Text, TypedColumns

from firstline.kit.tables import at_column, metadata


class thread_control_columns(TypedColumns):
    """Who had the word with one customer of an account when the provider last told; no row: nobody ever told."""

    channel_account_id = Column(Text, ForeignKey("channel_account.id", ondelete="CASCADE"), primary_key=True)
    kind = Column(Text, primary_key=True)
    value = Column(Text, primary_key=True)
    ours = Column(Boolean, nullable=False)
    holder = Column(Text, nullable=False, server_default="")
    reason = Column(Text, nullable=False, server_default="")
    at = at_column()


thread_control = Table("thread_control", metadata, thread_control_columns)
