"""Veloria's agent with actions, and the other system they call: a real HTTP server that honours idempotency keys, or does not."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy import select, update

from firstline.agent.actions import commands
from firstline.agent.actions.caller import Caller
from firstline.agent.actions.definition import Definition
from firstline.agent.actions.running import Running
from firstline.agent.actions.tables import action_call
from firstline.channels.livechat.channel import LiveChat
from firstline.contacts.tables import contact, identity
from firstline.conversations import queries
from firstline.conversations.rules import Entry, EntryKind
from firstline.people.tables import notice
from tests.agent.test_turn import Velo
from tests.agent.thinkers import courtesy
from tests.world import KEYRING, Shop


@dataclass
class OtherSystem:
    """What a shop's order system was asked, and what it answers."""

    url: str = ""
    answers: list[tuple[int, str, Mapping[str, str]]] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    holding: threading.Event | None = None
    """Answers wait for it, where there is one; ``reached`` counts the requests."""
    reached: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    @contextlib.contextmanager
    def running(self) -> Iterator["OtherSystem"]:
        """Serve on a free port of the loopback while the block lasts."""
        system = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                key = self.headers.get("idempotency-key", "")
                system.seen.append({"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body})
                system.done[key] = system.done.get(key, 0) + 1
                system.reached.release()
                if system.holding is not None and not system.holding.wait(120):
                    return
                status, text, headers = system.answers.pop(0) if system.answers else (200, '{"order": {"status": "sent"}}', {})
                if status == 0:
                    self.connection.close()
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 the library wants these names

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class Chooses:
    """A matcher for tests: an action is meant when its title stands in the message."""

    def best(self, text: str, definitions: Mapping[str, Definition]) -> str | None:
        return next((id_ for id_, one in definitions.items() if one.title.lower() in text.lower()), None)


class Agent(Velo):
    """Velo with an action."""

    def __init__(
        self, shop: Shop, definition: dict[str, Any], secrets: dict[str, str] | None = None, *, allow_private: bool = True
    ) -> None:
        super().__init__(shop, courtesy("Something else"))
        self.turns.chooser = Chooses()
        self.action = shop.database.run(commands.create, KEYRING, self.id, definition, secrets or {}, by=shop.ines)
        channels = {"live_chat": LiveChat()}
        self.running = Running(shop.database, KEYRING, Caller(allow_private=allow_private), channels)

    def talk(self, *texts: str, **more: Any) -> str:
        """A customer writes one message after the other; turns and calls run in between."""
        conversation = ""
        for text in texts:
            conversation = self.hears(text, **more)
            self.runs(conversation)
            self.acts()
        return conversation

    def acts(self) -> None:
        """The jobs of calls run."""
        for call in self.calls("ready", "declined"):
            asyncio.run(self.running.act(call.id))

    def calls(self, *states: str) -> list[Any]:
        """The calls so far, those in some states."""
        query = select(action_call).order_by(action_call.c.id)
        return list(self.shop.database.run(lambda tx: tx.rows(query.where(action_call.c.state.in_(states)) if states else query)))

    def entries(self, conversation: str, kind: EntryKind) -> list[Entry]:
        """Entries of a kind."""
        return [one for one in self.shop.database.run(queries.timeline, conversation) if one.kind is kind]

    def owner(self, conversation: str) -> str:
        """Who has it."""
        return str(self.shop.database.run(queries.which, conversation).owner.kind)


def knows(shop: Shop, conversation: str, *, email: str | None = None, proven: bool = False) -> None:
    """What is on file of the customer: an address, or an identity that the channel has proven, as the website's word does."""

    def write(tx: Any) -> None:
        found = queries.which(tx, conversation)
        if email:
            tx.execute(update(contact).where(contact.c.id == found.contact_id).values(email=email))
        if proven:
            mine = (identity.c.contact_id == found.contact_id, identity.c.kind == "visitor")
            tx.execute(update(identity).where(*mine).values(verified=True))
            tx.execute(
                identity.insert().values(
                    id="idn_proven", contact_id=found.contact_id, kind="custom", value="c-7", verified=True, created_at=tx.now
                )
            )

    shop.database.run(write)


def mails(shop: Shop) -> list[Any]:
    """The mails that wait to be sent."""
    return list(shop.database.run(lambda tx: tx.rows(select(notice).order_by(notice.c.id))))


def order_status(system: OtherSystem, **changes: Any) -> dict[str, Any]:
    """An action that asks the order system."""
    return {
        "name": "order_status",
        "title": "Order status",
        "when": "The customer asks where an order is",
        "inputs": [{"name": "order", "type": "code", "label": "order number"}],
        "does": {"kind": "http", "url": f"{system.url}/orders/{{order}}", "headers": {"Authorization": "Bearer {secret:key}"}},
        "results": {"State": "order.status"},
        "tell": "Order {order} is {State}.",
    } | changes


def refund(system: OtherSystem, **changes: Any) -> dict[str, Any]:
    """An action that changes something and may not be repeated."""
    return {
        "name": "refund",
        "title": "Refund",
        "when": "The customer wants money back",
        "inputs": [{"name": "order", "type": "code", "label": "order number"}],
        "does": {"kind": "http", "method": "POST", "url": f"{system.url}/refunds", "body": json.dumps({"order": "{order}"})},
    } | changes
