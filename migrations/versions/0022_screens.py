"""Handoffs that were stored with the name and the words of an exception as their reason say it plainly.

What exactly went wrong stays where it belongs: in the trace of the turn.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020b"
branch_labels = None
depends_on = None

PLAIN = "A technical error kept the agent from answering"
RAW = r"^The agent could not answer: [A-Za-z_][A-Za-z0-9_.]*: ?"
"""As they were written until now: the class of the exception, a colon, its words."""


HANDOFFS = """
    update entry set data = jsonb_set(
      case when data #>> '{brief,wants}' ~ cast(:raw as text)
        then jsonb_set(data, '{brief,wants}', to_jsonb(cast('Not said.' as text))) else data end,
      '{reason,text}', to_jsonb(cast(:plain as text)))
    where kind = 'handoff' and data #>> '{reason,text}' ~ cast(:raw as text)
"""
ASSIGNMENTS = """
    update entry set data = jsonb_set(data, '{reasons}', (
      select jsonb_agg(
        case when one ->> 'text' ~ cast(:raw as text)
          then jsonb_set(one, '{text}', to_jsonb(cast(:plain as text))) else one end order by place)
      from jsonb_array_elements(data -> 'reasons') with ordinality as reasons(one, place)))
    where kind = 'assignment' and jsonb_typeof(data -> 'reasons') = 'array'
      and cast(data -> 'reasons' as text) like '%The agent could not answer: %'
"""


def upgrade() -> None:
    """Handoffs, then the assignments that repeat their reason."""
    connection = op.get_bind()
    for statement in (HANDOFFS, ASSIGNMENTS):
        connection.execute(sa.text(statement), {"raw": RAW, "plain": PLAIN})
