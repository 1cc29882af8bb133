"""Reading a whole site: its sitemap, else its links, breadth first; each page stored as it comes.

The pages still to read are rows, so a slice of work can end anywhere. A page whose server says that it has not changed, or
whose bytes are the same, is not read again.
"""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from firstline.kit.database import Database, Tx
from firstline.kit.ids import new_id
from firstline.kit.outbound import Answer
from firstline.knowledge import storing
from firstline.knowledge.crawling import DEEPEST, MOST_SITEMAPS, Frontier, NoSitemap, Scope, same, sitemap
from firstline.knowledge.document import Page
from firstline.knowledge.fetching import Unfetched, Web
from firstline.knowledge.pages import page_of
from firstline.knowledge.reading.formats import Unreadable
from firstline.knowledge.reading.sandbox import Reader
from firstline.knowledge.rules import Problem
from firstline.knowledge.tables import page


class Site:
    """One slice of reading a site."""

    def __init__(self, database: Database, web: Web, reader: Reader, found: Row[Any]) -> None:
        self.database = database
        self.web = web
        self.reader = reader
        self.found = found
        self.start = same(found.url)
        self.scope = Scope.of(found.url)

    async def read(self, until: float) -> bool:
        """Read pages until the time is up; True when all are read.

        :raises Unfetched: if the site cannot be read at all. :raises Unreadable: if none of its pages can.
        """
        known = await self.database.tx(_known, self.found.id, self.found.run)
        if not known:
            await self._begin()
            known = await self.database.tx(_known, self.found.id, self.found.run)
        frontier = Frontier(self.scope, known, self.found.max_pages)
        while (next_page := await self.database.tx(_next, self.found.id)) is not None:
            await self._page(next_page, frontier)
            if time.monotonic() > until:
                return False
        first = await self.database.tx(_failed_whole, self.found.id, self.start)
        if first is not None:
            raise Unfetched(
                Problem(first, "Check the address in a browser, and whether robots.txt allows the robot “Firstline”.")
            )
        await self.database.tx(storing.finish_reading, self.found.id, self.found.run)
        return True

    async def _begin(self) -> None:
        """Put the first page and what the sitemap lists in the queue."""
        listed = await self._listed()
        frontier = Frontier(self.scope, set(), self.found.max_pages)
        first = frontier.new([self.start]) or [self.start]
        pages = [*first, *frontier.new(listed)]
        await self.database.tx(_queue, self.found, pages, DEEPEST if listed else 0)

    async def _listed(self) -> list[str]:
        root = "{0.scheme}://{0.netloc}".format(urlsplit(self.start))
        rules = await self.web.rules(self.start)
        waiting = list(dict.fromkeys([*rules.sitemaps, f"{root}/sitemap.xml"]))[:MOST_SITEMAPS]
        pages: list[str] = []
        for address in waiting:
            if len(pages) >= self.found.max_pages or not self.scope.same_host(address):
                continue
            body = await self.web.sitemap(address)
            try:
                listed, further = sitemap(body) if body is not None else ([], [])
            except NoSitemap:
                continue
            pages += [url for url in listed if self.scope.holds(url)]
            waiting += [url for url in further[: MOST_SITEMAPS - len(waiting)] if url not in waiting]
        return pages

    async def _page(self, waiting: Row[Any], frontier: Frontier) -> None:
        try:
            if not await self.web.allowed(waiting.key):
                await self.database.tx(_set_aside, waiting.id, self.found.run, "failed", "robots.txt does not allow it.")
                return
            answer = await self.web.page(waiting.key, etag=waiting.etag, modified=waiting.modified)
            if answer is None or hashlib.sha256(answer.body).hexdigest() == waiting.body_hash:
                links: Iterable[str] = waiting.links
                await self.database.tx(_unchanged, waiting.id, self.found.run)
            else:
                links = await self._changed(waiting, answer)
        except Unfetched as error:
            if waiting.text_hash and not error.gone:
                await self.database.tx(_unchanged, waiting.id, self.found.run, error.problem.cause)
            else:
                await self.database.tx(_set_aside, waiting.id, self.found.run, "failed", error.problem.cause)
            return
        except Unreadable as error:
            await self.database.tx(_set_aside, waiting.id, self.found.run, "failed", error.cause)
            return
        if waiting.depth < DEEPEST:
            await self.database.tx(_queue, self.found, frontier.new(links), waiting.depth + 1)

    async def _changed(self, waiting: Row[Any], answer: Answer) -> Iterable[str]:
        if not self.scope.holds(answer.url) and waiting.key != self.start:
            await self.database.tx(_set_aside, waiting.id, self.found.run, "skipped", f"It leads to {answer.url}.")
            return ()
        pages = await self.database.thread(page_of, self.reader, answer, waiting.key)
        read = replace(pages[0], key=waiting.key)
        await self.database.tx(_store, self.found, waiting.id, read, answer)
        return read.links


