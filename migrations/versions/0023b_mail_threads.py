"""What mails say of their thread, and with whom a delivery that waits may take the word from the agent."""

import sqlalchemy as sa
from alembic import op

revision = "0023b"
down_revision = "0025b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mails that were stored until now say nothing: they are found by the ids that later ones name, as before."""
    op.add_column("raw_delivery", sa.Column("whom", sa.ARRAY(sa.Text()), nullable=True))
    op.add_column("mail", sa.Column("signs", sa.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'::text[]")))
    op.create_index("ix_mail_signs", "mail", ["signs"], postgresql_using="gin")
