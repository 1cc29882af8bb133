"""Puts the parts together; no logic."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from firstline import __version__, health, mishaps, problems
from firstline.agent import api as agent_api
from firstline.agent.actions import api as actions_api
from firstline.agent.actions.caller import Caller
from firstline.agent.actions.matching import Nearest
from firstline.agent.actions.running import Running
from firstline.agent.actions.trying import Trying
from firstline.agent.connections import api as models_api
from firstline.agent.connections.trying import Trial
from firstline.agent.guidelines import api as guidelines_api
from firstline.agent.guidelines.matching import Matcher
from firstline.agent.injection import Inspector
from firstline.agent.language import detect
from firstline.agent.library import Shelf
from firstline.agent.listening import Listening
from firstline.agent.models.builtin import Builtin
from firstline.agent.models.intents import read
from firstline.agent.models.llm import Models
from firstline.agent.preview import Preview
from firstline.agent.surroundings import SURROUNDINGS, agent_on
from firstline.agent.turn import Turns
from firstline.bodies import Bounded
from firstline.channels import api as channels_api
from firstline.channels import files_api, writing_api
from firstline.channels.base import Channel
from firstline.channels.custom import api as custom_api
from firstline.channels.email import api as email_api
from firstline.channels.intake import Intake, hooks
from firstline.channels.intake import api as letters_api
from firstline.channels.intake.backlog import Backlog
from firstline.channels.intake.hooks import Door
from firstline.channels.intake.receiving import Receiving
from firstline.channels.intake.replaying import Replaying
from firstline.channels.registry import add_channel_jobs, all_channels
from firstline.channels.rereading import api as rereading_api
from firstline.channels.watching import Watchers
from firstline.clocks import api as clocks_api
from firstline.clocks.alerting import Alerts
from firstline.clocks.jobs import Clocks
from firstline.clocks.queries import overdue_ids
from firstline.console.routes import install as install_console
from firstline.contacts import api as contacts_api
from firstline.contacts.forgotten import forget_fingerprints
from firstline.conversations import api as conversations_api
from firstline.conversations import merging_api
from firstline.credits import api as credits_api
from firstline.credits.jobs import Meter
from firstline.demo import shop
from firstline.erasing import api as erasing_api
from firstline.erasing.jobs import Eraser
from firstline.kit.clock import Clock
from firstline.kit.database import Database
from firstline.kit.errors import Refused
from firstline.kit.feed import Feed
from firstline.kit.idempotency import Idempotency
from firstline.kit.jobs import Jobs
from firstline.kit.rescue import rescue
from firstline.kit.secrets import Keyring
from firstline.kit.worker import Worker
from firstline.knowledge import answering_api
from firstline.knowledge import api as knowledge_api
from firstline.knowledge.calibrating import Calibrating
from firstline.knowledge.embedding import OnnxEmbedder
from firstline.knowledge.finding import Finder
from firstline.knowledge.gaps import api as gaps_api
from firstline.knowledge.gaps.jobs import Placing
from firstline.knowledge.jobs import Reading
from firstline.knowledge.models import MODEL, TOKENIZER
from firstline.knowledge.rules import Query
from firstline.live import api as live_api
from firstline.people import api as people_api
from firstline.people import governance_api, security_api
from firstline.people.attempts import forget_old
from firstline.people.availability import api as availability_api
from firstline.people.availability.jobs import Switchboard
from firstline.people.mailing import MailServer, Post
from firstline.people.rules import LANGUAGES
from firstline.people.sealing import Sealer
from firstline.routing import api as routing_api
from firstline.routing import board_api
from firstline.routing.jobs import Router
from firstline.settings import Settings
from firstline.widget import api as widget_api
from firstline.widget import passes, upload_api, uploads
from firstline.widget.desk import Desk
from firstline.widget.transcripts import Mailing
from firstline.wiring import FOLLOWS

APIS = (
    people_api,
    governance_api,
    security_api,
    availability_api,
    contacts_api,
    erasing_api,
    conversations_api,
    channels_api,
    rereading_api,
    letters_api,
    custom_api,
    files_api,
    writing_api,
    email_api,
    merging_api,
    credits_api,
    routing_api,
    board_api,
    clocks_api,
    answering_api,
    knowledge_api,
    gaps_api,
    agent_api,
    actions_api,
    models_api,
    guidelines_api,
)
"""REST, in the order of the reference."""


@dataclass(frozen=True)
class Parts:
    """The parts of one process, put together once."""

    settings: Settings
    database: Database
    keyring: Keyring
    feed: Feed
    channels: Mapping[str, Channel]
    jobs: Jobs
    desk: Desk
    finder: Finder
    preview: Preview
    intake: Intake
    matcher: Matcher


def create_app(settings: Settings, dsn: str, *, clock: Clock | None = None, worker: bool = True) -> FastAPI:
    """The web application of one process over a migrated database; with ``worker`` it runs the jobs too."""
    parts = put_together(settings, dsn, clock)
    app = FastAPI(
        title="Firstline",
        version=__version__,
        summary="The customer agent's REST interface.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lambda _: _life(parts, worker),
        exception_handlers={
            Refused: problems.refused,
            RequestValidationError: problems.invalid,
            HTTPException: mishaps.http,
            DataError: mishaps.unstorable,
            UnicodeEncodeError: mishaps.unstorable,
            Exception: mishaps.bug,
        },
    )
    state = app.state
    state.settings, state.database, state.keyring = settings, parts.database, parts.keyring
    state.feed, state.channels, state.surroundings = parts.feed, parts.channels, SURROUNDINGS
    state.views = {"overdue": overdue_ids}
    state.replaying = Replaying(parts.database, parts.channels, parts.keyring)
    state.door = Door(parts.database, Receiving(parts.channels, parts.keyring))
    state.widget, state.preview, state.finder = parts.desk, parts.preview, parts.finder
    state.matcher = parts.matcher
    state.model_trial = Trial(parts.database, parts.keyring)
    caller = Caller(allow_private=settings.allow_private_addresses)
    state.action_trying = Trying(parts.database, parts.keyring, caller)
    app.include_router(hooks.router)  # first: routes are looked through in order, and these are called most
    for api in APIS:
        app.include_router(api.router)
    for outside in (live_api, upload_api, widget_api, health):
        app.include_router(outside.router)
    app.include_router(email_api.images)
    install_console(app)
    app.include_router(shop.router(lambda: parts.database.tx(shop.first_chat)))
    app.add_middleware(Idempotency, database=parts.database)
    app.add_middleware(Bounded, upload=settings.max_upload_mb * 1_000_000)
    return app


def put_together(settings: Settings, dsn: str, clock: Clock | None = None) -> Parts:
    """The parts of a process, for the web application, the worker and the command line."""
    database = Database(dsn, clock, followers=FOLLOWS)
    keyring = Keyring.at(settings.data, settings.secret_key.get_secret_value() if settings.secret_key else None)
    feed = Feed(database)
    channels = all_channels(database, keyring, settings)
    models = settings.models.expanduser()
    embedder = OnnxEmbedder(models / MODEL, models / TOKENIZER)
    finder = Finder(database, embedder)
    shelf = Shelf(finder)
    thinker = Models(Builtin(embedder), database, keyring)
    matcher = Matcher(embedder)
    inspector = Inspector(embedder)
    listening = Listening(database)
    feed.on_signal(listening.hear)
    router = Router(database, SURROUNDINGS)
    reading = Reading(database, embedder, settings)

    caller = Caller(allow_private=settings.allow_private_addresses)
    running = Running(database, keyring, caller, channels)
    meter = Meter(database)

    jobs = Jobs(database)
    jobs.add("credits.judge", meter.judge)
    jobs.add("routing.route", router.route)
    jobs.add("routing.assign_waiting", router.assign_waiting)
    chooser = Nearest(embedder)
    turns = Turns(database, shelf, thinker, channels, listening, feed.signal, matcher, chooser, inspector)
    jobs.add("agent.turn", turns.run)
    jobs.add("agent.act", running.act)
    jobs.add("agent.approval_due", running.approval_due)
    jobs.add("agent.settled", running.settled)
    _mail(jobs, channels, keyring, settings)
    add_channel_jobs(jobs, channels, keyring, settings)
    jobs.add("knowledge.read", reading.read)
    jobs.add("knowledge.count", reading.count)
    jobs.add("knowledge.place_gap", Placing(database, embedder).place)
    jobs.add("knowledge.calibrate", Calibrating(database, finder).run)
    _keep_people(jobs, database, keyring)
    intake = Intake(database, channels)
    _forget(jobs, intake, keyring)
    jobs.every(2.0, "rescue", lambda: _rescue(database))
    jobs.every(60.0, "credits.open_period", meter.open_period)
    jobs.every(60.0, "routing.assign_waiting", router.assign_waiting)
    _keep_time(jobs, database, settings)
    jobs.every(5.0, "availability.switch_due", Switchboard(database).switch_due)
    jobs.every(60.0, "knowledge.sync_due", reading.sync_due)
    return Parts(
        settings,
        database,
        keyring,
        feed,
        channels,
        jobs,
        Desk(database, feed, keyring, agent_on),
        finder,
        Preview(database, shelf, thinker, channels, matcher, inspector, chooser),
        intake,
        matcher,
    )


def mail_server(settings: Settings) -> MailServer | None:
    """The server for the product's own mail, if one is set."""
    if not settings.smtp_host:
        return None
    sender = settings.smtp_from or settings.smtp_user or f"firstline@{settings.smtp_host}"
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    return MailServer(settings.smtp_host, settings.smtp_port, sender, settings.smtp_security, settings.smtp_user, password)


