"""Rows of contacts."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    text,
)

from firstline.kit.tables import at_column, id_column, json_column, metadata


class contact_columns(TypedColumns):
    id = id_column()
    name = Column(Text, nullable=True)
    email = Column(Text, nullable=True)
    language = Column(Text, nullable=True)
    properties = json_column()
    created_at = at_column()


class identity_columns(TypedColumns):
    id = id_column()
    contact_id = Column(Text, ForeignKey("contact.id", ondelete="CASCADE"), nullable=False)
    kind = Column(Text, nullable=False)
    scope = Column(Text, nullable=False, server_default="")
    value = Column(Text, nullable=False)
    verified = Column(Boolean, nullable=False, server_default=text("false"))
    evidence = Column(Text, nullable=False, server_default="")
    created_at = at_column()


contact = Table(
    "contact",
    metadata,
    contact_columns,
    Index("ix_contact_created", "created_at", "id"),
)
identity = Table(
    "identity",
    metadata,
    identity_columns,
    UniqueConstraint("kind", "scope", "value", name="uq_identity_value"),
    Index("ix_identity_contact", "contact_id"),
)
