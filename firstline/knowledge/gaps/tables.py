"""Rows of knowledge gaps."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, TypedColumns, text

from firstline.kit.tables import at_column, id_column, maybe_at_column, metadata
from firstline.knowledge.tables import HalfVector


class gap_columns(TypedColumns):
    """``vector`` is written by a job; ``state`` is open, answered (later in the same conversation), resolved or dismissed."""

    id = id_column()
    agent_id = Column(Text, nullable=False)
    conversation_id = Column(Text, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False)
    turn_id = Column(Text, nullable=False)
    question = Column(Text, nullable=False)
    language = Column(Text, nullable=False)
    reason = Column(Text, nullable=False)
    vector = Column(HalfVector, nullable=True)
    state = Column(Text, nullable=False, server_default="open")
    source_id = Column(Text, nullable=True)
    closed_by = Column(Text, nullable=True)
    closed_at = maybe_at_column()
    at = at_column()


gap = Table(
    "gap",
    metadata,
    gap_columns,
    Index("ix_gap_open", "at", postgresql_where=text("state = 'open'")),
    Index("ix_gap_conversation", "conversation_id"),
    Index("ix_gap_turn", "turn_id"),
)