async def _warm(parts: Parts) -> None:
    """Load what the first answer would wait for: models, the knowledge's names, the languages."""
    await parts.finder.find(Query("What can I ask?"))
    await parts.database.thread(detect, "What can I ask here?", LANGUAGES)
    await parts.database.thread(read, "What can I ask?")


def _keep_time(jobs: Jobs, database: Database, settings: Settings) -> None:
    clocks = Clocks(database, SURROUNDINGS)
    jobs.add("clocks.wind_all", clocks.wind_all)
    jobs.add("clocks.mail_overdue", Alerts(database, settings.base_url).mail_overdue)
    jobs.every(2.0, "clocks.ring_due", clocks.ring_due)
    jobs.every(60.0, "clocks.wind_new", clocks.wind_new)


def _keep_people(jobs: Jobs, database: Database, keyring: Keyring) -> None:
    sealer = Sealer(database, keyring)
    jobs.every(5.0, "people.seal", sealer.seal)
    jobs.every(3600.0, "people.seal_thoroughly", sealer.seal_thoroughly)
    jobs.every(3600.0, "people.forget_attempts", lambda: _forget_attempts(database))


def _mail(jobs: Jobs, channels: Mapping[str, Channel], keyring: Keyring, settings: Settings) -> None:
    jobs.add("people.send_notice", Post(jobs.database, mail_server(settings)).send_notice)
    jobs.add("widget.send_transcript", Mailing(jobs.database, channels, keyring).send_transcript)


