"""REST of actions: inputs of every kind, what a tool server offers, and a test with a list."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient

from firstline import problems
from firstline.agent.actions import api
from firstline.agent.actions.caller import Caller
from firstline.agent.actions.trying import Trying
from firstline.kit.errors import Refused
from firstline.people.keys import create_api_key
from tests.agent.actions.test_tool_server import server
from tests.agent.actions.workshop import Agent, OtherSystem, order_status, refund
from tests.agent.test_models_api import Client
from tests.world import KEYRING, Shop

__all__ = ["server"]


@pytest.fixture
def ines(shop: Shop) -> Iterator[Client]:
    app = FastAPI(exception_handlers={Refused: problems.refused, RequestValidationError: problems.invalid})
    app.state.database, app.state.keyring = shop.database, KEYRING
    app.state.action_trying = Trying(shop.database, KEYRING, Caller(allow_private=True))
    app.include_router(api.router)
    with TestClient(app) as http:
        yield Client(http, shop.database.run(create_api_key, "test", by=shop.ines)[1])


@pytest.mark.promise("AC1", "AC2", "AC6")
def test_lists_and_bounds_are_kept_and_a_test_takes_a_list_or_says_what_is_wrong(shop: Shop, ines: Client) -> None:
    with OtherSystem().running() as system:
        agent = Agent(shop, order_status(system))
        inputs = [
            {"name": "items", "type": "code", "many": True},
            {"name": "seats", "type": "integer", "minimum": 1, "maximum": 6},
        ]
        body = json.dumps({"items": "{items}", "seats": "{seats}"})
        does = {"kind": "http", "method": "POST", "url": f"{system.url}/refunds", "body": body}
        made = ines.ask("POST", f"/agents/{agent.id}/actions", refund(system, inputs=inputs, does=does), 201)
        assert [(one["many"], one["maximum"]) for one in made["inputs"]] == [(True, None), (False, 6)]
        tried = ines.ask("POST", f"/actions/{made['id']}/test", {"arguments": {"items": ["A-1", "A-2"], "seats": 2}})
        assert tried["works"], tried
        assert json.loads(system.seen[0]["body"]) == {"items": ["A-1", "A-2"], "seats": 2}
        wrong = ines.ask("POST", f"/actions/{made['id']}/test", {"arguments": {"items": "A-1 and A-2", "seats": 7}}, 422)
        assert "6 at most" in json.dumps(wrong)
        assert len(system.seen) == 1


@pytest.mark.promise("AC1")
def test_a_tool_server_is_asked_for_its_tools_and_their_inputs(ines: Client, server: str) -> None:
    offered: dict[str, Any] = {one["name"]: one for one in ines.ask("POST", "/actions/tools", {"url": server})["items"]}
    assert [one["at"] for one in offered["send"]["inputs"]][:2] == [["orderId"], ["address", "street"]]
    refused = ines.ask("POST", "/actions/tools", {"url": "http://127.0.0.1:9/mcp", "timeout": 3}, 422)
    assert "did not tell its tools" in json.dumps(refused)


@pytest.mark.promise("AC4")
def test_an_unknown_outcome_is_listed_and_settled_once(shop: Shop, ines: Client) -> None:
    with OtherSystem().running() as system:
        agent = Agent(shop, refund(system))
        system.answers.append((500, "broken", {}))
        agent.talk("refund for A-7 please")
        (waits,) = ines.ask("GET", "/action-calls?state=unknown")["items"]
        assert ines.ask("GET", "/action-calls")["items"] == []
        settle = f"/action-calls/{waits['id']}/settle"
        for hostile in ({}, {"done": "perhaps"}, {"done": 1}, {"done": True, "note": "x" * 301}):
            ines.ask("POST", settle, hostile, 422)
        settled = ines.ask("POST", settle, {"done": False, "note": "The till shows nothing"})
        assert (settled["state"], settled["reason"]) == ("failed", "The till shows nothing")
        ines.ask("POST", settle, {"done": True}, 409)
        assert ines.ask("GET", "/action-calls?state=unknown")["items"] == []
        ines.ask("POST", "/action-calls/acl_none/settle", {"done": True}, 404)
        ines.ask("GET", "/action-calls?state=done", None, 422)
        assert len(system.seen) == 1
