"""Rows of the ledger, its periods, what is held, warnings given, and the usage settings."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Integer, Table, Text, TypedColumns
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB

from firstline.kit.tables import at_column, id_column, list_column, maybe_at_column, metadata


class ledger_columns(TypedColumns):
    """``key`` says what the entry stands for, so that it is written once. A conversation's id stays when it is erased."""

    id = id_column()
    seq = Column(BigInteger, Identity(always=True), nullable=False, unique=True)
    kind = Column(Text, nullable=False)
    amount = Column(Integer, nullable=False)
    key = Column(Text, nullable=False, unique=True)
    period = Column(Text, nullable=False)
    allowance = Column(Boolean, nullable=False, server_default=sql("false"))
    reason = Column(Text, nullable=False)
    conversation_id = Column(Text, nullable=True, index=True)
    refers_to = Column(Text, nullable=True)
    at = at_column()
    by_kind = Column(Text, nullable=False)
    by_id = Column(Text, nullable=False)


class credit_period_columns(TypedColumns):
    """``settled`` is the sum of all entries of periods before ``settled_before``: they are long over, so it holds for good."""

    id = Column(Text, primary_key=True)
    starts_at = at_column()
    ends_at = at_column()
    settled = Column(BigInteger, nullable=False)
    settled_before = Column(Text, nullable=False)


class usage_settings_columns(TypedColumns):
    """One row."""

    id = Column(Text, primary_key=True)
    on = Column(Boolean, nullable=False)
    switched_at = maybe_at_column()
    switched_by = Column(Text, nullable=True)
    chargeable_event = Column(Text, nullable=False)
    price = Column(Integer, nullable=False)
    allowance = Column(Integer, nullable=False)
    reset_day = Column(Integer, nullable=False)
    warn_at = list_column()
    packs = Column(JSONB, nullable=False, server_default=sql("'[1000, 2500, 5000, 10000, 25000, 50000, 100000]'::jsonb"))
    pack = Column(Integer, nullable=False, server_default=sql("0"))
    pack_next = Column(Integer, nullable=True)
    pack_since = maybe_at_column()
    growth = Column(Text, nullable=False, server_default="upgrade")
    growth_next = Column(Text, nullable=True)
    cap = Column(Integer, nullable=True)
    resolved_after_hours = Column(Integer, nullable=False, server_default=sql("72"))


class credit_hold_columns(TypedColumns):
    """Credits kept for a conversation that the agent got, until it is charged or let go; one row a conversation."""

    conversation_id = Column(Text, primary_key=True)
    amount = Column(Integer, nullable=False)
    event = Column(Text, nullable=False)
    state = Column(Text, nullable=False)
    held_at = at_column()
    ended_at = maybe_at_column()
    reason = Column(Text, nullable=False, server_default="")


class credit_warning_columns(TypedColumns):
    """A warning that was given: once for each threshold in a period."""

    period = Column(Text, primary_key=True)
    percent = Column(Integer, primary_key=True)
    at = at_column()


ledger = Table("ledger", metadata, ledger_columns, Index("ix_ledger_period", "period", "kind", postgresql_include=["amount"]))
credit_period = Table("credit_period", metadata, credit_period_columns, Index("ix_credit_period_ends", "ends_at"))
credit_hold = Table(
    "credit_hold", metadata, credit_hold_columns, Index("ix_credit_hold_held", "amount", postgresql_where=sql("state = 'held'"))
)
credit_warning = Table("credit_warning", metadata, credit_warning_columns)
usage_settings = Table("usage_settings", metadata, usage_settings_columns)
