"""Files in the database, each content once: one backup holds everything, and every process sees the same."""

import hashlib
from collections.abc import Collection

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text, TypedColumns, delete, select
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
    # One that is there is locked until the end: whoever drops it meanwhile waits, and then sees that it is used.
    tx.execute(values.on_conflict_do_update(index_elements=["sha256"], set_={"size": values.excluded.size}))
    return name


def read(tx: Tx, name: str) -> bytes:
    """The content of a blob.

    :raises NotFound: if there is none of that name.
    """
    content = tx.scalar(select(blob.c.content).where(blob.c.sha256 == name))
    if content is None:
        raise NotFound(f"There is no file {name}.")
    return bytes(content)


def drop_unused(tx: Tx, names: Collection[str]) -> tuple[int, int]:
    """Delete those of some blobs that no row of any table names in its column ``blob``; how many, and their bytes."""
    tx.execute(select(blob.c.sha256).where(blob.c.sha256.in_(names)).order_by(blob.c.sha256).with_for_update())
    used = [select(table.c.blob).where(table.c.blob.in_(names)) for table in metadata.sorted_tables if "blob" in table.c]
    query = delete(blob).where(blob.c.sha256.in_(names), *(blob.c.sha256.not_in(one) for one in used))
    gone = tx.execute(query.returning(blob.c.size)).all()
    return len(gone), sum(row.size for row in gone)
