"""Token vectors in three bits a coordinate instead of four, so that a passage keeps more of them in the same room."""

import numpy as np
import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

AT_ONCE = 200
BEFORE = 2 + 384 // 2
"""Bytes of a vector until now: a scale, then two coordinates a byte."""


def upgrade() -> None:
    """Write the vectors that there are anew; a long passage gets the further ones when it is read again."""
    connection = op.get_bind()
    after = ""
    some = sa.text("select passage_id, tokens from passage_vector where passage_id > :after order by passage_id limit :most")
    change = sa.text("update passage_vector set tokens = :tokens where passage_id = :passage_id")
    while rows := connection.execute(some, {"after": after, "most": AT_ONCE}).all():
        after = rows[-1].passage_id
        connection.execute(change, [{"passage_id": row.passage_id, "tokens": _in_three_bits(bytes(row.tokens))} for row in rows])


def _in_three_bits(stored: bytes) -> bytes:
    """Written as the product writes them since this version; kept here so that it never changes."""
    whole = np.frombuffer(stored[: len(stored) // BEFORE * BEFORE], np.uint8).reshape(-1, BEFORE)
    vectors = np.stack([whole[:, 2:] >> 4, whole[:, 2:] & 15], axis=2).reshape(len(whole), 384).astype(np.float32) - 8
    step = np.abs(vectors).max(axis=1, initial=0, keepdims=True) * 0.65 / 3
    step[step == 0] = 1
    levels = np.clip(np.rint(vectors / step), -3, 3)
    scale = (1 / np.maximum(np.linalg.norm(levels, axis=1), 1)).astype(np.float16)
    four = (levels + 4).astype(np.uint16).reshape(len(whole), 96, 4)
    twelve = (four[:, :, 0] << 9) | (four[:, :, 1] << 6) | (four[:, :, 2] << 3) | four[:, :, 3]
    first, second = twelve[:, ::2], twelve[:, 1::2]
    three = np.stack([first >> 4, ((first & 15) << 4) | (second >> 8), second & 255], axis=2).astype(np.uint8)
    return np.hstack([scale.view(np.uint8).reshape(-1, 2), three.reshape(len(whole), 144)]).tobytes()