def _known(tx: Tx, source_id: str, run: int) -> set[str]:
    return {row.key for row in tx.rows(select(page.c.key).where(page.c.source_id == source_id, page.c.run == run))}


def _next(tx: Tx, source_id: str) -> Row[Any] | None:
    waiting = select(page).where(page.c.source_id == source_id, page.c.state == "queued")
    return tx.row(waiting.order_by(page.c.depth, page.c.id).limit(1))


def _queue(tx: Tx, found: Row[Any], urls: Iterable[str], depth: int) -> None:
    for url in urls:
        values = {"state": "queued", "depth": depth, "run": found.run}
        row = pg_insert(page).values(id=new_id("pag"), source_id=found.id, key=url, url=url, **values)
        tx.execute(row.on_conflict_do_update(index_elements=["source_id", "key"], set_=values))


def _store(tx: Tx, found: Row[Any], page_id: str, read: Page, answer: Answer) -> None:
    """Store a page that has changed, unless another address of the site has the same text."""
    text_hash = hashlib.sha256(read.text.encode()).hexdigest()
    twin = select(page.c.url).where(
        page.c.source_id == found.id,
        page.c.text_hash == text_hash,
        page.c.id != page_id,
        page.c.run == found.run,
        page.c.state == "read",
    )
    told = {
        "body_hash": hashlib.sha256(answer.body).hexdigest(),
        "etag": answer.headers.get("etag"),
        "modified": answer.headers.get("last-modified"),
        "links": list(read.links),
    }
    if other := tx.scalar(twin.limit(1)):
        _set_aside(tx, page_id, found.run, "skipped", f"It says the same as {other}.")
        return
    storing.store(tx, found, [read])
    tx.execute(update(page).where(page.c.id == page_id).values(**told))
    storing.show_progress(tx, found.id)


def _unchanged(tx: Tx, page_id: str, run: int, cause: str | None = None) -> None:
    tx.execute(update(page).where(page.c.id == page_id).values(state="read", run=run, cause=cause))


def _set_aside(tx: Tx, page_id: str, run: int, state: str, cause: str) -> None:
    """A page that is not part of the knowledge: what was known of it goes."""
    storing.forget_passages(tx, page_id)
    gone = {"body_hash": None, "text_hash": None, "etag": None, "modified": None}
    tx.execute(update(page).where(page.c.id == page_id).values(state=state, cause=cause, run=run, **gone))


def _failed_whole(tx: Tx, source_id: str, start: str) -> str | None:
    """Why no page could be read; None if one could."""
    if tx.scalar(select(page.c.id).where(page.c.source_id == source_id, page.c.state == "read").limit(1)):
        return None
    cause = select(page.c.cause).where(page.c.source_id == source_id).order_by((page.c.key == start).desc(), page.c.id)
    return tx.scalar(cause.limit(1)) or "The site has no pages."
