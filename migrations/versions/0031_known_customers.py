"""Tokens of known customers in the chat: each counts once."""

from alembic import op
from sqlalchemy import Column, DateTime, LargeBinary

revision = "0031"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A new table: the release before does not look at it."""
    op.create_table(
        "widget_pass",
        Column("digest", LargeBinary, primary_key=True),
        Column("browser", LargeBinary, nullable=False),
        Column("ends_at", DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_widget_pass_ends", "widget_pass", ["ends_at"])
