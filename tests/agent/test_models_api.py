"""REST of models and guidelines, over HTTP."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from sqlalchemy import select

from firstline import problems
from firstline.agent import commands as agents
from firstline.agent.connections import api as models
from firstline.agent.connections.tables import model_connection
from firstline.agent.connections.trying import Trial
from firstline.agent.guidelines import api as guidelines
from firstline.agent.guidelines.matching import Matcher
from firstline.kit.errors import Refused
from firstline.people.keys import create_api_key
from tests.agent.provider import Provider, fails, hangs, without_schema, writes
from tests.world import KEYRING, Shop

FORM = writes('{"decision": "answer", "text": "No, only Monday to Saturday."}')


class Client:
    """Ines with a key; asks and expects a status."""

    def __init__(self, http: TestClient, key: str) -> None:
        self.http = http
        self.headers = {"authorization": f"Bearer {key}"}

    def ask(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.http.request(method, f"/api/v1{path}", json=body, headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
def ines(shop: Shop) -> Iterator[Client]:
    app = FastAPI(exception_handlers={Refused: problems.refused, RequestValidationError: problems.invalid})
    app.state.database, app.state.keyring = shop.database, KEYRING
    app.state.model_trial, app.state.matcher = Trial(shop.database, KEYRING), Matcher()
    app.include_router(models.router)
    app.include_router(guidelines.router)
    with TestClient(app) as http:
        yield Client(http, shop.database.run(create_api_key, "test", by=shop.ines)[1])


def local(provider: Provider, **more: Any) -> dict[str, Any]:
    """A connection to a scripted server."""
    return {"provider": "compatible", "model": "m", "base_url": provider.url, "key": "sk-very-secret", "seconds": 1, **more}


@pytest.mark.promise("AN4")
def test_a_models_key_is_sealed_and_never_read_again(shop: Shop, ines: Client) -> None:
    with Provider(FORM) as provider:
        made = ines.ask("POST", "/model-connections", local(provider), 201)
    assert made["has_key"]
    assert "sk-very" not in str(made) + str(ines.ask("GET", "/model-connections"))
    row = shop.database.run(lambda tx: tx.row(select(model_connection)))
    assert row is not None
    assert b"sk-very" not in row.secrets
    assert "sk-very" not in str(row.settings)


@pytest.mark.promise("AN4")
def test_the_test_tells_how_fast_it_is_whether_it_streams_and_keeps_to_the_form(ines: Client) -> None:
    with Provider(FORM) as provider:
        made = ines.ask("POST", "/model-connections", local(provider, input_price=1, output_price=10), 201)
        found = ines.ask("POST", f"/model-connections/{made['id']}/check")
    assert (found["works"], found["streams"], found["form"]) == (True, True, "schema")
    assert (found["input_tokens"], found["micros"]) == (1000, 2000)
    assert ines.ask("GET", f"/model-connections/{made['id']}")["checked"]["works"]
    assert ines.ask("GET", "/model-usage")["calls"] == 1


@pytest.mark.parametrize(
    ("behaviour", "works", "says"),
    [
        (without_schema(FORM), True, "does not enforce the form"),
        (writes("We are closed on Sunday, I think."), True, "not in the form"),
        (fails(401, "bad key sk-very-secret"), False, "Check the key"),
        (fails(404, "no model m"), False, "Check the model's name"),
        (fails(429, "slow down"), False, "Wait a minute"),
        (hangs, False, "faster model"),
    ],
)
def test_the_test_says_what_is_wrong_and_what_to_do(ines: Client, behaviour: Any, works: bool, says: str) -> None:
    with Provider(behaviour) as provider:
        made = ines.ask("POST", "/model-connections", local(provider), 201)
        found = ines.ask("POST", f"/model-connections/{made['id']}/check")
    assert found["works"] is works
    assert says in found["message"]
    assert "sk-very-secret" not in str(found)


def test_a_provider_that_is_not_installed_names_what_is_missing(ines: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anthropic", None)  # to the importer, a library that is not there
    body = {"provider": "anthropic", "model": "claude", "key": "k"}
    made = ines.ask("POST", "/model-connections", body, 201)
    assert not next(one for one in ines.ask("GET", "/model-providers")["items"] if one["key"] == "anthropic")["installed"]
    assert "firstline[models]" in ines.ask("POST", f"/model-connections/{made['id']}/check")["message"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"provider": "magic", "model": "m"}, "no provider"),
        ({"provider": "openai", "model": "gpt-5-mini"}, "needs an API key"),
        ({"provider": "compatible", "model": "m"}, "needs its address"),
        ({"provider": "compatible", "model": "m", "base_url": "localhost:1"}, "no address"),
        ({"provider": "compatible", "model": "m", "base_url": "http://[::1"}, "no address"),
        ({"provider": "compatible", "model": "m", "base_url": "http://me:pw@host/v1"}, "its own field"),
        ({"provider": "compatible", "model": "m", "base_url": "http://169.254.169.254/v1"}, "link-local"),
        ({"provider": "compatible", "model": "m", "base_url": "http://h/v1", "key": "two words"}, "Copy it again"),
        ({"provider": "compatible", "model": "m", "base_url": "http://h/v1", "input_price": -1}, "input_price"),
    ],
)
def test_what_cannot_be_connected_is_refused_with_the_reason(ines: Client, body: dict[str, Any], says: str) -> None:
    assert says in ines.ask("POST", "/model-connections", body, 422)["detail"]


def test_a_known_model_comes_with_its_listed_price(ines: Client) -> None:
    made = ines.ask("POST", "/model-connections", {"provider": "openai", "model": "gpt-5-mini", "key": "k"}, 201)
    assert made["output_price"] > made["input_price"] > 0


def test_a_moved_address_needs_the_key_anew(ines: Client) -> None:
    made = ines.ask("POST", "/model-connections", {"provider": "openai", "model": "gpt-5-mini", "key": "k"}, 201)
    refused = ines.ask("PATCH", f"/model-connections/{made['id']}", {"base_url": "https://elsewhere.example/v1"}, 422)
    assert "enter the key anew" in refused["detail"]


def test_a_model_that_an_agent_thinks_with_is_not_removed(shop: Shop, ines: Client) -> None:
    velo = shop.database.run(agents.create, {"name": "Velo"}, by=shop.ines)
    with Provider(FORM) as provider:
        made = ines.ask("POST", "/model-connections", local(provider), 201)["id"]
    assert ines.ask("PUT", f"/agents/{velo}/model", {"primary": made, "mask": True})["mask"]
    assert "Choose another one" in ines.ask("DELETE", f"/model-connections/{made}", status=409)["detail"]
    ines.ask("PUT", f"/agents/{velo}/model", {"primary": "mdl_none"}, 422)
    ines.ask("PUT", f"/agents/{velo}/model", {"primary": made, "fallback": made}, 422)
    ines.ask("PUT", f"/agents/{velo}/model", {})
    ines.ask("DELETE", f"/model-connections/{made}", status=204)
    assert ines.ask("GET", "/model-connections")["items"] == []


@pytest.mark.promise("SW7")
def test_limits_are_set_for_the_account_and_for_an_agent(shop: Shop, ines: Client) -> None:
    velo = shop.database.run(agents.create, {"name": "Velo"}, by=shop.ines)
    assert ines.ask("PUT", "/model-usage/limit", {"money": 20})["limit"]["money"] == 20
    assert ines.ask("PUT", f"/model-usage/limit?agent_id={velo}", {"tokens": 0})["models_allowed"] is False
    assert ines.ask("GET", "/model-usage")["models_allowed"] is True
    ines.ask("PUT", "/model-usage/limit", {"money": -1}, 422)
    ines.ask("PUT", "/model-usage/limit?agent_id=agt_none", {"money": 1}, 404)


@pytest.mark.promise("ID2")
def test_guidelines_over_rest_from_draft_to_rollback(shop: Shop, ines: Client) -> None:
    here = f"/agents/{shop.database.run(agents.create, {'name': 'Velo'}, by=shop.ines)}/guidelines"
    body = {"section": "scripted_response", "title": "Recall", "text": "Stop riding.", "words": ["recall"]}
    made = ines.ask("POST", here, body, 201)
    assert ines.ask("GET", here)["has_unpublished_changes"]
    assert ines.ask("GET", f"{here}?published=true")["items"] == []
    assert ines.ask("POST", f"{here}/publish", {"note": "Recall of spring"}) == {"version": 1}
    ines.ask("PATCH", f"{here}/{made['id']}", {"text": "Stop riding now."})
    ines.ask("POST", f"{here}/publish")
    newest = ines.ask("GET", f"{here}/versions")["items"][0]
    assert newest["differences"][0]["fields"] == [{"field": "text", "before": "Stop riding.", "after": "Stop riding now."}]
    assert ines.ask("POST", f"{here}/versions/1/restore")["number"] == 3
    assert ines.ask("GET", f"{here}/{made['id']}")["text"] == "Stop riding."
    matched = ines.ask("POST", f"{here}/match", {"text": "Is there a recall?"})["items"]
    assert [(one["id"], one["sure"]) for one in matched] == [(made["id"], True)]
    ines.ask("DELETE", f"{here}/{made['id']}", status=204)
    ines.ask("GET", f"{here}/{made['id']}", status=404)
    ines.ask("POST", here, {**body, "section": "mood"}, 422)
    ines.ask("POST", here, {**body, "surprise": 1}, 422)
