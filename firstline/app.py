"""Puts the parts together; no logic."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from firstline import __version__, problems
from firstline.agent import api as agent_api
from firstline.channels import api as channels_api
from firstline.channels.deliver import Outbox
from firstline.channels.livechat.channel import LiveChat
from firstline.contacts import api as contacts_api
from firstline.conversations import api as conversations_api
from firstline.kit.clock import Clock
from firstline.kit.database import Database
from firstline.kit.errors import Refused
from firstline.kit.feed import Feed
from firstline.kit.idempotency import Idempotency
from firstline.kit.jobs import Jobs, rescue
from firstline.kit.secrets import Keyring
from firstline.live import api as live_api
from firstline.people import api as people_api
from firstline.settings import Settings
from firstline.wiring import FOLLOWS


def create_app(settings: Settings, dsn: str, *, clock: Clock | None = None, worker: bool = True) -> FastAPI:
    """The web application of one process over a migrated database; with ``worker`` it runs the jobs too."""
    database = Database(dsn, clock, followers=FOLLOWS)
    secret = settings.secret_key.get_secret_value() if settings.secret_key else None
    keyring = Keyring.at(settings.data, secret)
    feed = Feed(database)
    chat = LiveChat()
    channels = {chat.kind: chat}

    app = FastAPI(
        title="Firstline",
        version=__version__,
        summary="The customer agent's REST interface.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lambda app: _life(app, feed, jobs if worker else None),
        exception_handlers={
            Refused: problems.refused,
            RequestValidationError: problems.invalid,
            HTTPException: problems.http,
            Exception: problems.bug,
        },
    )
    app.state.settings = settings
    app.state.database = database
    app.state.keyring = keyring
    app.state.channels = channels
    app.state.feed = feed
    for part in (people_api, contacts_api, conversations_api, channels_api, agent_api, live_api):
        app.include_router(part.router)
    app.add_middleware(Idempotency, database=database)

    jobs = Jobs(database)
    jobs.add("channels.deliver", Outbox(database, channels, keyring).deliver)
    jobs.every(2.0, "rescue", lambda: _rescue(database))
    return app


async def _rescue(database: Database) -> None:
    await database.tx(rescue)


@contextlib.asynccontextmanager
async def _life(app: FastAPI, feed: Feed, jobs: Jobs | None) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(feed.run(), name="feed")]
    if jobs is not None:
        tasks.append(asyncio.create_task(jobs.work(), name="worker"))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        database: Database = app.state.database
        database.close()
