"""REST of availability, capacity, queues, clocks, business hours, public holidays, and the coming days."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient

from firstline import problems
from firstline.agent.surroundings import SURROUNDINGS
from firstline.clocks import api as clocks_api
from firstline.clocks.commands import wind
from firstline.contacts import api as contacts_api
from firstline.kit.errors import Refused
from firstline.people.availability import api as availability_api
from firstline.routing import api, board_api
from tests.routing.company import OFFICE, Company
from tests.routing.test_api import Client, signed


@pytest.fixture
def http(company: Company) -> Iterator[TestClient]:
    app = FastAPI(exception_handlers={Refused: problems.refused, RequestValidationError: problems.invalid})
    app.state.database, app.state.surroundings = company.database, SURROUNDINGS
    for one in (api, board_api, availability_api, clocks_api, contacts_api):
        app.include_router(one.router)
    with TestClient(app) as client:
        yield client


@pytest.fixture
def ines(company: Company, http: TestClient) -> Client:
    return signed(company, http, company.shop.ines)


@pytest.fixture
def samira(company: Company, http: TestClient) -> Client:
    return signed(company, http, company.shop.samira)


@pytest.mark.promise("RT4")
def test_availability_hours_and_absence(company: Company, ines: Client, samira: Client) -> None:
    mine = f"/teammates/{company.shop.samira.id}"
    assert samira.ask("PUT", f"{mine}/availability", {"available": False})["available"] is False
    shown = samira.ask("PUT", f"{mine}/working-hours", {"hours": OFFICE})
    assert (shown["working_hours_text"], shown["available"], shown["why"]) == ("Mon–Fri 09:00–17:00", False, "by_hand")
    away = {"from": "2026-12-24T09:00:00+01:00", "until": "2027-01-02T09:00:00+01:00", "note": "Skiing"}
    assert samira.ask("PUT", f"{mine}/out-of-office", away)["out_of_office"]["note"] == "Skiing"
    assert samira.ask("DELETE", f"{mine}/out-of-office")["out_of_office"] is None
    assert ines.ask("PUT", f"{mine}/working-hours", {"hours": None})["working_hours"] is None
    assert len(samira.ask("GET", "/availability")["items"]) == 3
    others = f"/teammates/{company.shop.jonas.id}"
    samira.ask("PUT", f"{others}/availability", {"available": False}, 403)
    samira.ask("PUT", f"{others}/working-hours", {"hours": OFFICE}, 403)
    samira.ask("PUT", f"{mine}/working-hours", {"hours": {"mode": "during"}}, 422)
    samira.ask("PUT", f"{mine}/out-of-office", {"until": "soon"}, 422)
    samira.ask("PUT", f"{mine}/out-of-office", {"until": "2027-01-02T09:00:00"}, 422)
    ines.ask("GET", "/teammates/tmt_nobody/availability", status=404)


@pytest.mark.promise("RT3", "RT5", "RT7")
def test_capacity_workload_queues_and_clocks(company: Company, ines: Client, samira: Client) -> None:
    mine = f"/teammates/{company.shop.samira.id}/capacity"
    assert ines.ask("PUT", mine, {"messaging": 1}) == {"calls": None, "messaging": 1, "email": None}
    samira.ask("PUT", mine, {"messaging": 9}, 403)
    ines.ask("PUT", mine, {"messaging": -1}, 422)
    ines.ask("PUT", mine, {"messaging": "many"}, 422)
    company.deploys(coverage=0, fallback=company.service())
    first, second = company.hears(visitor="a"), company.hears(visitor="b")
    for talk in (first, second):
        company.database.run(wind, talk)
    desk = next(one for one in ines.ask("GET", "/workload")["items"] if one["teammate_id"] == company.shop.samira.id)
    assert (desk["open"]["messaging"], desk["capacity"]["messaging"]) == (1, 1)
    queue = next(one for one in ines.ask("GET", "/queues")["items"] if one["team_id"] == company.shop.service)
    assert [one["conversation_id"] for one in queue["conversations"]] == [second]
    clock = ines.ask("GET", f"/conversations/{second}/clock")
    assert (clock["waits_for"], clock["next"]) == ("people", "tell")
    ines.ask("GET", "/conversations/cnv_nothing/clock", status=404)
    assert ines.ask("PATCH", "/clock-policies/chat", {"tell": None, "close": 30})["close"] == 30
    ines.ask("PATCH", "/clock-policies/letters", {}, 422)
    ines.ask("PATCH", "/clock-policies/chat", {"agent": None}, 422)
    samira.ask("PATCH", "/clock-policies/chat", {"close": 5}, 403)
    assert {one["family"] for one in samira.ask("GET", "/clock-policies")["items"]} == {"chat", "messaging", "email", "call"}


@pytest.mark.promise("WH2", "DP8")
def test_business_hours_public_holidays_and_the_coming_days(company: Company, ines: Client, samira: Client) -> None:
    assert ines.ask("PUT", "/business-hours", {"hours": OFFICE})["hours"]["mode"] == "during"
    samira.ask("PUT", "/business-hours", {"hours": None}, 403)
    assert ines.ask("PUT", "/business-hours", {"hours": None})["hours"]["mode"] == "all"
    saxony = samira.ask("GET", "/public-holidays?country=DE&region=SN&year=2026")["items"]
    assert {"date": "2026-11-18", "name": "Repentance and Prayer Day"} in saxony
    samira.ask("GET", "/public-holidays?country=XX&year=2026", status=422)
    samira.ask("GET", "/public-holidays?country=DE&year=0", status=422)
    assert len(samira.ask("GET", "/public-holidays/countries")["items"]) > 200
    deployment = company.deploys(hours=OFFICE)
    days: dict[str, Any] = ines.ask("GET", f"/deployments/{deployment}/days?days=3")
    assert [(day["date"], day["answers"]) for day in days["items"]] == [
        ("2026-11-22", []),
        ("2026-11-23", [["09:00", "17:00"]]),
        ("2026-11-24", [["09:00", "17:00"]]),
    ]
    ines.ask("GET", f"/deployments/{deployment}/days?days=900", status=422)


@pytest.mark.promise("RT2")
def test_a_contact_gets_an_owner_who_then_gets_the_conversation(company: Company, ines: Client, samira: Client) -> None:
    company.deploys(coverage=0, fallback={"kind": "contact_owner", "ids": []})
    heard = company.shop.hears("Hello")
    owner = f"/contacts/{heard.contact_id}/owner"
    assert samira.ask("PUT", owner, {"owner_id": company.shop.jonas.id})["properties"]["owner_id"] == company.shop.jonas.id
    company.routes(heard.conversation_id)
    assert company.owner(heard.conversation_id) == ("teammate", company.shop.jonas.id)
    samira.ask("PUT", owner, {"owner_id": "tmt_nobody"}, 422)
    samira.ask("PUT", "/contacts/con_nothing/owner", {"owner_id": None}, 404)
    assert "owner_id" not in samira.ask("PUT", owner, {"owner_id": None})["properties"]
