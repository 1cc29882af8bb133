"""Deliveries as they came, blobs, evidence of identities, custom channels."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blob",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "bucket",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_bucket")),
    )
    op.create_table(
        "custom_channel",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("capabilities", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("threading", sa.Text(), nullable=False),
        sa.Column("webhook_url", sa.Text(), nullable=True),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column("rotation", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_channel")),
    )
    op.create_table(
        "publication",
        sa.Column("channel_account_id", sa.Text(), nullable=False),
        sa.Column("idempotency_id", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel_account_id", "idempotency_id", name=op.f("pk_publication")),
    )
    op.create_index("ix_publication_message", "publication", ["message_id"], unique=False)
    op.create_table(
        "watch",
        sa.Column("channel_account_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel_account_id", name=op.f("pk_watch")),
    )
    op.create_table(
        "contact_merge",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kept_id", sa.Text(), nullable=False),
        sa.Column("gone_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("by_kind", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["gone_id"], ["contact.id"], name=op.f("fk_contact_merge_gone_id_contact"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["kept_id"], ["contact.id"], name=op.f("fk_contact_merge_kept_id_contact"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_merge")),
    )
    op.create_index("ix_contact_merge_gone", "contact_merge", ["gone_id"], unique=False)
    op.create_index("ix_contact_merge_kept", "contact_merge", ["kept_id"], unique=False)
    op.create_table(
        "hook_attempt",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("custom_channel_id", sa.Text(), nullable=False),
        sa.Column("channel_account_id", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["custom_channel_id"],
            ["custom_channel.id"],
            name=op.f("fk_hook_attempt_custom_channel_id_custom_channel"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_attempt")),
        sa.UniqueConstraint("event_id", "attempt", name="uq_hook_attempt_number"),
    )
    op.create_index("ix_hook_attempt_channel", "hook_attempt", ["custom_channel_id", "id"], unique=False)
    op.create_index("ix_hook_attempt_entry", "hook_attempt", ["entry_id"], unique=False)
    op.create_table(
        "merge_suggestion",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("one_id", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_as", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["one_id"], ["contact.id"], name=op.f("fk_merge_suggestion_one_id_contact"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["other_id"], ["contact.id"], name=op.f("fk_merge_suggestion_other_id_contact"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_suggestion")),
        sa.UniqueConstraint("one_id", "other_id", name="uq_merge_suggestion_pair"),
    )
    op.create_index("ix_merge_suggestion_other", "merge_suggestion", ["other_id"], unique=False)
    op.create_table(
        "raw_delivery",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel_account_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("rest", sa.Text(), server_default="", nullable=False),
        sa.Column("query", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_account_id"], ["channel_account.id"], name=op.f("fk_raw_delivery_channel_account_id_channel_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_delivery")),
    )
    op.create_index("ix_raw_delivery_at", "raw_delivery", ["at"], unique=False)
    op.create_table(
        "dead_letter",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel_account_id", sa.Text(), nullable=False),
        sa.Column("raw_delivery_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("part", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_account_id"], ["channel_account.id"], name=op.f("fk_dead_letter_channel_account_id_channel_account")
        ),
        sa.ForeignKeyConstraint(
            ["raw_delivery_id"], ["raw_delivery.id"], name=op.f("fk_dead_letter_raw_delivery_id_raw_delivery"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter")),
        sa.UniqueConstraint("raw_delivery_id", "position", name="uq_dead_letter_position"),
    )
    op.create_index(
        "ix_dead_letter_waiting",
        "dead_letter",
        ["channel_account_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "identity_evidence",
        sa.Column("identity_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_identity_evidence_identity_id_identity"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("identity_id", "source", name=op.f("pk_identity_evidence")),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("media_type", sa.Text(), server_default="", nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("ref", sa.Text(), server_default="", nullable=False),
        sa.Column("promised_sha256", sa.Text(), nullable=True),
        sa.Column("inline_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("blob", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_attachment_entry_id_entry"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("entry_id", "position", name="uq_attachment_position"),
    )
    op.create_index("ix_attachment_blob", "attachment", ["blob"], unique=False, postgresql_where=sa.text("blob is not null"))
    op.create_index("ix_attachment_waiting", "attachment", ["state"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_table(
        "delivery_report",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("channel_account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=True),
        sa.Column("part", sa.Integer(), nullable=True),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("final", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("moved", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_delivery_report_entry_id_entry"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_report")),
        sa.UniqueConstraint("channel_account_id", "name", "delivery", "said_at", name="uq_delivery_report_same"),
    )
    op.create_index("ix_delivery_report_entry", "delivery_report", ["entry_id"], unique=False)
    op.create_index(
        "ix_delivery_report_held",
        "delivery_report",
        ["channel_account_id", "name"],
        unique=False,
        postgresql_where=sa.text("entry_id is null"),
    )
    op.create_table(
        "dispatch",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("channel_account_id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("final", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_dispatch_entry_id_entry"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entry_id", "part", name=op.f("pk_dispatch")),
    )
    op.create_index("ix_dispatch_recipient", "dispatch", ["channel_account_id", "recipient", "sent_at"], unique=False)
    op.create_table(
        "provider_name",
        sa.Column("channel_account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_provider_name_entry_id_entry"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("channel_account_id", "name", name=op.f("pk_provider_name")),
    )
    op.create_index("ix_provider_name_entry", "provider_name", ["entry_id"], unique=False)
    op.add_column("channel_account", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("contact", sa.Column("merged_into", sa.Text(), nullable=True))
    op.add_column("entry", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("entry", sa.Column("party", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("entry", sa.Column("quiet", sa.Boolean(), server_default=sa.text("false"), nullable=False))
