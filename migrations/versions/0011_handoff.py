"""What the customer is told at a handoff, by outcome and language."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BY_OUTCOME = """
update agent set handoff = (handoff - 'message_available' - 'message_away') || jsonb_build_object('messages',
  case when coalesce(handoff ->> 'message_available', '') = '' then '{}'::jsonb
       else jsonb_build_object('now', jsonb_build_object(tag.value, handoff ->> 'message_available')) end ||
  case when coalesce(handoff ->> 'message_away', '') = '' then '{}'::jsonb
       else jsonb_build_object('later', jsonb_build_object(tag.value, handoff ->> 'message_away')) end)
from (select coalesce((select languages ->> 0 from account limit 1), 'en') as value) as tag
"""


def upgrade() -> None:
    """Own words were one text for everybody: they become those of the account's first language."""
    op.execute(BY_OUTCOME)
