"""Failures that may be tried again; accounts of custom channels are messengers, as their channel says."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New columns, which the release before leaves alone. That release called accounts of custom channels chats, and so counted
    their conversations as chats in capacities and clocks, while the agent treated them as a messenger's."""
    op.add_column("dispatch", sa.Column("told_attempt", sa.Integer(), nullable=True))
    op.add_column("delivery_report", sa.Column("again", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute("update channel_account set family = 'messaging' where kind = 'custom' and family = 'chat'")
