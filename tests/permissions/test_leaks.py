"""What a teammate may not see does not exist for them: over REST, in the console, in search, live and in exports."""

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import update

from firstline.console.routes import SCREENS
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.people import commands, keys, roles, signin
from tests.people.rest import client_over
from tests.world import Shop

SECRET_WORDS = "The bearing of my grandmother is broken"
BODY = {
    "text": "x",
    "kind": "reply",
    "owner": {"kind": "nobody"},
    "reason": "x",
    "until": "2026-12-01T09:00:00Z",
    "teammate_id": "x",
    "at": "2026-12-01T09:00:00Z",
}


class Peeping:
    """Somebody whose role hides one conversation, and all the ways they may try."""

    def __init__(self, shop: Shop, role: list[str], *, workspace: str) -> None:
        heard = shop.hears(SECRET_WORDS)
        self.hidden, self.contact = heard.conversation_id, heard.contact_id
        made = shop.database.run(roles.create_role, "Limited", role, by=shop.ines)
        shop.database.run(commands.change_teammate, shop.samira.id, role=made, by=shop.ines)
        self.entry = shop.database.run(_hide, self.hidden, workspace, shop.jonas.id)
        self.rest: TestClient = client_over(shop)
        samira = shop.database.run(commands.actor_of, shop.samira.id)
        self.rest.headers["Authorization"] = f"Bearer {shop.database.run(keys.create_api_key, 'Key', by=samira)[1]}"
        self.console = client_over(shop)
        self.console.cookies.set(signin.COOKIE, shop.database.run(signin.open_session, shop.samira.id))

    def rest_routes(self) -> Iterator[tuple[str, str]]:
        for path, methods in self.rest.get("/openapi.json").json()["paths"].items():
            if "{conversation_id}" in path or "{entry_id}" in path.replace("ledger/{entry_id}", ""):
                yield from ((method.upper(), self._filled(path)) for method in methods)

    def console_routes(self) -> Iterator[tuple[str, str]]:
        for screen in SCREENS:
            for route in screen.router.routes:
                if isinstance(route, APIRoute) and "{conversation_id" in route.path:
                    yield from ((method, self._filled(route.path)) for method in route.methods or ())

    def _filled(self, path: str) -> str:
        path = re.sub(r"\{conversation_id[^}]*\}", self.hidden, path)
        return re.sub(r"\{[^}]*view[^}]*\}", "all", re.sub(r"\{(entry_id|message_id)[^}]*\}", self.entry, path))


def _hide(tx: Tx, conversation_id: str, workspace: str, owner: str) -> str:
    """Put it where Samira may not look."""
    moved = update(conversation).where(conversation.c.id == conversation_id)
    tx.execute(moved.values(workspace=workspace, owner_kind="teammate", owner_id=owner))
    failed = update(entry).where(entry.c.conversation_id == conversation_id, entry.c.kind == "message")
    return str(tx.execute(failed.values(direction="out", delivery="failed").returning(entry.c.id)).scalar())


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
def test_a_hidden_conversation_cannot_be_read_or_touched_over_rest(peeping: Peeping) -> None:
    routes = list(peeping.rest_routes())
    assert len(routes) > 8
    for method, path in routes:
        body = BODY | {"kind": "nobody"} if path.endswith("/assign") else BODY
        answer = peeping.rest.request(method, path, json=None if method == "GET" else body)
        assert answer.status_code in (403, 404), (method, path, answer.status_code, answer.text[:200])
        assert SECRET_WORDS not in answer.text


@pytest.mark.promise("PM1")
def test_a_hidden_conversation_is_in_no_list_search_or_export_over_rest(peeping: Peeping) -> None:
    for path in ("conversations", "conversations?query=grandmother", "conversations?view=closed", "queues", "workload"):
        answer = peeping.rest.get(f"/api/v1/{path}")
        assert answer.status_code in (200, 403)
        assert peeping.hidden not in answer.text, path
        assert "grandmother" not in answer.text, path


@pytest.mark.promise("PM1")
def test_a_hidden_conversation_is_nowhere_in_the_console(peeping: Peeping) -> None:
    routes = list(peeping.console_routes())
    assert len(routes) > 5
    for method, path in routes:
        data = {name: value for name, value in BODY.items() if isinstance(value, str)}
        data |= {"kind": "nobody"} if path.endswith("/assign") else {}
        answer = peeping.console.request(method, path, data=None if method == "GET" else data, follow_redirects=False)
        assert answer.status_code in (403, 404), (method, path, answer.status_code)
        assert "grandmother" not in answer.text
    lists = ("/inbox/all", "/inbox/unassigned", "/inbox/all?words=grandmother", "/commands?words=grandmother")
    for path in (*lists, f"/contacts/{peeping.contact}"):
        answer = peeping.console.get(path)
        assert answer.status_code in (200, 403, 404), (path, answer.status_code)
        assert "bearing" not in answer.text, path
        assert peeping.hidden not in answer.text, path
