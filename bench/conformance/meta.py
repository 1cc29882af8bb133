"""What Meta's cases are tried on: two workers over a database of their own that take deliveries in, and a simulated Meta.

Nothing runs by itself here: a case says when the agent has the word and when messages are sent, so that its order is certain.
"""

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import psycopg
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.engine import make_url
from starlette.testclient import TestClient

from bench.conformance.cases import case as registered
from bench.conformance.ground import Ground
from firstline import problems
from firstline.agent import commands as agents
from firstline.channels import accounts
from firstline.channels.base import Account, Channel
from firstline.channels.deliver import Outbox
from firstline.channels.fetching import Fetcher
from firstline.channels.graph.signing import signature
from firstline.channels.intake import Intake, hooks
from firstline.channels.intake.backlog import Backlog
from firstline.channels.intake.receiving import Receiving
from firstline.channels.registry import all_channels
from firstline.conversations import ownership, replying
from firstline.conversations.record import locked
from firstline.conversations.rules import Owner, OwnerKind
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Refused
from firstline.kit.migrate import migrate
from firstline.kit.secrets import Keyring
from firstline.people import commands as people
from firstline.people.rules import Actor
from firstline.simulators.meta.app import simulated_meta
from firstline.simulators.meta.world import APP, INSTAGRAM, NUMBER, PAGE, WABA, Settings, World
from firstline.wiring import FOLLOWS
from tests.serving import serving

KEYRING = Keyring(b"k" * 32)
SECRET, OLD_SECRET = "conformance-secret", "conformance-secret-before"
META: dict[str, tuple[str, dict[str, Any]]] = {
    "whatsapp": ("whatsapp", {"phone_number_id": NUMBER, "waba_id": WABA}),
    "messenger": ("messenger", {"page_id": PAGE, "app_id": APP, "human_agent": True}),
    "instagram": ("messenger", {"platform": "instagram", "page_id": INSTAGRAM, "instagram_id": INSTAGRAM, "app_id": APP}),
}


