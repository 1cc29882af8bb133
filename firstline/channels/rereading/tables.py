"""Rows of reading back."""

from sqlalchemy import Column, ForeignKey, Integer, Table, Text, TypedColumns
from sqlalchemy import text as sql

from firstline.kit.tables import maybe_at_column, metadata


class rereading_columns(TypedColumns):
    """How far one account was compared with its provider, and the reading that is going on or was the last."""

    channel_account_id = Column(Text, ForeignKey("channel_account.id", ondelete="CASCADE"), primary_key=True)
    complete_until = maybe_at_column()
    """Up to here everything that the provider has was compared."""
    looked_at = maybe_at_column()
    """When somebody last looked whether a reading is due; a long pause is an absence of our own."""
    subscribed_at = maybe_at_column()
    """When the provider was last seen to deliver to us."""
    mended_at = maybe_at_column()
    begun_at = maybe_at_column()
    """Of the last reading."""
    since = maybe_at_column()
    upto = maybe_at_column()
    """The reading has dealt with conversations whose last message is not later than this."""
    finished_at = maybe_at_column()
    wanted = Column(Text, nullable=False, server_default="")
    """Why the next one is to begin."""
    why = Column(Text, nullable=False, server_default="")
    held_up = Column(Text, nullable=False, server_default="")
    """Why it did not come to its end, in the provider's words."""
    conversations = Column(Integer, nullable=False, server_default=sql("0"))
    server = Column(Integer, nullable=False, server_default=sql("0"))
    """Messages that the provider has in the span."""
    known = Column(Integer, nullable=False, server_default=sql("0"))
    """How many of them were here before."""
    cut = Column(Integer, nullable=False, server_default=sql("0"))
    """Conversations of which the provider did not give everything."""


rereading = Table("rereading", metadata, rereading_columns)
