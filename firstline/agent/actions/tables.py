"""Rows of actions."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, TypedColumns, text

from firstline.kit.tables import at_column, id_column, json_column, maybe_at_column, metadata

OPEN = "state in ('collecting', 'confirming', 'verifying', 'approving', 'ready', 'running')"


class action_columns(TypedColumns):
    """``secrets`` are sealed by name."""

    id = id_column()
    agent_id = Column(Text, ForeignKey("agent.id", ondelete="CASCADE"), nullable=False)
    name = Column(Text, nullable=False)
    definition = json_column()
    secrets = Column(LargeBinary, nullable=True)
    created_at = at_column()
    changed_at = at_column()
    removed_at = maybe_at_column()


class action_call_columns(TypedColumns):
    """One use of an action. Its id is the idempotency key that the other system gets."""

    id = id_column()
    action_id = Column(Text, ForeignKey("action.id", ondelete="CASCADE"), nullable=False)
    conversation_id = Column(Text, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False)
    contact_id = Column(Text, nullable=False)
    turn_id = Column(Text, nullable=True)
    epoch = Column(Integer, nullable=False)
    state = Column(Text, nullable=False)
    asking = Column(Text, nullable=True)
    asked = Column(Integer, nullable=False, server_default=text("0"))
    arguments = json_column()
    confirmed = Column(Boolean, nullable=False, server_default=text("false"))
    by_model = Column(Boolean, nullable=False, server_default=text("false"))
    approved_by = Column(Text, nullable=True)
    decided_at = maybe_at_column()
    attempts = Column(Integer, nullable=False, server_default=text("0"))
    facts = json_column()
    reason = Column(Text, nullable=True)
    started_at = at_column()
    ended_at = maybe_at_column()


class verification_columns(TypedColumns):
    """A one-time code; only its hash is kept."""

    id = id_column()
    conversation_id = Column(Text, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False)
    contact_id = Column(Text, nullable=False)
    sent_to = Column(Text, nullable=False)
    code_hash = Column(LargeBinary, nullable=False)
    attempts = Column(Integer, nullable=False, server_default=text("0"))
    sent_at = at_column()
    expires_at = at_column()
    entered_at = maybe_at_column()


action = Table(
    "action",
    metadata,
    action_columns,
    Index("uq_action_name", "agent_id", "name", unique=True, postgresql_where=text("removed_at is null")),
)
action_call = Table(
    "action_call",
    metadata,
    action_call_columns,
    Index("uq_action_call_open", "conversation_id", unique=True, postgresql_where=text(OPEN)),
    Index("ix_action_call_action", "action_id", "id"),
    Index("ix_action_call_conversation", "conversation_id"),
    Index("ix_action_call_contact", "contact_id"),
    Index("ix_action_call_turn", "turn_id", postgresql_where=text("turn_id is not null")),
    Index("ix_action_call_state", "state"),
)
verification = Table(
    "verification",
    metadata,
    verification_columns,
    Index("ix_verification_conversation", "conversation_id", "sent_at"),
    Index("ix_verification_contact", "contact_id"),
)
