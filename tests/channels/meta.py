"""A simulated Meta, and a shop whose accounts talk to it over HTTP; webhooks are taken in directly."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from firstline.channels import accounts
from firstline.channels.base import Account, Channel, RawRequest
from firstline.channels.control.passing import Passing
from firstline.channels.deliver import Outbox
from firstline.channels.intake.backlog import Backlog
from firstline.channels.intake.taking import Intake
from firstline.channels.messenger.channel import Messenger
from firstline.channels.rereading.jobs import Rereader
from firstline.channels.whatsapp.channel import WhatsApp
from firstline.conversations import queries, replying
from firstline.conversations.record import locked
from firstline.conversations.rules import Attachment, Conversation, Entry
from firstline.conversations.tables import conversation
from firstline.kit.clock import FixedClock
from firstline.kit.database import Tx
from firstline.people.rules import Actor
from firstline.simulators.meta.app import simulated_meta
from firstline.simulators.meta.conversations import Line, Threads
from firstline.simulators.meta.posting import page, whatsapp
from firstline.simulators.meta.world import APP, INSTAGRAM, NUMBER, PAGE, WABA, Settings, World
from tests.serving import serving as on_the_net
from tests.world import KEYRING, Shop

GIVEN: Mapping[str, tuple[str, dict[str, Any]]] = {
    "whatsapp": ("whatsapp", {"phone_number_id": NUMBER, "waba_id": WABA}),
    "messenger": ("messenger", {"page_id": PAGE, "app_id": APP}),
    "instagram": ("messenger", {"platform": "instagram", "page_id": INSTAGRAM, "instagram_id": INSTAGRAM, "app_id": APP}),
}
ANA = "5511999990000"


async def at_once(_seconds: float) -> None:
    """No time passes between two requests."""


class Server:
    """One server for all tests of a module; each test has a world of its own."""

    def __init__(self) -> None:
        self.app: Any = None
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """The server on a free port."""
    server = Server()
    with on_the_net(server, lifespan="off") as port:
        server.url = f"http://127.0.0.1:{port}"
        yield server


class Meta:
    """What tests of Meta's channels do."""

    def __init__(self, shop: Shop, server: Server) -> None:
        self.shop, self.url = shop, server.url
        server.app = simulated_meta(Settings(limits=False, app_secret="s"))
        self.world: World = server.app.state.world
        self.threads: Threads = server.app.state.people.threads
        now = shop.database.clock.now().timestamp()
        self.world.now = lambda: now + self.world.later
        self.channels: Mapping[str, Channel] = {"whatsapp": WhatsApp(shop.database), "messenger": Messenger(at_once)}

    def account(self, name: str, **settings: Any) -> Account:
        """A connected account."""
        kind, given = GIVEN[name]
        secrets = {"access_token": self.world.settings.token, "app_secret": "s", "verify_token": "v"}
        made = self.shop.database.run(
            accounts.connect,
            KEYRING,
            self.channels[kind].config,
            kind=kind,
            name=f"Veloria on {name}",
            workspace="inbox",
            settings={**given, "graph_url": self.url, **settings},
            secrets=secrets,
            family="messaging",
            by=self.shop.ines,
        )
        return self.shop.database.run(accounts.which, made, KEYRING)

    def take(self, account: Account, body: Mapping[str, Any]) -> None:
        """A webhook."""
        intake = Intake(self.shop.database, self.channels)
        assert asyncio.run(intake.take(account, RawRequest(body=json.dumps(body).encode())))

    def hears(self, account: Account, text: str = "Hello", id: str = "in1", *, who: str = ANA, standby: bool = False) -> str:
        """A customer writes; the conversation."""
        self.world.heard[who] = self.world.now()
        now = int(self.world.now())
        if account.kind == "whatsapp":
            said = {"from": who, "id": id, "timestamp": str(now), "type": "text", "text": {"body": text}}
            self.take(account, whatsapp("standby" if standby else "messages", messages=[said]))
        else:
            self.take(account, self.event(account, who, standby=standby, message={"mid": id, "text": text}))
        newest = select(conversation.c.id).where(conversation.c.channel_account_id == account.id)
        return str(self.shop.database.run(lambda tx: tx.scalar(newest.order_by(conversation.c.id.desc()))))

    def event(self, account: Account, who: str = ANA, *, own: bool = False, standby: bool = False, **content: Any) -> Any:
        """A webhook with one event of a page or an Instagram account."""
        kind = "instagram" if account.settings.get("platform") == "instagram" else "messenger"
        mine, person = {"id": INSTAGRAM if kind == "instagram" else PAGE}, {"id": who}
        both = {"sender": mine if own else person, "recipient": person if own else mine}
        self.count = getattr(self, "count", 0) + 1
        return page(kind, {**both, "timestamp": int(self.world.now() * 1000) + self.count, **content}, standby=standby)

    def gives_to_agent(self, talk: str) -> None:
        """The agent has the word."""
        self.shop.gives_to_agent(talk)

    def agent_says(self, talk: str, text: str = "Velo here.") -> str:
        """The agent's message; not sent yet."""

        def say(tx: Tx) -> str:
            by = Actor.agent("agt_velo", "Velo")
            return replying.agent_reply(tx, locked(tx, talk), text, by, {}, turn_id="trn_test").id

        return self.shop.database.run(say)

    def replies(self, talk: str, text: str = "Jonas here.", files: tuple[Attachment, ...] = (), **data: Any) -> str:
        """A teammate's message; not sent yet."""
        jonas = self.shop.jonas
        return self.shop.database.run(lambda tx: replying.reply(tx, talk, text, jonas, attachments=files, data=data).id)

    def delivers(self, talk: str) -> list[dict[str, Any]]:
        """Send what waits; what Meta took."""
        before = len(self.world.sent)
        asyncio.run(Outbox(self.shop.database, self.channels, KEYRING).deliver(talk))
        return self.world.sent[before:]

    def settled(self, deliver: Callable[[], None]) -> list[dict[str, Any]]:
        """Deliver until nothing more leaves, waiting as long as a part waits for the one before; the bodies that left."""
        begun = len(self.world.sent)
        clock = self.shop.database.clock
        assert isinstance(clock, FixedClock)
        before = -1
        while before != len(self.world.sent):
            before = len(self.world.sent)
            deliver()
            clock.set(clock.now() + timedelta(seconds=5))
        return [one["body"] for one in self.world.sent[begun:]]

    def passes_on(self, talk: str) -> None:
        """The job after a handoff."""
        asyncio.run(Passing(self.shop.database, self.channels, KEYRING).pass_on(talk))

    def takes_in(self, account: Account) -> None:
        """Apply the deliveries that wait."""
        parser = Intake(self.shop.database, self.channels).parser
        asyncio.run(Backlog(self.shop.database, parser, KEYRING).take_in(account.id))

    def line(self, id: str, text: str, *, own: bool = False) -> Line:
        """A message as Meta remembers it, of now."""
        return Line(id, self.world.now(), not own, text)

    def missed(
        self, account: Account, text: str, id: str, *, who: str = ANA, own: bool = False, ago: float = 0.0, media: str = ""
    ) -> None:
        """Something is said that Meta does not deliver."""
        kind = account.settings.get("platform", "messenger")
        at = self.world.now() - ago
        if not own:
            self.world.heard[who] = max(at, self.world.heard.get(who, 0.0))
        self.threads.add(str(kind), who, Line(id, at, not own, text, media))

    def passes(self, **time: float) -> None:
        """Time goes on, here and at Meta."""
        by = timedelta(**time)
        clock = self.shop.database.clock
        assert isinstance(clock, FixedClock)
        clock.advance(by)
        self.world.later += by.total_seconds()

    def rereads(self, account: Account) -> None:
        """What was missed is read back and taken in."""
        asyncio.run(Rereader(self.shop.database, self.channels, KEYRING).reread(account.id))
        self.takes_in(account)

    def talk(self, id: str) -> Conversation:
        """A conversation."""
        return self.shop.database.run(queries.which, id)

    def entry(self, id: str) -> Entry:
        """An entry."""
        return self.shop.database.run(queries.one_entry, id)

    def timeline(self, talk: str) -> list[Entry]:
        """Everything in a conversation."""
        return list(self.shop.database.run(queries.timeline, talk))
