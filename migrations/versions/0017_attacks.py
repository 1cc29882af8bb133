"""Which calls a model proposed: what they change needs the customer's own word."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("action_call", sa.Column("by_model", sa.Boolean(), server_default=sa.text("false"), nullable=False))
