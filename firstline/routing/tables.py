"""Rows of routing."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, TypedColumns
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB

from firstline.kit.tables import at_column, id_column, json_column, list_column, maybe_at_column, metadata


class deployment_columns(TypedColumns):
    """The agent on a channel account; ``fallback`` null leaves what it does not take to the account's routing."""

    id = id_column()
    agent_id = Column(Text, ForeignKey("agent.id"), nullable=False, index=True)
    channel_account_id = Column(Text, ForeignKey("channel_account.id"), nullable=False)
    hours = json_column()
    fallback = Column(JSONB(none_as_null=True), nullable=True)
    coverage = Column(Integer, nullable=False)
    mode = Column(Text, nullable=False)
    created_at = at_column()
    created_by = Column(Text, nullable=False)
    removed_at = maybe_at_column()
    removed_by = Column(Text, nullable=True)


class routing_decision_columns(TypedColumns):
    """Every decision about a new conversation: what was looked at, who got it, why."""

    id = id_column()
    conversation_id = Column(Text, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False, index=True)
    deployment_id = Column(Text, nullable=True, index=True)
    at = at_column()
    situation = json_column()
    decision = json_column()
    reasons = list_column()


class account_routing_columns(TypedColumns):
    """Where conversations of a channel account go when no deployment says."""

    channel_account_id = Column(Text, ForeignKey("channel_account.id"), primary_key=True)
    destination = json_column()


class waiting_columns(TypedColumns):
    """A conversation that waits for somebody to become available, as long as its owner epoch is ``epoch``."""

    conversation_id = Column(Text, ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    destination = json_column()
    epoch = Column(Integer, nullable=False)
    since = at_column(index=True)


class last_assignment_columns(TypedColumns):
    """When automatic assignment last gave a teammate something: the round of round robin."""

    teammate_id = Column(Text, ForeignKey("teammate.id", ondelete="CASCADE"), primary_key=True)
    at = at_column()


class capacity_columns(TypedColumns):
    """How many open conversations of each kind a teammate may be given; null is no limit."""

    teammate_id = Column(Text, ForeignKey("teammate.id", ondelete="CASCADE"), primary_key=True)
    calls = Column(Integer, nullable=True)
    messaging = Column(Integer, nullable=True)
    email = Column(Integer, nullable=True)


deployment = Table("deployment", metadata, deployment_columns)
Index(
    "uq_deployment_live",
    deployment.c.channel_account_id,
    unique=True,
    postgresql_where=sql("removed_at is null"),
)
routing_decision = Table("routing_decision", metadata, routing_decision_columns)
account_routing = Table("account_routing", metadata, account_routing_columns)
waiting = Table("waiting", metadata, waiting_columns)
last_assignment = Table("last_assignment", metadata, last_assignment_columns)
capacity = Table("capacity", metadata, capacity_columns)
