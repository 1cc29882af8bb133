"""The widget alone, served on loopback over the shop's database; tests play agent and teammates."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI
from websockets.sync.client import ClientConnection, connect

from firstline import problems
from firstline.agent import commands as agents
from firstline.channels import accounts
from firstline.channels.files_api import router as files_router
from firstline.channels.livechat.config import LiveChatConfig
from firstline.conversations import queries, record, replying
from firstline.conversations.rules import Entry
from firstline.kit.database import Tx
from firstline.kit.errors import Refused
from firstline.kit.events import emit
from firstline.kit.feed import Feed
from firstline.people.rules import Actor
from firstline.widget import upload_api
from firstline.widget.api import router
from firstline.widget.desk import LASTS, Desk
from tests.serving import serving
from tests.world import KEYRING, Shop

PATIENCE = 20.0
"""Seconds a test waits for a frame before it fails; a frame takes milliseconds."""

Frame = dict[str, Any]


class Served:
    """A shop whose chat is on the net. ``takes_new`` says whether the agent is assignable, ``steady`` is what limits go by."""

    def __init__(
        self, shop: Shop, *, lasts: float = LASTS, velo: str | None = None, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self.shop = shop
        self.takes_new = True
        self.velo = velo or shop.database.run(agents.create, {"name": "Velo", "company": "Veloria"}, by=shop.ines)
        self.account = shop.chat.channel_account_id
        feed = Feed(shop.database)
        self.desk = Desk(
            shop.database, feed, KEYRING, lambda tx, account: self.velo if self.takes_new else None, lasts=lasts, steady=steady
        )
        self.app = FastAPI(lifespan=lambda app: self._life(feed), exception_handlers={Refused: problems.refused})
        self.app.state.widget = self.desk
        self.app.state.database, self.app.state.keyring = shop.database, KEYRING
        self.app.state.settings = SimpleNamespace(base_url="")
        self.app.include_router(upload_api.router)
        self.app.include_router(router)
        self.app.include_router(files_router)
        self.port = 0

    @contextlib.asynccontextmanager
    async def _life(self, feed: Feed) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(feed.run()), asyncio.create_task(self.desk.hub.run())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @contextlib.contextmanager
    def running(self, port: int = 0) -> Iterator["Served"]:
        """Serve while the block lasts, on the given port or any."""
        with serving(self.app, port, ws="websockets-sansio", timeout_graceful_shutdown=2) as self.port:
            yield self

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def line(self, token: str | None = None, *, origin: str | None = None, lang: str = "en") -> "Line":
        """A tab's line that has said hello."""
        line = self.raw_line(origin=origin)
        line.send(
            t="hello",
            visitor=token,
            cursor=None,
            page={"url": "https://veloria.example/trail-4?utm=1", "title": "Trail 4", "lang": lang},
        )
        line.ready = line.next("ready")
        return line

    def raw_line(self, *, origin: str | None = None) -> "Line":
        """A tab's line that is silent."""
        address = f"ws://127.0.0.1:{self.port}/widget/{self.account}/socket"
        return Line(connect(address, origin=origin, max_size=None, max_queue=None))  # type: ignore[arg-type]

    def settings(self, **settings: Any) -> None:
        """Change the chat's settings."""
        self.shop.database.run(accounts.change, KEYRING, LiveChatConfig, self.account, settings=settings, by=self.shop.ines)

    def answer(self, conversation_id: str, text: str, **data: Any) -> Entry:
        """The agent answers, as its turn does."""
        return self.shop.database.run(self._answer, conversation_id, text, data)

    def _answer(self, tx: Tx, conversation_id: str, text: str, data: dict[str, Any]) -> Entry:
        found = record.locked(tx, conversation_id)
        return replying.agent_reply(tx, found, text, Actor.agent(self.velo, "Velo"), data, turn_id="trn_1")

    def tell_typing(self, conversation_id: str, by: dict[str, str]) -> None:
        """Somebody of the company writes."""
        loop = self.desk.feed._loop
        assert loop is not None
        loop.call_soon_threadsafe(lambda: self.desk.feed.signal(what="typing", conversation=conversation_id, by=by, on=True))

    def switch(self, on: bool) -> None:
        """Whether the agent takes new conversations."""
        self.takes_new = on
        self.shop.database.run(lambda tx: emit(tx, "usage.switched", "account", on=on))

    def timeline(self, conversation_id: str) -> list[Entry]:
        """Everything teammates see of a conversation."""
        return list(self.shop.database.run(queries.timeline, conversation_id))


class Line:
    """One tab's socket, as a browser uses it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.ready: Frame = {}
        self.given: set[str] = set()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    @property
    def token(self) -> str:
        """The visitor's token."""
        return str(self.ready["visitor"])

    def send(self, **frame: Any) -> None:
        """Send a frame."""
        self.socket.send(json.dumps(frame))

    def any(self) -> Frame:
        """The next frame."""
        frame: Frame = json.loads(self.socket.recv(PATIENCE))
        return frame

    def until(self, wanted: Callable[[Frame], bool]) -> list[Frame]:
        """The next frames up to the first that is wanted."""
        frames = [self.any()]
        while not wanted(frames[-1]):
            frames.append(self.any())
        return frames

    def next(self, kind: str) -> Frame:
        """The next frame of a kind."""
        return self.until(lambda frame: frame["t"] == kind)[-1]

    def state(self, **holds: Any) -> Frame:
        """The next state in which these things hold."""
        return self.until(lambda frame: frame["t"] == "state" and frame | holds == frame)[-1]

    def entry(self, **holds: Any) -> Frame:
        """The next entry of which these things hold; one that was given before is news of its delivery, not another entry."""

        def wanted(frame: Frame) -> bool:
            return frame["t"] == "entry" and frame["entry"] | holds == frame["entry"] and frame["entry"]["id"] not in self.given

        found: Frame = self.until(wanted)[-1]["entry"]
        self.given.add(found["id"])
        return found

    def say(self, text: str, client_id: str = "m1") -> Frame:
        """Write a message and wait until the server has it."""
        self.send(t="message", clientId=client_id, text=text)
        return self.next("ack")

    def quiet(self) -> list[Frame]:
        """All frames up to the answer of a ping: what had been sent before it."""
        self.send(t="ping")
        return self.until(lambda frame: frame["t"] == "pong")[:-1]
