"""Rows of clocks."""

from sqlalchemy import Column, ForeignKey, Integer, Table, Text, TypedColumns

from firstline.kit.tables import at_column, json_column, metadata


class clock_columns(TypedColumns):
    """One for each open conversation: for whom it waits since when, what comes next and when, and what was done already."""

    conversation_id = Column(Text, ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    waits = Column(Text, nullable=False)
    since = at_column()
    step = Column(Text, nullable=False)
    due_at = at_column(index=True)
    done = json_column()
    failures = Column(Integer, nullable=False, server_default="0")


class clock_policy_columns(TypedColumns):
    """What was changed of a channel family's policy."""

    family = Column(Text, primary_key=True)
    changed = json_column()


clock = Table("clock", metadata, clock_columns)
clock_policy = Table("clock_policy", metadata, clock_policy_columns)
