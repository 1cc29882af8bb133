"""Rows of the widget."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, TypedColumns

from firstline.kit.tables import at_column, id_column, metadata


class upload_columns(TypedColumns):
    """A file that a visitor chose and has not sent yet. It is theirs alone, and goes when it is sent, taken back or old."""

    id = id_column()
    channel_account_id = Column(Text, ForeignKey("channel_account.id", ondelete="CASCADE"), nullable=False)
    visitor = Column(Text, nullable=False)
    name = Column(Text, nullable=False)
    media_type = Column(Text, nullable=False)
    size = Column(BigInteger, nullable=False)
    blob = Column(Text, nullable=False)
    at = at_column()


upload = Table(
    "upload",
    metadata,
    upload_columns,
    Index("ix_upload_visitor", "channel_account_id", "visitor"),
    Index("ix_upload_at", "at"),
    Index("ix_upload_blob", "blob"),
)
