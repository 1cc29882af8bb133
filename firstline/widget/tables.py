"""Rows of the widget."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text, TypedColumns

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


class widget_pass_columns(TypedColumns):
    """A website's token that was used, and by which browser; both as fingerprints, until the token has ended."""

    digest = Column(LargeBinary, primary_key=True)
    browser = Column(LargeBinary, nullable=False)
    ends_at = at_column()


upload = Table(
    "upload",
    metadata,
    upload_columns,
    Index("ix_upload_visitor", "channel_account_id", "visitor"),
    Index("ix_upload_at", "at"),
    Index("ix_upload_blob", "blob"),
)
widget_pass = Table("widget_pass", metadata, widget_pass_columns, Index("ix_widget_pass_ends", "ends_at"))
