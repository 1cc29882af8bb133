"""Capacity, schedules of people, clocks of waiting conversations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everything with defaults, so that what is there goes on as before: no limits, no plans, around the clock."""
    _people()
    _capacity()
    _clocks()


def _people() -> None:
    op.create_table(
        "availability",
        sa.Column("teammate_id", sa.Text(), nullable=False),
        sa.Column("hours", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("away_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_note", sa.Text(), server_default="", nullable=False),
        sa.Column("next_change_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("switched_by", sa.Text(), nullable=True),
        sa.Column("switched_why", sa.Text(), server_default="by_hand", nullable=False),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammate.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("teammate_id"),
    )
    op.create_index(op.f("ix_availability_next_change_at"), "availability", ["next_change_at"], unique=False)
    op.create_table(
        "business_hours",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _capacity() -> None:
    op.add_column("channel_account", sa.Column("family", sa.Text(), server_default="chat", nullable=False))
    op.create_table(
        "capacity",
        sa.Column("teammate_id", sa.Text(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=True),
        sa.Column("messaging", sa.Integer(), nullable=True),
        sa.Column("email", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammate.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("teammate_id"),
    )


def _clocks() -> None:
    op.create_table(
        "clock",
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("waits", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.create_index(op.f("ix_clock_due_at"), "clock", ["due_at"], unique=False)
    op.create_table(
        "clock_policy",
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("changed", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.PrimaryKeyConstraint("family"),
    )
