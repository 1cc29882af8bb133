"""Roles, invitations, second factors, single sign-on, an audit log that shows tampering."""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
