"""Rows of people."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    TypedColumns,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from firstline.kit.tables import (
    at_column,
    id_column,
    list_column,
    maybe_at_column,
    metadata,
)


class account_columns(TypedColumns):
    """The company that runs this installation: one row."""

    id = Column(Text, primary_key=True)
    name = Column(Text, nullable=False)
    timezone = Column(Text, nullable=False)
    languages = list_column()
    created_at = at_column()


class teammate_columns(TypedColumns):
    id = id_column()
    name = Column(Text, nullable=False)
    email = Column(Text, nullable=False)
    password_hash = Column(Text, nullable=True)
    role = Column(Text, nullable=False)
    seat = Column(Boolean, nullable=False)
    available = Column(Boolean, nullable=False, server_default=text("true"))
    available_changed_at = maybe_at_column()
    title = Column(Text, nullable=False, server_default="")
    created_at = at_column()
    disabled_at = maybe_at_column()


class team_columns(TypedColumns):
    id = id_column()
    name = Column(Text, nullable=False)
    created_at = at_column()


class membership_columns(TypedColumns):
    team_id = Column(Text, ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)
    teammate_id = Column(Text, ForeignKey("teammate.id", ondelete="CASCADE"), primary_key=True)
    main = Column(Boolean, nullable=False)


class session_columns(TypedColumns):
    token_hash = Column(LargeBinary, primary_key=True)
    teammate_id = Column(Text, ForeignKey("teammate.id", ondelete="CASCADE"), nullable=False)
    created_at = at_column()
    expires_at = at_column()


class api_key_columns(TypedColumns):
    id = id_column()
    name = Column(Text, nullable=False)
    token_hash = Column(LargeBinary, nullable=False, unique=True)
    hint = Column(Text, nullable=False)
    scopes = list_column()
    teammate_id = Column(Text, ForeignKey("teammate.id", ondelete="CASCADE"), nullable=False)
    created_at = at_column()
    last_used_at = maybe_at_column()
    revoked_at = maybe_at_column()


class audit_columns(TypedColumns):
    id = Column(BigInteger, primary_key=True, autoincrement=True)
    at = at_column(index=True)
    by_kind = Column(Text, nullable=False)
    by_id = Column(Text, nullable=False)
    verb = Column(Text, nullable=False)
    target = Column(Text, nullable=False)
    before = Column(JSONB, nullable=True)
    after = Column(JSONB, nullable=True)


account = Table("account", metadata, account_columns)
teammate = Table("teammate", metadata, teammate_columns)
Index("uq_teammate_email", func.lower(teammate.c.email), unique=True)
team = Table("team", metadata, team_columns)
Index("uq_team_name", func.lower(team.c.name), unique=True)
membership = Table("membership", metadata, membership_columns)
Index(
    "uq_membership_main",
    membership.c.teammate_id,
    unique=True,
    postgresql_where=membership.c.main,
)
session = Table("session", metadata, session_columns)
api_key = Table("api_key", metadata, api_key_columns)
audit_entry = Table("audit_entry", metadata, audit_columns)
