"""The simulated Meta as a web application: the Graph API, what happens in it (``/sim``), a page to write as the customer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from starlette.responses import FileResponse, Response

from firstline.simulators.meta.acts import Acts
from firstline.simulators.meta.graph import Graph
from firstline.simulators.meta.people import People
from firstline.simulators.meta.posting import Post
from firstline.simulators.meta.world import APP, INSTAGRAM, NUMBER, PAGE, WABA, Settings, World

HERE = Path(__file__).parent


def simulated_meta(settings: Settings) -> FastAPI:
    """The application; its world is at ``app.state.world``."""
    world = World(settings)
    post = Post(world)
    people = People(world, post)
    acts = Acts(world, people, post)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        for task in list(post.tasks):
            task.cancel()

    app = FastAPI(title="A simulated Meta", docs_url=None, redoc_url=None, lifespan=life)
    app.state.world, app.state.post, app.state.people = world, post, people

    @app.get("/")
    async def start() -> Response:
        return FileResponse(HERE / "page.html", media_type="text/html")

    @app.get("/sim/page.js")
    async def script() -> Response:
        return FileResponse(HERE / "page.js", media_type="text/javascript")

    @app.get("/sim/state")
    async def state() -> dict[str, Any]:
        """Everything that was sent, and how this Meta is set up."""
        ids = {"number": NUMBER, "business_account": WABA, "page": PAGE, "instagram": INSTAGRAM, "app": APP}
        return {
            "settings": asdict(settings),
            "ids": ids,
            "sent": world.sent,
            "shown": world.shown,
            "answers": post.answers[-200:],
        }

    @app.post("/sim/{verb}")
    async def act(verb: str, request: Request) -> dict[str, Any]:
        """Let something happen: the verbs of :mod:`firstline.simulators.meta.acts`."""
        try:
            return await acts.act(verb, await request.json())
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise HTTPException(422, str(error)) from None

    app.include_router(Graph(world, people).router())
    return app
