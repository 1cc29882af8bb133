"""The console over the shop's database, without the rest of the application; tests sign teammates in."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from firstline import problems
from firstline.agent import commands as agents
from firstline.agent.actions.caller import Caller
from firstline.agent.actions.trying import Trying
from firstline.agent.connections.trying import Trial
from firstline.agent.guidelines.matching import Matcher
from firstline.agent.surroundings import SURROUNDINGS
from firstline.channels.livechat.channel import LiveChat
from firstline.console.routes import install
from firstline.kit.errors import Refused
from firstline.kit.feed import Feed
from firstline.live import api as live
from firstline.people import signin
from firstline.people.rules import Actor
from firstline.settings import Settings
from tests.serving import serving
from tests.world import KEYRING, Shop

_SERVICE = {"title": "First service", "score": 0.9, "used": True}


class SaysWhatItHeard:
    """In place of the agent: repeats the question with a source, and hands over when asked for a person."""

    async def ask(self, agent_id: str, lines: list[Any], *, draft: bool = True) -> dict[str, Any]:
        """One turn."""
        text = lines[-1].text
        person = "person" in text
        return {
            "decision": "handoff" if person else "answer",
            "text": "A person takes over." if person else f"You said: {text}[1]",
            "confidence": 0.9,
            "citations": [] if person else [{"n": 1, "title": "First service", "url": "https://veloria.example/service"}],
            "reasons": [{"code": "heard", "text": "It was heard"}],
            "brief": {"wants": "A person", "known": ["Nothing"], "language": "en", "mood": "calm"} if person else None,
            "options": [],
            "trace": {
                "decision": "answer",
                "stages": {"search": 3.0},
                "found": [_SERVICE],
            },
        }


class Office:
    """Veloria's console."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.velo = shop.database.run(agents.create, {"name": "Velo", "company": "Veloria"}, by=shop.ines)
        self.app = app_over(shop)
        self.port = 0

    def session(self, who: Actor) -> str:
        """The token of a session of somebody."""
        return self.shop.database.run(signin.open_session, who.id)

    def client(self, who: Actor | None) -> TestClient:
        """A browser without scripts, in which somebody is signed in, or nobody."""
        client = TestClient(self.app, base_url="http://firstline.example", headers={"Sec-Fetch-Site": "same-origin"})
        if who is not None:
            client.cookies.set(signin.COOKIE, self.session(who))
        return client

    @contextlib.contextmanager
    def running(self) -> Iterator["Office"]:
        """On the net while the block lasts."""
        with serving(self.app) as self.port:
            yield self

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"


def app_over(shop: Shop) -> FastAPI:
    """The console and the live socket."""
    feed = Feed(shop.database)

    @contextlib.asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(feed.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    app = FastAPI(lifespan=life, exception_handlers={Refused: problems.refused})
    chat = LiveChat()
    state = app.state
    state.settings, state.database, state.keyring = Settings(max_upload_mb=1), shop.database, KEYRING
    state.feed, state.channels, state.surroundings = feed, {chat.kind: chat}, SURROUNDINGS
    state.preview = SaysWhatItHeard()
    state.action_trying = Trying(shop.database, KEYRING, Caller())
    state.matcher, state.model_trial = Matcher(), Trial(shop.database, KEYRING)
    state.console = _routed().state.console
    app.router.routes.extend(_routed().router.routes)
    return app


@functools.cache
def _routed() -> FastAPI:
    """The same pages for every test: FastAPI looks at each route's parameters anew for every application, which takes .15 s."""
    app = FastAPI()
    app.include_router(live.router)
    install(app)
    return app
