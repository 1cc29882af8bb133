"""Reading as a job: a slice of work at a time, so that a page, a file or a site never holds up another.

A slice ends after a while and asks for the next one. Everything it has done is stored; after a crash the next slice goes on.
"""

import hashlib
import time
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import Row
from sqlalchemy.exc import OperationalError

from firstline.kit import memory
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Retry
from firstline.kit.jobs import defer
from firstline.kit.outbound import Outbound, Resolve, resolve
from firstline.knowledge import commands, storing
from firstline.knowledge.document import Page, blocks_of
from firstline.knowledge.embedding import Embedder, Embedding
from firstline.knowledge.fetching import Unfetched, Web
from firstline.knowledge.pages import page_of, pages_of_file
from firstline.knowledge.reading.formats import Unreadable
from firstline.knowledge.reading.sandbox import Reader
from firstline.knowledge.rules import Problem, SourceKind
from firstline.knowledge.site import Site
from firstline.knowledge.storing import ToEmbed
from firstline.settings import Settings

log = structlog.get_logger(__name__)

SLICE = 15.0
"""Seconds after which other sources get their turn."""
AT_ONCE = 32
"""Passages embedded between two transactions."""
STORED_AT_ONCE = 100


class Reading:
    """The jobs of knowledge."""

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        settings: Settings,
        *,
        resolve: Resolve = resolve,
        slice_seconds: float = SLICE,
    ) -> None:
        self.database = database
        self.embedder = embedder
        self.settings = settings
        self.resolve = resolve
        self.slice = slice_seconds

    async def read(self, source_id: str) -> None:
        """Read a source: take in what changed, embed what is new, then it is ready."""
        found = await self.database.tx(storing.begin, source_id)
        if found is None:
            return
        try:
            await self._slice(found, time.monotonic() + self.slice)
        except (Unreadable, Unfetched) as error:
            problem = error.problem if isinstance(error, Unfetched) else Problem(error.cause, error.cure)
            await self.database.tx(storing.fail, source_id, found.run, problem)
        except (OperationalError, Retry):
            raise
        except Exception as error:
            log.exception("source.raised", source_id=source_id)
            cause = f"Firstline itself failed while reading it ({type(error).__name__})."
            problem = Problem(cause, "Sync again; if it fails again, report it with the lines of the log about it.")
            await self.database.tx(storing.fail, source_id, found.run, problem)

    async def _slice(self, found: Row[Any], until: float) -> None:
        done = found.read_run >= found.run or await self._take_in(found, until)
        if not done or not await self._embed(found.id, until) or not await self.database.tx(storing.finish, found.id, found.run):
            await self.database.tx(_go_on, found.id)

    async def count(self) -> None:
        """Count terms anew after the knowledge has changed, and give back the memory that reading took."""
        await self.database.tx(storing.count)
        await self.database.thread(memory.give_back)

    async def sync_due(self) -> None:
        """Read again what its schedule says."""
        await self.database.tx(commands.sync_due)

    async def _take_in(self, found: Row[Any], until: float) -> bool:
        """Store the source's pages; False if there are more."""
        if found.kind == SourceKind.SITE:
            async with Outbound(allow_private=self.settings.allow_private_addresses, resolve=self.resolve) as outbound:
                with Reader() as reader:
                    web = Web(outbound, self.database.clock)
                    return await Site(self.database, web, reader, found).read(until)
        if found.kind == SourceKind.URL:
            pages = await self._url(found)
        elif found.kind == SourceKind.FILE:
            body = await self.database.tx(storing.body_of, found.id)
            pages = await self.database.thread(pages_of_file, body, found.file_type, found.file_name)
        else:
            pages = [_written(found)]
        for start in range(0, len(pages), STORED_AT_ONCE):
            await self.database.tx(storing.store, found, pages[start : start + STORED_AT_ONCE])
        await self.database.tx(storing.finish_reading, found.id, found.run)
        return True

    async def _url(self, found: Row[Any]) -> Sequence[Page]:
        async with Outbound(allow_private=self.settings.allow_private_addresses, resolve=self.resolve) as outbound:
            answer = await Web(outbound, self.database.clock).page(found.url)
        assert answer is not None
        with Reader() as reader:
            return await self.database.thread(page_of, reader, answer, found.url)

    async def _embed(self, source_id: str, until: float) -> bool:
        """Embed what waits; False if there is more."""
        while waiting := await self.database.tx(storing.to_embed, source_id, AT_ONCE):
            made = await self.database.thread(self._vectors, waiting)
            await self.database.tx(storing.store_vectors, source_id, made)
            if time.monotonic() > until:
                return False
        return True

    def _vectors(self, waiting: Sequence[ToEmbed]) -> dict[str, tuple[Embedding, Embedding | None]]:
        embed = self.embedder.embed
        return {one.passage_id: (embed(one.indexed), embed(one.question) if one.question else None) for one in waiting}


def _written(found: Row[Any]) -> Page:
    """The page of a text or a short answer, which needs no reader: it was written here."""
    faq = found.kind == SourceKind.SHORT_ANSWER
    key = hashlib.sha256(found.id.encode()).hexdigest()[:16]
    return Page(key, found.title, blocks_of(found.content), question=found.question if faq else None, url=found.url)


def _go_on(tx: Tx, source_id: str) -> None:
    defer(tx, "knowledge.read", key=source_id, source_id=source_id)
