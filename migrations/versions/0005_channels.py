"""Deliveries as they came, blobs, evidence of identities, custom channels."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
