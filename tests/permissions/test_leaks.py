"""What a teammate may not see does not exist for them: over REST, in the console, in search, live and in exports."""

import contextlib
import json
import re
from collections.abc import Iterator
from concurrent.futures import CancelledError

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import insert, update

from firstline.agent import commands as agents
from firstline.agent.actions.tables import action, action_call
from firstline.agent.tables import turn
from firstline.console.routes import SCREENS
from firstline.conversations.tables import attachment, conversation, entry
from firstline.credits import holding
from firstline.kit import blobs
from firstline.kit.database import Tx
from firstline.kit.events import START
from firstline.people import commands, keys, roles, signin
from firstline.people.rules import Actor
from tests.people.rest import client_over
from tests.world import Shop

SECRET_WORDS = "The bearing of my grandmother is broken"
BODY = {
    "done": True,
    "text": "x",
    "kind": "reply",
    "owner": {"kind": "nobody"},
    "reason": "x",
    "until": "2026-12-01T09:00:00Z",
    "teammate_id": "x",
    "at": "2026-12-01T09:00:00Z",
}


NAMED = ("conversation_id", "entry_id", "call_id", "attachment_id", "turn_id")
"""What stands in a path for a conversation, or for something in one."""
INNER = {"acl_1", "att_1", "trn_1", "try-again", "mail"}
"""What a path is about when it is about something in a conversation."""


