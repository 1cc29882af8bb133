"""An address that a customer only typed leads nobody to them any more; who else has it is found by an index."""

from alembic import op
from sqlalchemy import text

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None

TYPED = """
delete from identity as claim
where claim.kind = 'email' and not claim.verified and claim.evidence = 'given to contact'
  and exists (select from identity as other where other.contact_id = claim.contact_id and other.id <> claim.id)
"""
"""The address stays with the contact, as what they said."""


def upgrade() -> None:
    """The release before runs on; what it learns meanwhile of typed addresses stays as it wrote it."""
    op.execute(text(TYPED))
    op.create_index("ix_contact_email", "contact", [text("lower(email)")])
