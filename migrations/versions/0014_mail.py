"""Whether a mail server tells of new mail; what was posted to a webhook."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailbox_folder", sa.Column("told", sa.Boolean(), nullable=True))
    op.add_column("hook_attempt", sa.Column("body", sa.Text(), server_default="", nullable=False))