class Peeping:
    """Somebody whose role hides one conversation, and all the ways they may try."""

    def __init__(self, shop: Shop, role: list[str], *, workspace: str) -> None:
        heard = shop.hears(SECRET_WORDS)
        self.hidden, self.contact = heard.conversation_id, heard.contact_id
        made = shop.database.run(roles.create_role, "Limited", role, by=shop.ines)
        shop.database.run(commands.change_teammate, shop.samira.id, role=made, by=shop.ines)
        self.entry = shop.database.run(_hide, self.hidden, workspace, shop.jonas.id)
        shop.database.run(_fill, self.hidden, self.entry)
        seen = "inbox" if "inbox.use" in role else "help_desk"
        self.own = shop.hears("Hello", visitor="paul").conversation_id
        shop.database.run(_hide, self.own, seen, shop.samira.id)
        self.shop = shop
        self.rest: TestClient = client_over(shop)
        samira = shop.database.run(commands.actor_of, shop.samira.id)
        self.rest.headers["Authorization"] = f"Bearer {shop.database.run(keys.create_api_key, 'Key', by=samira)[1]}"
        self.console = TestClient(self.rest.app, base_url="http://firstline.example", headers={"Sec-Fetch-Site": "same-origin"})
        self.console.cookies.set(signin.COOKIE, shop.database.run(signin.open_session, shop.samira.id))

    def rest_routes(self) -> Iterator[tuple[str, str]]:
        for path, methods in self.rest.get("/openapi.json").json()["paths"].items():
            if any(f"{{{name}}}" in path.replace("ledger/{entry_id}", "") for name in NAMED):
                yield from ((method.upper(), self._filled(path)) for method in methods)

    def console_routes(self) -> Iterator[tuple[str, str]]:
        for screen in SCREENS:
            for route in screen.router.routes:
                if isinstance(route, APIRoute) and any(f"{{{name}" in route.path for name in NAMED if name != "entry_id"):
                    yield from ((method, self._filled(route.path)) for method in route.methods or ())

    def crossed(self, routes: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
        """The routes, and those to what is in the hidden conversation by way of one's own."""
        direct = list(routes)
        return [*direct, *((how, path.replace(self.hidden, self.own)) for how, path in direct if INNER & set(path.split("/")))]

    def _filled(self, path: str) -> str:
        ids = {"conversation_id": self.hidden, "entry_id": self.entry, "message_id": self.entry}
        ids |= {"call_id": "acl_1", "attachment_id": "att_1", "turn_id": "trn_1"}
        for name, id_ in ids.items():
            path = re.sub(rf"\{{{name}[^}}]*\}}", id_, path)
        return re.sub(r"\{[^}]*view[^}]*\}", "all", path)


def _hide(tx: Tx, conversation_id: str, workspace: str, owner: str) -> str:
    """Put it where Samira may not look, with a failed message."""
    moved = update(conversation).where(conversation.c.id == conversation_id)
    tx.execute(moved.values(workspace=workspace, owner_kind="teammate", owner_id=owner))
    failed = update(entry).where(entry.c.conversation_id == conversation_id, entry.c.kind == "message")
    return str(tx.execute(failed.values(direction="out", delivery="failed").returning(entry.c.id)).scalar())


def _fill(tx: Tx, hidden: str, entry_id: str) -> None:
    """A turn with its reasons, a call that waits for approval, and a file."""
    velo = agents.create(tx, {"name": "Velo"}, by=Actor.system())
    told = {"trace": {"decision": "answer", "stages": {}, "found": [{"title": SECRET_WORDS}]}, "started_at": tx.now}
    told |= {"epoch": 1, "from_seq": 1, "upto_seq": 1}
    tx.execute(insert(turn).values(id="trn_1", conversation_id=hidden, agent_id=velo, state="ended", **told))
    tx.execute(insert(action).values(id="act_1", agent_id=velo, name="refund", created_at=tx.now, changed_at=tx.now))
    waiting = {"epoch": 1, "state": "approving", "started_at": tx.now, "arguments": {"for": SECRET_WORDS}}
    tx.execute(insert(action_call).values(id="acl_1", action_id="act_1", conversation_id=hidden, contact_id="con_1", **waiting))
    holding.take(tx, hidden)
    holding.charge(tx, hidden)
    blob = blobs.keep(tx, SECRET_WORDS.encode())
    file = {"position": 0, "kind": "file", "name": "note.txt", "media_type": "text/plain", "state": "ready", "blob": blob}
    tx.execute(insert(attachment).values(id="att_1", entry_id=entry_id, **file))


CASES = {
    "inbox only": (["inbox.use", "conversations.all", "contacts.edit", "reports.read"], "help_desk"),
    "help desk only": (["help_desk.use", "conversations.all", "contacts.edit", "reports.read"], "inbox"),
    "own team only": (["inbox.use", "help_desk.use", "contacts.edit", "reports.read"], "inbox"),
}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def peeping(request: pytest.FixtureRequest, shop: Shop) -> Peeping:
    """Somebody of each kind."""
    role, workspace = request.param
    return Peeping(shop, role, workspace=workspace)


@pytest.mark.promise("PM1")
def test_a_hidden_conversation_cannot_be_read_or_touched_over_rest_and_is_in_no_list_search_or_export(peeping: Peeping) -> None:
    routes = peeping.crossed(peeping.rest_routes())
    assert len(routes) > 12
    for method, path in routes:
        body = BODY | {"kind": "nobody"} if path.endswith("/assign") else BODY
        answer = peeping.rest.request(method, path, json=None if method == "GET" else body)
        assert answer.status_code in (403, 404), (method, path, answer.status_code, answer.text[:200])
        assert "grandmother" not in answer.text
    lists = ("conversations", "conversations?query=grandmother", "conversations?view=closed", "queues", "workload")
    for path in (
        *lists,
        "actions/act_1/calls",
        "action-calls",
        "action-calls?state=unknown",
        "credits/ledger",
        "usage",
        "contacts",
        "credits/ledger.csv",
        "audit-log.csv",
    ):
        answer = peeping.rest.get(f"/api/v1/{path}")
        assert answer.status_code in (200, 403), path
        assert peeping.hidden not in answer.text, path
        assert "grandmother" not in answer.text, path


@pytest.mark.promise("PM1")
def test_a_hidden_conversation_is_nowhere_in_the_console_and_is_not_told_live(peeping: Peeping) -> None:
    routes = peeping.crossed(peeping.console_routes())
    assert len(routes) > 12
    for method, path in routes:
        data = {name: value for name, value in BODY.items() if isinstance(value, str)}
        data |= {"kind": "nobody"} if path.endswith("/assign") else {}
        answer = peeping.console.request(method, path, data=None if method == "GET" else data, follow_redirects=False)
        assert answer.status_code in (403, 404), (method, path, answer.status_code)
        assert "grandmother" not in answer.text
    lists = ("/inbox/all", "/inbox/unassigned", "/inbox/all?words=grandmother", "/commands?words=grandmother")
    exports = ("/settings/usage", "/team/queues", "/customer-agent", "/settings/usage/ledger.csv", "/settings/audit-log.csv")
    for path in (*lists, *exports, f"/contacts/{peeping.contact}"):
        answer = peeping.console.get(path)
        assert answer.status_code in (200, 403, 404), (path, answer.status_code)
        assert "bearing" not in answer.text, path
        assert peeping.hidden not in answer.text, path
    told = peeping.console.get(f"/live/poll?cursor={START}").json()["events"]
    assert peeping.own in {event["subject"] for event in told}
    assert peeping.hidden not in json.dumps(told)
    by_socket = heard_by_socket(peeping)
    assert peeping.hidden not in json.dumps(by_socket)


def heard_by_socket(peeping: Peeping) -> list[dict[str, str]]:
    """What the page's WebSocket tells of all that has happened, up to a last message in one's own conversation.

    It ends where one's own rights changed; the page comes back with the cursor it had.
    """
    peeping.shop.hears("The last word", visitor="paul")
    told: list[dict[str, str]] = []
    while [event["subject"] for event in told if event["kind"] == "message.received"].count(peeping.own) < 2:
        cursor = told[-1]["cursor"] if told else START
        address = f"ws://firstline.example/live?cursor={cursor}"
        with (
            contextlib.suppress(CancelledError),  # how the client of the tests ends a connection that it leaves
            peeping.console.websocket_connect(address, headers={"Origin": "http://firstline.example"}) as socket,
        ):
            while "bye" not in (event := socket.receive_json()):
                told.append(event)
                if event["subject"] == peeping.own and event["kind"] == "message.received":
                    break
    return told
