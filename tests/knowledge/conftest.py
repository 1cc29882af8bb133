"""A company with a real embedder, its reading jobs, its search, and a website of its own on loopback."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import Row, select

from firstline.kit.database import Database
from firstline.knowledge import queries
from firstline.knowledge.embedding import OnnxEmbedder
from firstline.knowledge.finding import Finder
from firstline.knowledge.jobs import Reading
from firstline.knowledge.models import MODEL, TOKENIZER, ensure_models
from firstline.knowledge.rules import Found, Query
from firstline.knowledge.tables import source
from firstline.people.rules import Actor
from firstline.settings import Settings


@pytest.fixture(scope="session")
def embedder() -> OnnxEmbedder:
    """The real model; fetched once if it is not there."""
    folder = ensure_models(Settings())
    return OnnxEmbedder(folder / MODEL, folder / TOKENIZER)


@dataclass
class Library:
    """The knowledge of one company, with its jobs run by hand."""

    database: Database
    reading: Reading
    finder: Finder
    by: Actor = field(default_factory=Actor.system)

    def add(self, command: Callable[..., str], *args: Any, **kwargs: Any) -> str:
        """Carry out an adding command and read what it added."""
        made: str = self.database.run(command, *args, by=self.by, **kwargs)
        self.read()
        return made

    def read(self) -> None:
        """Run the jobs until nothing waits."""
        asyncio.run(self._read())

    async def _read(self) -> None:
        busy = select(source.c.id).where(source.c.state.in_(["queued", "reading"]))
        while waiting := await self.database.tx(lambda tx: tx.rows(busy)):
            for row in waiting:
                await self.reading.read(row.id)
        await self.reading.count()

    def which(self, source_id: str) -> Row[Any]:
        """A source as it is now."""
        return self.database.run(queries.which, source_id)

    def ask(self, question: str, **more: Any) -> Found:
        """Search."""
        return self.finder.find_now(Query(question, **more))


@pytest.fixture
def library(database: Database, embedder: OnnxEmbedder) -> Library:
    """An empty library that may read from loopback."""
    settings = Settings(allow_private_addresses=True)
    return Library(database, Reading(database, embedder, settings), Finder(database, embedder))


Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Website:
    """A website on loopback: ``pages`` by path; what is not there is answered 404. ``asked`` are the paths in order."""

    server: ThreadingHTTPServer
    pages: dict[str, Answer | Callable[[str, dict[str, str]], Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address of its root."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def page(self, path: str, title: str, body: str, links: tuple[str, ...] = (), **headers: str) -> None:
        """Put an HTML page there."""
        anchors = "".join(f'<a href="{link}">{link}</a> ' for link in links)
        html = (
            f"<html lang=en><title>{title} | Veloria</title><nav>{anchors}</nav><main><h1>{title}</h1><p>{body}</p></main></html>"
        )
        self.pages[path] = (200, {"content-type": "text/html; charset=utf-8", **headers}, html.encode())

    def answer(self, path: str, headers: dict[str, str]) -> Answer:
        """What a request gets."""
        self.asked.append(path)
        found = self.pages.get(path) or self.pages.get(path.partition("?")[0] + "?")
        if found is None:
            return 404, {"content-type": "text/html"}, b"not here"
        return found(path, headers) if callable(found) else found


@pytest.fixture
def website() -> Iterator[Website]:
    """An empty website."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = site.answer(self.path, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Website(server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()
