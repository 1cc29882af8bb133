"""Dead addresses, profiles, thread control, notes about accounts, deliveries that interrupt."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    at = sa.DateTime(timezone=True)
    op.create_table(
        "identity_profile",
        sa.Column("identity_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("asked_at", at, nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("identity_id"),
    )
    op.create_table(
        "identity_unreachable",
        sa.Column("identity_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", at, nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("identity_id"),
    )
    op.create_table(
        "account_note",
        sa.Column("channel_account_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("cure", sa.Text(), server_default="", nullable=False),
        sa.Column("at", at, nullable=False),
        sa.ForeignKeyConstraint(["channel_account_id"], ["channel_account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("channel_account_id", "code"),
    )
    op.create_table(
        "thread_control",
        sa.Column("channel_account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("holder", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("at", at, nullable=False),
        sa.ForeignKeyConstraint(["channel_account_id"], ["channel_account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("channel_account_id", "kind", "value"),
    )
    op.add_column("raw_delivery", sa.Column("interrupts", sa.Boolean(), server_default=sa.text("false"), nullable=False))
