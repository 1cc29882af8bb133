"""Erasing over REST and from the command line."""

import json

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from firstline import problems
from firstline.contacts import commands as contacts
from firstline.erasing import api
from firstline.kit.database import Database
from firstline.kit.errors import Refused
from firstline.people import keys
from tests.cli.conftest import Run, anywhere, firstline, with_database
from tests.world import Shop

__all__ = ["anywhere", "firstline", "with_database"]


@pytest.fixture
def mira(shop: Shop) -> str:
    return shop.database.run(contacts.create, name="Mira Holm", email="mira@forget.example", by=shop.ines)


@pytest.mark.promise("OP2")
def test_over_rest_a_dry_run_tells_and_an_erasure_is_followed_to_its_report(shop: Shop, mira: str) -> None:
    app = FastAPI(exception_handlers={Refused: problems.refused})
    app.state.database = shop.database
    app.include_router(api.router)
    key = shop.database.run(keys.create_api_key, "erasing", ["data"], by=shop.ines)[1]
    web = TestClient(app, headers={"authorization": f"Bearer {key}"})
    plan = web.post("/api/v1/erasures", json={"contact_id": mira, "dry_run": True})
    assert plan.status_code == 200
    assert {"table": "contact", "what": "Contacts", "rows": 1} in plan.json()["removed"]
    assert web.get("/api/v1/erasures").json()["items"] == []
    asked = web.post("/api/v1/erasures", json={"contact_id": mira})
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    assert web.get(f"/api/v1/erasures/{asked.json()['id']}").json() == asked.json()
    assert web.get("/api/v1/erasures/ers_none").status_code == 404
    assert web.post("/api/v1/erasures", json={"contact_id": "con_none"}).status_code == 404


@pytest.mark.promise("OP2")
def test_the_command_line_asks_before_it_erases_and_prints_the_report(with_database: Run, shop: Shop, mira: str) -> None:
    plan = with_database("erase", "mira@forget.example", "--dry-run", "--json")
    assert json.loads(plan.out)["contact_id"] == mira
    refused = with_database("erase", mira)
    assert refused.status == 1
    assert "Nothing was erased" in refused.err
    done = with_database("erase", mira, "--yes")
    assert (done.status, done.err) == (0, "")
    assert "Contacts" in done.out
    assert f"erase this id again: {mira}" in done.out
    assert "mira@" not in done.out
    again = with_database("erase", "mira@forget.example")
    assert (again.status, again.err) == (1, "No contact has the address mira@forget.example.\n")


def test_two_contacts_of_one_address_are_told_apart_by_their_ids(
    with_database: Run, database: Database, shop: Shop, mira: str
) -> None:
    other = shop.hears("Hello").contact_id
    database.run(lambda tx: tx.raw.execute("update contact set email = 'Mira@forget.example' where id = %s", (other,)))
    told = with_database("erase", "mira@forget.example")
    assert told.status == 1
    assert mira in told.err
    assert other in told.err
