"""Rows of people."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
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
    seat_limit = Column(Integer, nullable=True)
    second_factor_required = Column(Boolean, nullable=False, server_default=text("false"))


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
    totp_secret = Column(LargeBinary, nullable=True)
    totp_since = maybe_at_column()
    totp_step = Column(BigInteger, nullable=False, server_default=text("0"))


class role_columns(TypedColumns):
    """Roles that the account made for itself; the built-in ones are in ``rules``."""

    id = id_column()
    name = Column(Text, nullable=False)
    permissions = list_column()
    created_at = at_column()


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
    id = Column(
        Text, nullable=False, server_default=text("'ses_' || md5(random()::text || clock_timestamp()::text)"), unique=True
    )
    seen_at = maybe_at_column()
    method = Column(Text, nullable=False, server_default="password")
    second_factor = Column(Boolean, nullable=False, server_default=text("false"))
    address = Column(Text, nullable=False, server_default="")
    browser = Column(Text, nullable=False, server_default="")


class recovery_code_columns(TypedColumns):
    teammate_id = Column(Text, ForeignKey("teammate.id", ondelete="CASCADE"), primary_key=True)
    code_hash = Column(LargeBinary, primary_key=True)
    used_at = maybe_at_column()


class invitation_columns(TypedColumns):
    """An invitation by mail. ``version`` rises when it is sent again: links of before stop working."""

    id = id_column()
    email = Column(Text, nullable=False)
    name = Column(Text, nullable=False)
    role = Column(Text, nullable=False)
    seat = Column(Boolean, nullable=False)
    team_id = Column(Text, ForeignKey("team.id", ondelete="SET NULL"), nullable=True)
    version = Column(Integer, nullable=False, server_default=text("1"))
    invited_by = Column(Text, nullable=False)
    created_at = at_column()
    sent_at = at_column()
    expires_at = at_column()
    accepted_at = maybe_at_column()
    revoked_at = maybe_at_column()
    notice_id = Column(Text, nullable=True)


class password_reset_columns(TypedColumns):
    token_hash = Column(LargeBinary, primary_key=True)
    teammate_id = Column(Text, ForeignKey("teammate.id", ondelete="CASCADE"), nullable=False)
    created_at = at_column()
    expires_at = at_column()
    used_at = maybe_at_column()


class sign_on_columns(TypedColumns):
    """The OpenID Connect provider that teammates sign in with: one row at most."""

    id = Column(Text, primary_key=True)
    label = Column(Text, nullable=False)
    issuer = Column(Text, nullable=False)
    client_id = Column(Text, nullable=False)
    client_secret = Column(LargeBinary, nullable=True)
    domains = list_column()
    default_role = Column(Text, nullable=True)
    enabled = Column(Boolean, nullable=False)
    changed_at = at_column()


class external_identity_columns(TypedColumns):
    issuer = Column(Text, primary_key=True)
    subject = Column(Text, primary_key=True)
    teammate_id = Column(Text, ForeignKey("teammate.id", ondelete="CASCADE"), nullable=False)
    linked_at = at_column()


class attempt_columns(TypedColumns):
    """How often something was tried lately: passwords, codes, new passwords, by account name and by network address."""

    what = Column(Text, primary_key=True)
    of = Column(LargeBinary, primary_key=True)
    tries = Column(Integer, nullable=False)
    until = at_column(index=True)


class notice_columns(TypedColumns):
    """Mail of the product itself, to teammates. The words are forgotten once it is sent, if they carry a secret link."""

    id = id_column()
    address = Column(Text, nullable=False)
    subject = Column(Text, nullable=False)
    words = Column(Text, nullable=True)
    html = Column(Text, nullable=True)
    secret = Column(Boolean, nullable=False)
    state = Column(Text, nullable=False)
    attempts = Column(Integer, nullable=False, server_default=text("0"))
    problem = Column(Text, nullable=False, server_default="")
    created_at = at_column(index=True)
    sent_at = maybe_at_column()


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
    expires_at = maybe_at_column()


class audit_columns(TypedColumns):
    id = Column(BigInteger, primary_key=True, autoincrement=True)
    at = at_column(index=True)
    by_kind = Column(Text, nullable=False)
    by_id = Column(Text, nullable=False)
    verb = Column(Text, nullable=False)
    target = Column(Text, nullable=False)
    before = Column(JSONB, nullable=True)
    after = Column(JSONB, nullable=True)
    by_name = Column(Text, nullable=False, server_default="")
    address = Column(Text, nullable=False, server_default="")


class audit_seal_columns(TypedColumns):
    """The chain over the audit log: each entry in the order of the chain, with a keyed hash of itself and the seal before."""

    number = Column(BigInteger, primary_key=True, autoincrement=False)
    entry_id = Column(BigInteger, ForeignKey("audit_entry.id"), nullable=False, unique=True)
    seal = Column(LargeBinary, nullable=False)
    key_hint = Column(Text, nullable=False)


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
role = Table("role", metadata, role_columns)
Index("uq_role_name", func.lower(role.c.name), unique=True)
session = Table("session", metadata, session_columns)
recovery_code = Table("recovery_code", metadata, recovery_code_columns)
invitation = Table("invitation", metadata, invitation_columns)
Index(
    "uq_invitation_open",
    func.lower(invitation.c.email),
    unique=True,
    postgresql_where=invitation.c.accepted_at.is_(None) & invitation.c.revoked_at.is_(None),
)
password_reset = Table("password_reset", metadata, password_reset_columns)
sign_on = Table("sign_on", metadata, sign_on_columns)
external_identity = Table("external_identity", metadata, external_identity_columns)
attempt = Table("attempt", metadata, attempt_columns)
notice = Table("notice", metadata, notice_columns)
api_key = Table("api_key", metadata, api_key_columns)
audit_entry = Table("audit_entry", metadata, audit_columns)
Index("ix_audit_entry_verb_at", audit_entry.c.verb, audit_entry.c.at)
audit_seal = Table("audit_seal", metadata, audit_seal_columns)
