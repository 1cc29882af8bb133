"""Rows of the agent."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    TypedColumns,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from firstline.kit.tables import (
    at_column,
    id_column,
    json_column,
    maybe_at_column,
    metadata,
)


class agent_columns(TypedColumns):
    """``draft`` is what is being edited, ``published`` what customers meet; ``thinking`` which models it uses;
    ``channels`` what differs by channel, ``access`` what it may read and change."""

    id = id_column()
    draft = json_column()
    published = json_column()
    version = Column(Integer, nullable=False, server_default=text("1"))
    published_at = at_column()
    handoff = json_column()
    thinking = json_column()
    channels = json_column()
    access = json_column()
    tested_at = maybe_at_column()
    created_at = at_column()
    removed_at = maybe_at_column()


class turn_columns(TypedColumns):
    """One run of the agent: what was new, what it read, what it decided."""

    id = id_column()
    conversation_id = Column(Text, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False)
    agent_id = Column(Text, nullable=False)
    epoch = Column(Integer, nullable=False)
    from_seq = Column(Integer, nullable=False)
    upto_seq = Column(Integer, nullable=False)
    state = Column(Text, nullable=False)
    attempts = Column(Integer, nullable=False, server_default=text("1"))
    decision = Column(Text, nullable=True)
    trace = json_column()
    started_at = at_column()
    ended_at = maybe_at_column()


class turn_step_columns(TypedColumns):
    """The journal of a turn: one row a finished step, so that a repeated turn goes on from there."""

    turn_id = Column(Text, ForeignKey("turn.id", ondelete="CASCADE"), primary_key=True)
    step = Column(Text, primary_key=True)
    data = Column(JSONB, nullable=False)
    ms = Column(Integer, nullable=False)
    at = at_column()


agent = Table("agent", metadata, agent_columns)
turn = Table(
    "turn",
    metadata,
    turn_columns,
    Index("ix_turn_conversation", "conversation_id", "id"),
    Index(
        "uq_turn_thinking",
        "conversation_id",
        unique=True,
        postgresql_where=text("state = 'thinking'"),
    ),
)
turn_step = Table("turn_step", metadata, turn_step_columns)
