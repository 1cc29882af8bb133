"""Packs, upgrades, overage, caps, warnings, disputes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SIZES = "'[1000, 2500, 5000, 10000, 25000, 50000, 100000]'::jsonb"


def upgrade() -> None:
    """What is held for conversations, warnings given, the choices about packs and limits; settings of an agent by channel."""
    op.create_table(
        "credit_hold",
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_credit_hold")),
    )
    op.create_index("ix_credit_hold_held", "credit_hold", ["amount"], unique=False, postgresql_where=sa.text("state = 'held'"))
    op.create_table(
        "credit_warning",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("period", "percent", name=op.f("pk_credit_warning")),
    )
    packs = postgresql.JSONB(astext_type=sa.Text())
    for column in (
        sa.Column("packs", packs, server_default=sa.text(SIZES), nullable=False),
        sa.Column("pack", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("pack_next", sa.Integer(), nullable=True),
        sa.Column("pack_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("growth", sa.Text(), server_default="upgrade", nullable=False),
        sa.Column("growth_next", sa.Text(), nullable=True),
        sa.Column("cap", sa.Integer(), nullable=True),
        sa.Column("resolved_after_hours", sa.Integer(), server_default=sa.text("72"), nullable=False),
    ):
        op.add_column("usage_settings", column)
    op.add_column("agent", sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("channels", "access"):
        nothing = sa.text("'{}'::jsonb")
        op.add_column("agent", sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), server_default=nothing, nullable=False))