@dataclass
class Meta:
    """Everything a case needs."""

    databases: tuple[Database, Database]
    workers: tuple[TestClient, TestClient]
    channels: Mapping[str, Channel]
    owner: Actor
    agent_id: str
    world: World
    graph_url: str
    kinds: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """The first worker's."""
        return self.databases[0]

    def account(self, name: str, **settings: Any) -> Account:
        """A freshly connected account of Meta's."""
        kind, given = META[name]
        made = self.database.run(
            accounts.connect,
            KEYRING,
            self.channels[kind].config,
            kind=kind,
            name=name,
            workspace="inbox",
            settings={**given, "graph_url": self.graph_url, **settings},
            secrets={
                "access_token": self.world.settings.token,
                "app_secret": f"{SECRET} {OLD_SECRET}",
                "verify_token": "conformance-verify",
            },
            family="messaging",
            by=self.owner,
        )
        return self.database.run(accounts.which, made, KEYRING)

    def post(self, account: Account, body: Any, *, worker: int = 0, secret: str = SECRET, signed: bytes | None = None) -> int:
        """Deliver a webhook to one of the workers; the status it answers."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"x-hub-signature-256": signature(secret, raw if signed is None else signed)}
        return int(self.workers[worker].post(f"/hooks/{account.kind}/{account.id}", content=raw, headers=headers).status_code)

    def post_twice_at_once(self, account: Account, body: Any) -> list[int]:
        """Deliver the same to both workers at the same time."""
        with ThreadPoolExecutor(2) as both:
            return list(both.map(lambda worker: self.post(account, body, worker=worker), (0, 1)))

    def get(self, account: Account, **query: str) -> tuple[int, str]:
        """The handshake; status and body."""
        answer = self.workers[0].get(f"/hooks/{account.kind}/{account.id}", params=query)
        return answer.status_code, answer.text

    def rows(self, query: str, **values: Any) -> list[Any]:
        """What SQL finds."""
        return list(self.database.run(lambda tx: tx.execute(text(query), values).all()))

    def entries(self, account: Account) -> list[Any]:
        """Messages of an account in the order of its timelines."""
        return self.rows(
            "select e.*, c.owner_kind, c.contact_id, c.status from entry e join conversation c on c.id = e.conversation_id"
            " where c.channel_account_id = :id and e.kind = 'message' order by e.sent_at, e.seq",
            id=account.id,
        )

    def letters(self, account: Account) -> int:
        """Dead letters of an account."""
        return len(self.rows("select 1 from dead_letter where channel_account_id = :id", id=account.id))

    def turns(self, conversation_id: str) -> int:
        """Turns of the agent that wait."""
        jobs = (
            "select 1 from procrastinate_jobs where task_name in ('agent.turn', 'routing.route')"
            " and args->>'conversation_id' = :id"
        )
        return len(self.rows(jobs, id=conversation_id))

    def gives_to_agent(self, conversation_id: str) -> None:
        """The agent has the word."""

        def give(tx: Tx) -> None:
            ownership.set_owner(tx, locked(tx, conversation_id), Owner(OwnerKind.AGENT, self.agent_id), Actor.system())
            tx.execute(text("delete from procrastinate_jobs where args->>'conversation_id' = :id"), {"id": conversation_id})

        self.database.run(give)

    def says(self, conversation_id: str, words: str, *, options: list[str] | None = None, template: Any = None) -> str:
        """The agent says something if it has the word, else a teammate does; the id of the message."""

        def say(tx: Tx) -> str:
            found = locked(tx, conversation_id)
            data = {**({"options": options} if options else {}), **({"template": template} if template else {})}
            if found.held_by_agent:
                return replying.agent_reply(
                    tx, found, words, Actor.agent(self.agent_id, "Velo"), data, turn_id="trn_conformance"
                ).id
            return replying.reply(tx, conversation_id, words, self.owner).id

        return self.database.run(say)

    def delivers(self, conversation_id: str) -> None:
        """Send what waits."""
        asyncio.run(Outbox(self.database, self.channels, KEYRING).deliver(conversation_id))

    def takes_in(self, account: Account) -> None:
        """Apply the deliveries that wait."""
        parser = Intake(self.database, self.channels).parser
        asyncio.run(Backlog(self.database, parser, KEYRING).take_in(account.id))

    def fetches(self, entry_id: str) -> None:
        """Get the files of a message."""
        door = SimpleNamespace(allow_private_addresses=False, allow_plain_http=False)
        asyncio.run(Fetcher(self.database, self.channels, KEYRING, door).fetch(entry_id))

    def delivery(self, entry_id: str) -> tuple[str, str]:
        """How far a message got, and why."""
        row = self.rows("select delivery, delivery_reason from entry where id = :id", id=entry_id)[0]
        return row.delivery, row.delivery_reason or ""

    def owner_of(self, conversation_id: str) -> str:
        """The kind of owner of a conversation."""
        return str(self.rows("select owner_kind from conversation where id = :id", id=conversation_id)[0].owner_kind)


@contextlib.contextmanager
def meta_on(dsn: str) -> Iterator[Meta]:
    """Everything over an empty, migrated database."""
    databases = (Database(dsn, followers=FOLLOWS, threads=4), Database(dsn, followers=FOLLOWS, threads=4))
    owner, agent_id = databases[0].run(_company)
    app = simulated_meta(Settings(echoes=False, receipts=False))
    surroundings: Any = SimpleNamespace(
        allow_private_addresses=True, allow_plain_http=False, base_url="http://localhost:8000", data=None
    )
    channels = all_channels(databases[0], KEYRING, surroundings)
    workers = (_worker(databases[0], channels), _worker(databases[1], channels))
    with contextlib.ExitStack() as to_close, serving(app, log_level="error") as port:
        for database in databases:
            to_close.callback(database.close)
        yield Meta(databases, workers, channels, owner, agent_id, app.state.world, f"http://127.0.0.1:{port}")


class Shared:
    """Made when the first of the cases asks for it, closed with the ground."""

    def __init__(self, dsn: str) -> None:
        self._stack = contextlib.ExitStack()
        name = f"meta_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f"create database {name}")  # type: ignore[arg-type]
        own = make_url(dsn).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        database = Database(own, threads=1)
        migrate(database)
        database.close()
        self.meta = self._stack.enter_context(meta_on(own))

    def close(self) -> None:
        """End what runs."""
        self._stack.close()


def case(number: int, what: str) -> Callable[[Callable[[Meta], None]], Callable[[Meta], None]]:
    """Register a case of Meta's channels."""

    def register(check: Callable[[Meta], None]) -> Callable[[Meta], None]:
        def on(ground: Ground) -> None:
            if "meta" not in ground.shared:
                ground.shared["meta"] = Shared(ground.shop.database.dsn)
            check(ground.shared["meta"].meta)

        registered(number, what)(on)
        return check

    return register


def _company(tx: Tx) -> tuple[Actor, str]:
    """Somebody who owns it all, and the agent."""
    ines = people.set_up(
        tx,
        email="ines@veloria.example",
        password="correct horse battery",
        name="Ines",
        company="Veloria",
        timezone="Europe/Berlin",
    )
    owner = people.actor_of(tx, ines)
    return owner, agents.create(tx, {"name": "Velo", "company": "Veloria"}, by=owner)


def _worker(database: Database, channels: Mapping[str, Channel]) -> TestClient:
    app = FastAPI(exception_handlers={Refused: problems.refused, Exception: problems.bug})
    app.state.database, app.state.keyring = database, KEYRING
    app.state.door = hooks.Door(database, Receiving(channels, KEYRING))
    app.state.settings = SimpleNamespace(base_url="https://desk.example")
    app.include_router(hooks.router)
    return TestClient(app, raise_server_exceptions=False)
