"""Token vectors in four bits; the company's own questions and the gate fitted to them."""

import numpy as np
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

AT_ONCE = 200


def upgrade() -> None:
    """Tables of their own, and a new way of writing token vectors."""
    op.create_table(
        "known_question",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_known_question_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_question")),
    )
    op.create_index(op.f("ix_known_question_source_id"), "known_question", ["source_id"], unique=False)
    op.create_index("uq_known_question", "known_question", [sa.literal_column("lower(question)")], unique=True)
    op.create_table(
        "gate_fit",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("weights", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("judged", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_fit")),
    )
    op.create_table(
        "answering",
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("family", name=op.f("pk_answering")),
    )
    op.add_column("knowledge_state", sa.Column("gate", postgresql.JSONB(), nullable=True))
    _smaller_tokens(op.get_bind())


def _smaller_tokens(connection: sa.Connection) -> None:
    """From a byte a coordinate to four bits; long passages keep all their vectors until they are read anew."""
    after = ""
    some = sa.text("select passage_id, tokens from passage_vector where passage_id > :after order by passage_id limit :most")
    change = sa.text("update passage_vector set tokens = :tokens where passage_id = :passage_id")
    while rows := connection.execute(some, {"after": after, "most": AT_ONCE}).all():
        after = rows[-1].passage_id
        connection.execute(change, [{"passage_id": row.passage_id, "tokens": _in_four_bits(bytes(row.tokens))} for row in rows])


def _in_four_bits(stored: bytes) -> bytes:
    """Written as the product writes them since this version; kept here so that it never changes."""
    whole = stored[: len(stored) // 384 * 384]
    vectors = np.frombuffer(whole, np.int8).reshape(-1, 384).astype(np.float32) / 127
    scale = (np.abs(vectors).max(axis=1, initial=0) / 7).astype(np.float16)
    scale[scale == 0] = 1
    levels = np.clip(np.rint(vectors / scale.astype(np.float32)[:, None]), -7, 7).astype(np.int8) + 8
    both = (levels[:, ::2].astype(np.uint8) << 4) | levels[:, 1::2].astype(np.uint8)
    return np.hstack([scale.view(np.uint8).reshape(-1, 2), both]).tobytes()
