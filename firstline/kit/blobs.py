"""Files in the database, each content once: one backup holds everything, and every process sees the same."""

import hashlib

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text, TypedColumns, select
from sqlalchemy.dialects.postgresql import insert

from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.kit.tables import at_column, metadata


class blob_columns(TypedColumns):
    sha256 = Column(Text, primary_key=True)
    size = Column(BigInteger, nullable=False)
    content = Column(LargeBinary, nullable=False)
    created_at = at_column()


blob = Table("blob", metadata, blob_columns)


def keep(tx: Tx, content: bytes) -> str:
    """Store a content; returns its SHA-256, by which it is read. The same content again is the same blob."""
    name = hashlib.sha256(content).hexdigest()
    values = insert(blob).values(sha256=name, size=len(content), content=content, created_at=tx.now)
    tx.execute(values.on_conflict_do_nothing())
    return name


def read(tx: Tx, name: str) -> bytes:
    """The content of a blob.

    :raises NotFound: if there is none of that name.
    """
    content = tx.scalar(select(blob.c.content).where(blob.c.sha256 == name))
    if content is None:
        raise NotFound(f"There is no file {name}.")
    return bytes(content)
