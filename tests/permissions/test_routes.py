"""Scope × route: every route of the REST interface takes a key, and the key has to be for it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from firstline.kit.clock import FixedClock
from firstline.kit.errors import Invalid, Unauthenticated
from firstline.people import keys
from firstline.people.scopes import AREAS, EVERYTHING, SCOPES, opens
from tests.conftest import NOW
from tests.people.rest import client_over
from tests.world import Shop


def _routes(client: TestClient) -> Iterator[tuple[str, str]]:
    """Every route as method and path, its ids filled in with one that nothing has."""
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method in methods:
            yield method.upper(), "/".join("none" if part.startswith("{") else part for part in path.split("/"))


@pytest.fixture
def client(shop: Shop) -> TestClient:
    """The whole application over REST, without a key."""
    return client_over(shop)


def _key(shop: Shop, *scopes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {shop.database.run(keys.create_api_key, 'Key', scopes, by=shop.ines)[1]}"}


@pytest.mark.promise("PM5")
def test_every_route_lies_in_an_area_that_says_which_scopes_open_it(client: TestClient) -> None:
    found = {path.removeprefix("/api/v1/").partition("/")[0].partition(".")[0] for _, path in _routes(client)}
    missing = sorted(found - AREAS.keys())
    assert not missing, f"Say in firstline/people/scopes.py, AREAS, which scopes open: {', '.join(missing)}"
    unknown = {one for area in AREAS.values() for one in (*area.change, *area.also_read)} - SCOPES.keys()
    assert not unknown, f"No such scopes: {unknown}"


@pytest.mark.promise("PM5")
def test_no_route_answers_without_a_key_or_with_a_forged_one(client: TestClient) -> None:
    for headers in ({}, {"Authorization": "Bearer fl_forged"}, {"Authorization": "Basic eDp5"}):
        answered = [(m, p) for m, p in _routes(client) if client.request(m, p, headers=headers).status_code != 401]
        assert answered == []


@pytest.mark.promise("PM5")
def test_a_key_opens_only_the_areas_of_its_scopes(shop: Shop, client: TestClient) -> None:
    headers = {scope: _key(shop, scope) for scope in SCOPES if scope != EVERYTHING}
    for number, (method, path) in enumerate(_routes(client)):
        closed = [scope for scope in headers if not opens([scope], method, path)]
        scope = closed[number % len(closed)]
        answer = client.request(method, path, headers=headers[scope])
        assert answer.status_code == 403, (scope, method, path)
        assert f"limited to {scope}" in answer.json()["detail"]


@pytest.mark.promise("PM5")
def test_a_key_with_the_scope_gets_in_and_the_one_without_limits_everywhere(shop: Shop, client: TestClient) -> None:
    for scope, path in (("inbox", "conversations"), ("people", "teammates"), ("audit", "audit-log"), ("usage", "usage")):
        assert client.get(f"/api/v1/{path}", headers=_key(shop, scope)).status_code == 200
        assert client.get(f"/api/v1/{path}", headers=_key(shop, EVERYTHING)).status_code == 200
        assert client.get(f"/api/v1/{path}", headers=_key(shop, "data")).status_code == 403


@pytest.mark.promise("PM5")
def test_a_key_ends_when_it_was_said_to(shop: Shop, clock: FixedClock) -> None:
    _, key = shop.database.run(keys.create_api_key, "Short", expires_at=NOW + timedelta(days=1), by=shop.ines)
    assert shop.database.run(keys.who_by_key, key).id == shop.ines.id
    clock.advance(timedelta(days=1))
    with pytest.raises(Unauthenticated, match="expired"):
        shop.database.run(keys.who_by_key, key)
    for wrong in (NOW, NOW.replace(tzinfo=None) + timedelta(days=9)):
        with pytest.raises(Invalid) as refused:
            shop.database.run(keys.create_api_key, "Past", expires_at=wrong, by=shop.ines)
        assert refused.value.field == "expires_at"
