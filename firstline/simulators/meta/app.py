"""The simulated Meta as a web application: the Graph API, what happens in it (``/sim``), a page to write as the customer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel
from starlette.responses import FileResponse, Response

from firstline.simulators.meta.graph import Graph
from firstline.simulators.meta.people import People
from firstline.simulators.meta.posting import Post
from firstline.simulators.meta.world import APP, INSTAGRAM, NUMBER, PAGE, WABA, Fault, Settings, World

HERE = Path(__file__).parent


class Said(BaseModel):
    """What a customer, or a person of the business, does."""

    kind: str = "whatsapp"
    who: str
    text: str = ""
    id: str = ""
    media: str = ""


def simulated_meta(settings: Settings) -> FastAPI:
    """The application; its world is at ``app.state.world``."""
    world = World(settings)
    post = Post(world)
    people = People(world, post)

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
        """``says``, ``taps``, ``reads``, ``answers`` (of the business), ``fails``, ``passes`` (time), ``set``, ``connects``."""
        body = await request.json()
        try:
            return await _act(app, verb, body)
        except (LookupError, TypeError, ValueError) as error:
            raise HTTPException(422, str(error)) from None

    app.include_router(Graph(world, people).router())
    return app


async def _act(app: FastAPI, verb: str, body: dict[str, Any]) -> dict[str, Any]:
    world, people, post = app.state.world, app.state.people, app.state.post
    if verb in ("says", "taps", "reads", "answers"):
        said = Said.model_validate(body)
        if verb == "says":
            return {"id": people.says(said.kind, said.who, said.text, id=said.id, media=said.media)}
        if verb == "taps":
            return {"id": people.taps(said.kind, said.who, said.text)}
        if verb == "answers":
            return {"id": people.person_answers(said.kind, said.who, said.text)}
        people.reads(said.kind, said.who)
    elif verb == "fails":
        world.faults.append(Fault(**body))
    elif verb == "passes":
        world.later += float(body["hours"]) * 3600
    elif verb == "set":
        known = {one.name for one in fields(Settings)}
        for name, value in body.items():
            if name not in known:
                raise LookupError(f"There is no setting {name}.")
            setattr(world.settings, name, value)
    elif verb == "connects":
        return {"connected": await connect(world.settings, str(body["api_key"]), str(body["graph_url"]))}
    elif verb == "quiet":
        await post.quiet()
    else:
        raise LookupError(f"There is nothing called {verb}.")
    return {"ok": True}


async def connect(settings: Settings, api_key: str, own: str) -> dict[str, str]:
    """Connect accounts of this Meta in Firstline, by its REST interface; connecting asks nothing of this Meta yet.

    :raises ValueError: if Firstline refuses.
    """
    made = {}
    secrets = {"access_token": settings.token, "app_secret": settings.app_secret, "verify_token": settings.verify_token}
    wanted: dict[str, tuple[str, dict[str, Any]]] = {
        "whatsapp": ("whatsapp", {"phone_number_id": NUMBER, "waba_id": WABA, "display_number": "+49 341 5550100"}),
        "messenger": ("messenger", {"page_id": PAGE, "app_id": APP, "page_name": "Veloria"}),
        "instagram": ("messenger", {"platform": "instagram", "page_id": INSTAGRAM, "instagram_id": INSTAGRAM, "app_id": APP}),
    }
    headers = {"authorization": f"Bearer {api_key}"}
    async with httpx.AsyncClient(base_url=settings.target, headers=headers, trust_env=False) as client:
        for name, (kind, given) in wanted.items():
            account = {"kind": kind, "name": f"Simulated {name}", "settings": {**given, "graph_url": own}, "secrets": secrets}
            answer = await client.post("/api/v1/channel-accounts", json=account)
            if answer.status_code != 201:
                raise ValueError(f"Firstline answered {answer.status_code}: {answer.text[:300]}")
            made[name] = answer.json()["id"]
            setattr(settings, f"{name}_account", made[name])
    return made
