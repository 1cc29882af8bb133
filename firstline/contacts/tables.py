"""Rows of contacts."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    text,
)

from firstline.kit.tables import at_column, id_column, json_column, maybe_at_column, metadata


class contact_columns(TypedColumns):
    id = id_column()
    name = Column(Text, nullable=True)
    email = Column(Text, nullable=True)
    language = Column(Text, nullable=True)
    properties = json_column()
    created_at = at_column()
    merged_into = Column(Text, nullable=True)


class identity_columns(TypedColumns):
    id = id_column()
    contact_id = Column(Text, ForeignKey("contact.id", ondelete="CASCADE"), nullable=False)
    kind = Column(Text, nullable=False)
    scope = Column(Text, nullable=False, server_default="")
    value = Column(Text, nullable=False)
    verified = Column(Boolean, nullable=False, server_default=text("false"))
    evidence = Column(Text, nullable=False, server_default="")
    created_at = at_column()


class identity_evidence_columns(TypedColumns):
    """Why an identity is believed to be a contact's: each source once, with when it said so first and last."""

    identity_id = Column(Text, ForeignKey("identity.id", ondelete="CASCADE"), primary_key=True)
    source = Column(Text, primary_key=True)
    kind = Column(Text, nullable=False)
    first_at = at_column()
    last_at = at_column()


class identity_profile_columns(TypedColumns):
    """What the provider last said of a customer: the name it calls them, the picture, when it was asked."""

    identity_id = Column(Text, ForeignKey("identity.id", ondelete="CASCADE"), primary_key=True)
    name = Column(Text, nullable=True)
    picture = Column(LargeBinary, nullable=True)
    media_type = Column(Text, nullable=True)
    asked_at = at_column()


class identity_unreachable_columns(TypedColumns):
    """The provider says that an address cannot be written to; the customer's next message takes it back."""

    identity_id = Column(Text, ForeignKey("identity.id", ondelete="CASCADE"), primary_key=True)
    code = Column(Text, nullable=False, server_default="")
    reason = Column(Text, nullable=False)
    at = at_column()


class identity_listing_columns(TypedColumns):
    """What the phone book of the business calls a customer, and since when; the last name stays when the entry is removed."""

    identity_id = Column(Text, ForeignKey("identity.id", ondelete="CASCADE"), primary_key=True)
    name = Column(Text, nullable=True)
    said_at = at_column()


class identity_no_marketing_columns(TypedColumns):
    """The customer wants no advertising, or the provider holds it back until an instant."""

    identity_id = Column(Text, ForeignKey("identity.id", ondelete="CASCADE"), primary_key=True)
    reason = Column(Text, nullable=False)
    until = maybe_at_column()
    said_at = at_column()


class identity_doubt_columns(TypedColumns):
    """Since when it is not sure any more who writes from an address."""

    identity_id = Column(Text, ForeignKey("identity.id", ondelete="CASCADE"), primary_key=True)
    reason = Column(Text, nullable=False)
    at = at_column()


class identity_key_columns(TypedColumns):
    """The provider's key of whoever holds an address, and since when it counts; empty where the next one told is believed.
    ``refused_at`` and ``refused_entry``: a message that did not go out because the holder has another key."""

    identity_id = Column(Text, ForeignKey("identity.id", ondelete="CASCADE"), primary_key=True)
    key = Column(Text, nullable=False, server_default="")
    at = at_column()
    refused_at = maybe_at_column()
    refused_entry = Column(Text, nullable=True)


class contact_merge_columns(TypedColumns):
    """Two contacts made one, with what moved, so that it can be undone exactly."""

    id = id_column()
    kept_id = Column(Text, ForeignKey("contact.id", ondelete="CASCADE"), nullable=False)
    gone_id = Column(Text, ForeignKey("contact.id", ondelete="CASCADE"), nullable=False)
    reason = Column(Text, nullable=False, server_default="")
    by_kind = Column(Text, nullable=False)
    by_id = Column(Text, nullable=True)
    at = at_column()
    moved = json_column()
    before = json_column()
    undone_at = maybe_at_column()
    undone_by = Column(Text, nullable=True)


class merge_suggestion_columns(TypedColumns):
    """Two contacts that may be one person; nothing is merged on a guess."""

    id = id_column()
    one_id = Column(Text, ForeignKey("contact.id", ondelete="CASCADE"), nullable=False)
    other_id = Column(Text, ForeignKey("contact.id", ondelete="CASCADE"), nullable=False)
    reason = Column(Text, nullable=False)
    at = at_column()
    settled_at = maybe_at_column()
    settled_as = Column(Text, nullable=True)


class erased_name_columns(TypedColumns):
    """Fingerprints of names by which somebody who was erased could come back."""

    digest = Column(LargeBinary, primary_key=True)
    at = at_column()


contact = Table(
    "contact",
    metadata,
    contact_columns,
    Index("ix_contact_created", "created_at", "id"),
    Index("ix_contact_email", text("lower(email)")),
    Index("ix_contact_merged", "merged_into", postgresql_where=text("merged_into is not null")),
    Index(
        "ix_contact_parts",
        text("trigrams((COALESCE(name, ''::text) || ' '::text) || COALESCE(email, ''::text))"),
        postgresql_using="gin",
    ),
)
identity = Table(
    "identity",
    metadata,
    identity_columns,
    UniqueConstraint("kind", "scope", "value", name="uq_identity_value"),
    Index("ix_identity_contact", "contact_id"),
    Index("ix_identity_parts", text("trigrams(value)"), postgresql_using="gin"),
)
identity_evidence = Table("identity_evidence", metadata, identity_evidence_columns)
identity_profile = Table("identity_profile", metadata, identity_profile_columns)
identity_unreachable = Table("identity_unreachable", metadata, identity_unreachable_columns)
identity_listing = Table("identity_listing", metadata, identity_listing_columns)
identity_no_marketing = Table("identity_no_marketing", metadata, identity_no_marketing_columns)
identity_doubt = Table("identity_doubt", metadata, identity_doubt_columns)
identity_key = Table("identity_key", metadata, identity_key_columns)
contact_merge = Table(
    "contact_merge",
    metadata,
    contact_merge_columns,
    Index("ix_contact_merge_kept", "kept_id"),
    Index("ix_contact_merge_gone", "gone_id"),
)
merge_suggestion = Table(
    "merge_suggestion",
    metadata,
    merge_suggestion_columns,
    UniqueConstraint("one_id", "other_id", name="uq_merge_suggestion_pair"),
    Index("ix_merge_suggestion_other", "other_id"),
)
erased_name = Table("erased_name", metadata, erased_name_columns, Index("ix_erased_name_at", "at"))
