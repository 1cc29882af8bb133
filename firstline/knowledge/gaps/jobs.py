"""Where a question stands among others: its vector, written after the turn that noted it."""

from sqlalchemy import select, update

from firstline.kit.database import Database, Tx
from firstline.knowledge.embedding import Embedder, written
from firstline.knowledge.gaps.tables import gap


class Placing:
    """Embeds gaps."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self.database = database
        self.embedder = embedder

    async def place(self, gap_id: str) -> None:
        """Write the vector of one gap."""
        question = await self.database.tx(_question, gap_id)
        if question is not None:
            embedded = await self.database.thread(self.embedder.embed, question)
            await self.database.tx(_keep, gap_id, written(embedded.vector))


def _question(tx: Tx, gap_id: str) -> str | None:
    found: str | None = tx.scalar(select(gap.c.question).where(gap.c.id == gap_id))
    return found


def _keep(tx: Tx, gap_id: str, vector: str) -> None:
    tx.execute(update(gap).where(gap.c.id == gap_id).values(vector=vector))
