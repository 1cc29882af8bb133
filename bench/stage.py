"""A company to measure on: a fresh embedded PostgreSQL, content taken in as the product takes it in, the product's search."""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from sqlalchemy import select, text

from bench.data import Line
from firstline.kit.clock import SystemClock
from firstline.kit.database import Database, Tx
from firstline.kit.migrate import migrate
from firstline.kit.postgres import Server
from firstline.knowledge import commands
from firstline.knowledge.embedding import OnnxEmbedder
from firstline.knowledge.finding import Finder
from firstline.knowledge.jobs import Reading
from firstline.knowledge.models import MODEL, TOKENIZER, ensure_models
from firstline.knowledge.rules import SourceKind, SourceState
from firstline.knowledge.tables import page, passage, source
from firstline.people.rules import Actor
from firstline.settings import Settings


@dataclass
class Stage:
    """An empty company with its knowledge."""

    database: Database
    reading: Reading
    finder: Finder

    def read_all(self) -> float:
        """Run the jobs until every source has been read; the seconds it took."""
        started = time.perf_counter()
        asyncio.run(self._read_all())
        return time.perf_counter() - started

    async def _read_all(self) -> None:
        busy = select(source.c.id).where(source.c.state.in_([SourceState.QUEUED, SourceState.READING]))
        while waiting := self.database.run(lambda tx: tx.rows(busy.order_by(source.c.id))):
            for row in waiting:
                await self.reading.read(row.id)
        await self.reading.count()

    def short_answers(self, entries: Sequence[Line]) -> None:
        """Take in questions with their answers, one source each."""
        for start in range(0, len(entries), 100):
            self.database.run(_add_all, entries[start : start + 100])

    def file(self, name: str, body: bytes) -> str:
        """Take in a file."""
        return self.database.run(commands.add_file, name, body, by=Actor.system())

    def records(self, name: str, entries: Sequence[Line]) -> str:
        """Take in a JSON file of many entries."""
        return self.file(name, json.dumps(list(entries)).encode())

    def ids(self) -> dict[str, str]:
        """The data's own ids of pages: the key in a file, the question of a short answer."""
        query = select(page.c.id, page.c.key, page.c.question, source.c.kind).join(source, source.c.id == page.c.source_id)
        pages = self.database.run(lambda tx: tx.rows(query))
        return {row.id: row.question if row.kind == SourceKind.SHORT_ANSWER else row.key for row in pages}

    def sources(self) -> dict[str, str]:
        """The source of each page."""
        return {row.id: row.source_id for row in self.database.run(lambda tx: tx.rows(select(page.c.id, page.c.source_id)))}

    def server_cpu(self) -> float:
        """Seconds of processor time that the database's connections have used."""
        pids = self.database.run(lambda tx: tx.rows(text("select pid from pg_stat_activity where datname = current_database()")))
        return sum(sum(psutil.Process(row.pid).cpu_times()[:2]) for row in pids if psutil.pid_exists(row.pid))

    def count(self) -> int:
        """Passages that can be found."""
        return len(self.database.run(lambda tx: tx.rows(select(passage.c.id).where(passage.c.embedded))))


def _add_all(tx: Tx, entries: Sequence[Line]) -> None:
    for entry in entries:
        commands.add_short_answer(tx, entry["title"], entry["text"], by=Actor.system())


def embedder() -> OnnxEmbedder:
    """The product's own model, loaded."""
    folder = ensure_models(Settings())
    made = OnnxEmbedder(folder / MODEL, folder / TOKENIZER)
    made.load()
    return made


@contextmanager
def server(*, durable: bool = False) -> Iterator[Server]:
    """A database server in a folder that goes afterwards.

    :param durable: each commit is on the disk before it is answered, as in the product.
    """
    with tempfile.TemporaryDirectory(prefix="firstline-bench-") as folder:
        started = Server.start(Path(folder), durable=durable)
        try:
            yield started
        finally:
            started.stop()


@contextmanager
def stage(running: Server, name: str) -> Iterator[Stage]:
    """A fresh database on the server."""
    import psycopg

    with psycopg.connect(running.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name}")
    settings, meaning = Settings(), embedder()
    database = Database(running.dsn(name), SystemClock())
    migrate(database)
    try:
        yield Stage(database, Reading(database, meaning, settings, slice_seconds=600), Finder(database, meaning))
    finally:
        database.close()
