"""Rows of availability."""

from sqlalchemy import Column, ForeignKey, Table, Text, TypedColumns
from sqlalchemy.dialects.postgresql import JSONB

from firstline.kit.tables import json_column, maybe_at_column, metadata


class availability_columns(TypedColumns):
    """A teammate's plan, when it next says something else, and who switched them last, and why."""

    teammate_id = Column(Text, ForeignKey("teammate.id", ondelete="CASCADE"), primary_key=True)
    hours = Column(JSONB(none_as_null=True), nullable=True)
    away_from = maybe_at_column()
    away_until = maybe_at_column()
    away_note = Column(Text, nullable=False, server_default="")
    next_change_at = maybe_at_column(index=True)
    switched_by = Column(Text, nullable=True)
    switched_why = Column(Text, nullable=False, server_default="by_hand")


class business_hours_columns(TypedColumns):
    """The company's hours: one row, or none for around the clock."""

    id = Column(Text, primary_key=True)
    hours = json_column()


availability = Table("availability", metadata, availability_columns)
business_hours = Table("business_hours", metadata, business_hours_columns)
