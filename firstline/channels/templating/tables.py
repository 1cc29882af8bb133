"""Rows of templates."""

from sqlalchemy import Column, ForeignKey, Table, Text, TypedColumns

from firstline.kit.tables import at_column, json_column, metadata


class channel_template_columns(TypedColumns):
    """One template of an account, in one language."""

    channel_account_id = Column(Text, ForeignKey("channel_account.id"), primary_key=True)
    name = Column(Text, primary_key=True)
    language = Column(Text, primary_key=True)
    text = Column(Text, nullable=False)
    state = Column(Text, nullable=False)
    category = Column(Text, nullable=False, server_default="")
    reason = Column(Text, nullable=False, server_default="")
    shape = json_column()
    state_at = at_column()


channel_template = Table("channel_template", metadata, channel_template_columns)
