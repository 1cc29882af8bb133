"""How far each account was compared with its provider."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table; an account without a row is compared from its last delivery on."""
    at = sa.DateTime(timezone=True)
    times = ("complete_until", "looked_at", "subscribed_at", "mended_at", "begun_at", "since", "upto", "finished_at")
    op.create_table(
        "rereading",
        sa.Column("channel_account_id", sa.Text(), nullable=False),
        *(sa.Column(name, at, nullable=True) for name in times),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in ("wanted", "why", "held_up")),
        *(
            sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)
            for name in ("conversations", "server", "known", "cut")
        ),
        sa.ForeignKeyConstraint(["channel_account_id"], ["channel_account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("channel_account_id"),
    )
