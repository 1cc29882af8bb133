"""Rows of guidelines: what is being edited, and the published versions."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, TypedColumns, UniqueConstraint, text

from firstline.kit.tables import at_column, id_column, json_column, list_column, maybe_at_column, metadata


class guideline_columns(TypedColumns):
    """The draft: one row a guideline. ``removed_at`` keeps what was deleted, so that it can be brought back."""

    id = id_column()
    agent_id = Column(Text, ForeignKey("agent.id", ondelete="CASCADE"), nullable=False)
    document = json_column()
    position = Column(Integer, nullable=False, server_default=text("0"))
    changed_at = at_column()
    changed_by = Column(Text, nullable=False)
    removed_at = maybe_at_column()


class guideline_version_columns(TypedColumns):
    """A published version: all guidelines as they were, who published them, when and why."""

    id = id_column()
    agent_id = Column(Text, ForeignKey("agent.id", ondelete="CASCADE"), nullable=False)
    number = Column(Integer, nullable=False)
    document = list_column()
    note = Column(Text, nullable=False, server_default=text("''"))
    restores = Column(Integer, nullable=True)
    at = at_column()
    by_id = Column(Text, nullable=False)
    by_name = Column(Text, nullable=False)


guideline = Table("guideline", metadata, guideline_columns, Index("ix_guideline_agent", "agent_id", "position"))
guideline_version = Table(
    "guideline_version", metadata, guideline_version_columns, UniqueConstraint("agent_id", "number", name="uq_guideline_version")
)
