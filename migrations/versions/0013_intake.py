"""Deliveries that wait for their job, and whether a message's request was begun."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everything that was stored until now was applied; everything being sent may have been begun."""
    op.add_column("raw_delivery", sa.Column("waits", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.add_column("raw_delivery", sa.Column("applied", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("raw_delivery", sa.Column("failures", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_index(
        "ix_raw_delivery_waits",
        "raw_delivery",
        ["channel_account_id", "at", "id"],
        postgresql_where=sa.text("waits"),
    )
    op.add_column("dispatch", sa.Column("begun", sa.Boolean(), nullable=False, server_default=sa.text("true")))


def downgrade() -> None:
    """Back to before."""
    op.drop_column("dispatch", "begun")
    op.drop_index("ix_raw_delivery_waits", table_name="raw_delivery")
    op.drop_column("raw_delivery", "failures")
    op.drop_column("raw_delivery", "applied")
    op.drop_column("raw_delivery", "waits")
