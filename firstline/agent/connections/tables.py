"""Rows of model connections, of what they spent, and of the limits."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, TypedColumns, text
from sqlalchemy.dialects.postgresql import JSONB

from firstline.kit.tables import at_column, id_column, json_column, maybe_at_column, metadata


class model_connection_columns(TypedColumns):
    """``checked`` is what the last test found; ``secrets`` are sealed."""

    id = id_column()
    settings = json_column()
    secrets = Column(LargeBinary, nullable=True)
    checked = Column(JSONB, nullable=True)
    created_at = at_column()
    changed_at = at_column()
    removed_at = maybe_at_column()


class model_use_columns(TypedColumns):
    """One call of a model; ``key`` (turn and step) makes that it is counted once. ``month`` as in ``rules.month_of``."""

    key = Column(Text, primary_key=True)
    connection_id = Column(Text, nullable=False)
    agent_id = Column(Text, nullable=False)
    turn_id = Column(Text, nullable=True)
    purpose = Column(Text, nullable=False)
    month = Column(Text, nullable=False)
    input_tokens = Column(Integer, nullable=False)
    output_tokens = Column(Integer, nullable=False)
    micros = Column(BigInteger, nullable=False)
    ms = Column(Integer, nullable=False)
    outcome = Column(Text, nullable=False, server_default=text("'ok'"))
    at = at_column()


class model_month_columns(TypedColumns):
    """The sums of a month: of the account, and of each agent."""

    scope = Column(Text, primary_key=True)
    month = Column(Text, primary_key=True)
    input_tokens = Column(BigInteger, nullable=False)
    output_tokens = Column(BigInteger, nullable=False)
    micros = Column(BigInteger, nullable=False)
    calls = Column(BigInteger, nullable=False)
    warned = Column(Integer, nullable=False, server_default=text("0"))


class model_limit_columns(TypedColumns):
    """A limit; ``scope`` is ``account`` or an agent's id."""

    scope = Column(Text, primary_key=True)
    settings = json_column()


model_connection = Table("model_connection", metadata, model_connection_columns)
model_use = Table("model_use", metadata, model_use_columns, Index("ix_model_use_at", "at"), Index("ix_model_use_turn", "turn_id"))
model_month = Table("model_month", metadata, model_month_columns)
model_limit = Table("model_limit", metadata, model_limit_columns)
