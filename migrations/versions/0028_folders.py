"""How far a mail server's own count of changes was followed in each folder (CONDSTORE)."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column that may be empty: the release before runs on, and reads by UID as it did."""
    op.add_column("mailbox_folder", sa.Column("modseq", sa.BigInteger(), nullable=True))
