"""Wrong passwords and codes are counted for all processes together."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("of", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("what", "of", name="pk_attempt"),
    )
    op.create_index("ix_attempt_until", "attempt", ["until"])
