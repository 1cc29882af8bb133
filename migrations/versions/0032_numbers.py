"""An index by which customers are found by a part of their number or address."""

from alembic import op
from sqlalchemy import text

revision = "0032"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index only: the release before runs on. Whoever writes identities waits while it is built."""
    op.create_index("ix_identity_parts", "identity", [text("trigrams(value)")], postgresql_using="gin")