def _forget(jobs: Jobs, intake: Intake, keyring: Keyring) -> None:
    database = jobs.database
    eraser = Eraser(database, intake.parser, Backlog(database, intake.parser, keyring), keyring)
    jobs.add("erasing.erase", eraser.erase)
    jobs.every(60.0, "erasing.wake_all", eraser.wake_all)
    jobs.every(3600.0, "widget.forget_uploads", lambda: _forget_uploads(database))
    jobs.every(3600.0, "widget.forget_passes", lambda: _forget_passes(database))
    jobs.every(86_400.0, "contacts.forget_fingerprints", lambda: _forget_fingerprints(database))


async def _forget_uploads(database: Database) -> None:
    await database.tx(uploads.forget_old)


async def _forget_passes(database: Database) -> None:
    await database.tx(passes.forget_ended)


async def _forget_fingerprints(database: Database) -> None:
    await database.tx(forget_fingerprints)


async def _forget_attempts(database: Database) -> None:
    await database.tx(forget_old)


async def _rescue(database: Database) -> None:
    await database.tx(rescue)


def watchers(parts: Parts) -> Watchers:
    """What keeps looking for new messages, in a process that runs jobs."""
    return Watchers(parts.database, parts.channels, parts.keyring, parts.intake)


@contextlib.asynccontextmanager
async def _life(parts: Parts, worker: bool) -> AsyncIterator[None]:
    """Run what a process runs beside its requests, and end it in order."""
    running = [asyncio.create_task(parts.feed.run(), name="feed"), asyncio.create_task(parts.desk.hub.run(), name="widget")]
    if worker:
        running.append(asyncio.create_task(_warm(parts), name="warm"))
        running.append(asyncio.create_task(Worker(parts.jobs).run(), name="worker"))
        running.append(asyncio.create_task(watchers(parts).run(), name="watchers"))
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        parts.database.close()
