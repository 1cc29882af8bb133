"""Indexes for large databases: search, the counts of the inbox, and everything by which an erasure finds rows."""

from alembic import op
from sqlalchemy import text

revision = "0027"
down_revision = "0023b"
branch_labels = None
depends_on = None

_TRIGRAMS = """
create function trigrams(text) returns text[] language sql immutable strict parallel safe as
$$ select coalesce(array_agg(distinct substr(lower($1), i, 3)), '{}') from generate_series(1, length($1) - 2) i $$
"""
_PLAIN = {
    "action_call": (("ix_action_call_conversation", "conversation_id"), ("ix_action_call_contact", "contact_id")),
    "gap": (("ix_gap_turn", "turn_id"),),
    "publication": (("ix_publication_conversation", "conversation_id"),),
    "verification": (("ix_verification_contact", "contact_id"),),
}
_TURNS = {"action_call": "ix_action_call_turn", "entry": "ix_entry_turn"}
_WORDS = {
    "contact": ("ix_contact_parts", "trigrams((COALESCE(name, ''::text) || ' '::text) || COALESCE(email, ''::text))"),
    "conversation": ("ix_conversation_parts", "trigrams(subject)"),
    "entry": ("ix_entry_words", "to_tsvector('simple'::regconfig, text)"),
}


def upgrade() -> None:
    """Indexes only: the release before runs on. Writers of a table wait while an index of it is built."""
    op.execute(_TRIGRAMS)
    for table, plain in _PLAIN.items():
        for name, column in plain:
            op.create_index(name, table, [column])
    for table, name in _TURNS.items():
        op.create_index(name, table, ["turn_id"], postgresql_where=text("turn_id is not null"))
    op.create_index("ix_contact_merged", "contact", ["merged_into"], postgresql_where=text("merged_into is not null"))
    open_ones = ["owner_kind", "owner_id", "workspace", "snoozed_until"]
    is_open = text("status = 'open'")
    op.create_index("ix_conversation_open", "conversation", open_ones, postgresql_include=["status"], postgresql_where=is_open)
    for table, (name, words) in _WORDS.items():
        op.create_index(name, table, [text(words)], postgresql_using="gin")
