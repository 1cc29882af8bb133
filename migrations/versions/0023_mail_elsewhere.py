"""Deliveries that only say where the message lies: when it is fetched, how often that failed, and the message."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was stored until now came whole: nothing is to be fetched for it."""
    op.add_column("raw_delivery", sa.Column("bring_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("raw_delivery", sa.Column("bring_failures", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("raw_delivery", sa.Column("brought", sa.LargeBinary(), nullable=True))
    op.create_index("ix_raw_delivery_bring", "raw_delivery", ["bring_at"], postgresql_where=sa.text("bring_at is not null"))
