"""Each file of a message may be a part of its own, in a form of its own; reports say whether the file was the trouble."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns with defaults: the release before runs on while they are added."""
    op.add_column("dispatch", sa.Column("file_id", sa.Text(), nullable=True))
    op.add_column("dispatch", sa.Column("form", sa.Text(), server_default="", nullable=False))
    op.add_column("provider_name", sa.Column("form", sa.Text(), server_default="", nullable=False))
    no = sa.text("false")
    op.add_column("delivery_report", sa.Column("refuses_file", sa.Boolean(), server_default=no, nullable=False))
