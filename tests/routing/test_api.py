"""REST of deployments and usage, over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient

from firstline import problems
from firstline.agent.surroundings import SURROUNDINGS
from firstline.credits import api as usage_api
from firstline.credits import holding
from firstline.kit.errors import Refused
from firstline.people import keys
from firstline.people.rules import Actor
from firstline.routing import api
from tests.routing.company import OFFICE, Company


class Client:
    """A caller with a key; asks and expects a status."""

    def __init__(self, http: TestClient, key: str) -> None:
        self.http = http
        self.headers = {"authorization": f"Bearer {key}"}

    def ask(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.http.request(method, f"/api/v1{path}", json=body, headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content and "json" in answer.headers["content-type"] else answer.text


@pytest.fixture
def http(company: Company) -> Iterator[TestClient]:
    app = FastAPI(exception_handlers={Refused: problems.refused, RequestValidationError: problems.invalid})
    app.state.database = company.database
    app.state.surroundings = SURROUNDINGS
    app.include_router(api.router)
    app.include_router(usage_api.router)
    with TestClient(app) as client:
        yield client


def signed(company: Company, http: TestClient, by: Actor) -> Client:
    return Client(http, company.database.run(keys.create_api_key, "test", by=by)[1])


@pytest.fixture
def ines(company: Company, http: TestClient) -> Client:
    return signed(company, http, company.shop.ines)


@pytest.mark.promise("DP1")
def test_a_deployment_is_made_read_changed_and_removed(company: Company, ines: Client) -> None:
    body = {
        "agent_id": company.velo,
        "channel_account_id": company.chat,
        "hours": OFFICE,
        "fallback": company.service(),
        "coverage": 60,
        "mode": "live",
    }
    made = ines.ask("POST", "/deployments", body, 201)
    assert made["hours"] == {**OFFICE, "holidays": []}
    assert made["hours_text"] == "Mon–Fri 09:00–17:00"
    assert made["within_hours"] is False
    assert {key: made[key] for key in ("fallback", "coverage", "mode")} == {
        key: body[key] for key in ("fallback", "coverage", "mode")
    }
    changed = ines.ask("PATCH", f"/deployments/{made['id']}", {"coverage": 80, "fallback": None})
    assert (changed["coverage"], changed["fallback"], changed["hours"]) == (80, None, made["hours"])
    assert ines.ask("GET", "/deployments") == {"items": [ines.ask("GET", f"/deployments/{made['id']}")], "next": None}
    ines.ask("DELETE", f"/deployments/{made['id']}", status=204)
    ines.ask("GET", f"/deployments/{made['id']}", status=404)
    assert ines.ask("GET", "/deployments")["items"] == []


def test_the_least_a_deployment_needs_is_an_agent_and_an_account(company: Company, ines: Client) -> None:
    made = ines.ask("POST", "/deployments", {"agent_id": company.velo, "channel_account_id": company.chat}, 201)
    assert (made["hours"]["mode"], made["hours_text"], made["coverage"], made["fallback"]) == (
        "all",
        "24 hours, every day",
        100,
        None,
    )
    again = ines.ask("POST", "/deployments", {"agent_id": company.velo, "channel_account_id": company.chat}, 409)
    assert "already" in again["detail"]


@pytest.mark.promise("WH5")
def test_a_refusal_is_a_problem_document_that_names_the_row(company: Company, ines: Client) -> None:
    rows = [{"days": ["mon"], "start": "09:00", "end": "09:00"}]
    hours = {"mode": "during", "timezone": "Europe/Berlin", "rows": rows}
    body = {"agent_id": company.velo, "channel_account_id": company.chat, "hours": hours}
    problem = ines.ask("POST", "/deployments", body, 422)
    assert (problem["status"], problem["field"]) == (422, "hours.rows.0.end")
    assert problem["detail"].startswith("Row 1 is empty")
    wrong: list[dict[str, Any]] = [{"coverage": "many"}, {"hours": []}, {"fallback": 7}, {"mode": None}]
    for bad in wrong:
        ines.ask("POST", "/deployments", {**body, "hours": {"mode": "all"}, **bad}, 422)


@pytest.mark.promise("DP8")
def test_explain_answers_for_a_time_however_its_offset_is_written(company: Company, ines: Client) -> None:
    made = ines.ask("POST", "/deployments", {"agent_id": company.velo, "channel_account_id": company.chat, "hours": OFFICE}, 201)
    for at in ("2026-11-23T09:00:00%2B01:00", "2026-11-23T09:00:00+01:00", "2026-11-23T08:00:00Z", "2026-11-23T09:00"):
        found = ines.ask("GET", f"/deployments/{made['id']}/explain?at={at}")
        assert (found["agent"], found["next_change"]) == (True, "2026-11-23T16:00:00Z"), at
    now = ines.ask("GET", f"/deployments/{made['id']}/explain")
    assert now["agent"] is False
    assert [reason["code"] for reason in now["reasons"]] == ["deployed", "outside_hours", "unassigned"]
    for at in ("tomorrow", "2026-13-01T00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00", "%00"):
        assert ines.ask("GET", f"/deployments/{made['id']}/explain?at={at}", status=422)["field"] == "at"


def test_account_routing_is_set_and_read(company: Company, ines: Client) -> None:
    assert ines.ask("PUT", f"/channel-accounts/{company.chat}/routing", {"routing": company.service()}) == {
        "routing": company.service()
    }
    assert ines.ask("GET", f"/channel-accounts/{company.chat}/routing") == {"routing": company.service()}
    ines.ask("PUT", f"/channel-accounts/{company.chat}/routing", {"routing": None})
    assert ines.ask("GET", f"/channel-accounts/{company.chat}/routing") == {"routing": None}


@pytest.mark.promise("PM2")
def test_a_teammate_without_the_permission_is_told_so(company: Company, http: TestClient) -> None:
    samira = signed(company, http, company.shop.samira)
    problem = samira.ask("POST", "/deployments", {"agent_id": company.velo, "channel_account_id": company.chat}, 403)
    assert "Customer agent editor" in problem["detail"]
    assert "Billing" in samira.ask("PUT", "/usage/switch", {"on": False}, 403)["detail"]
    assert "Billing" in samira.ask("GET", "/credits/ledger.csv", status=403)["detail"]
    assert http.get("/api/v1/deployments").status_code == 401


@pytest.mark.promise("SW1")
@pytest.mark.promise("SW2")
def test_usage_and_the_switch(company: Company, ines: Client) -> None:
    before = ines.ask("GET", "/usage")
    assert (before["on"], before["balance"], before["used"], before["credits_left"]) == (True, before["allowance"], 0, True)
    assert before["period"] == {"starts_at": "2026-10-31T23:00:00Z", "ends_at": "2026-11-30T23:00:00Z"}
    off = ines.ask("PUT", "/usage/switch", {"on": False})
    assert (off["on"], off["switched_by"]) == (False, company.shop.ines.id)
    for nonsense in ({"on": "no"}, {"on": None}, {}):
        ines.ask("PUT", "/usage/switch", nonsense, 422)
    settings = ines.ask("PUT", "/usage/settings", {"allowance": 3, "price": 2, "reset_day": 15, "warn_at": [90, 50]})
    assert (settings["balance"], settings["price"], settings["reset_day"], settings["warn_at"]) == (3, 2, 15, [50, 90])
    assert ines.ask("PUT", "/usage/settings", {"reset_day": 32}, 422)["field"] == "reset_day"


@pytest.mark.promise("SW4")
def test_packs_upgrade_overage_and_cap_over_http(company: Company, ines: Client) -> None:
    ines.ask("PUT", "/usage/settings", {"allowance": 100, "packs": [10, 20], "cap": 120})
    assert ines.ask("GET", "/credits/packs")["credits"] == 0
    bought = ines.ask("POST", "/credits/packs", {"credits": 10}, 201)
    assert (bought["balance"], bought["pack"]["credits"], bought["pack"]["upgrade_to"], bought["cap"]) == (110, 10, 20, 120)
    ines.ask("POST", "/credits/packs", {"credits": 10}, 409)
    ines.ask("POST", "/credits/packs", {"credits": 11}, 422)
    company.database.run(holding.charge, "cnv_1")
    assert ines.ask("PUT", "/usage/settings", {"growth": "overage"})["pack"]["growth_from_next_period"] == "overage"
    assert ines.ask("PUT", "/credits/packs/next", {"credits": 0})["pack"]["from_next_period"] == 0
    assert ines.ask("PUT", "/usage/settings", {"cap": None})["cap"] is None
    for wrong in ({"growth": "more"}, {"cap": -1}, {"packs": ["x"]}, {"chargeable_event": "message"}):
        ines.ask("PUT", "/usage/settings", wrong, 422)


@pytest.mark.promise("SW6")
def test_the_ledger_over_http(company: Company, ines: Client) -> None:
    ines.ask("PUT", "/usage/settings", {"allowance": 100})
    company.database.run(holding.charge, "cnv_1")
    granted = ines.ask("POST", "/credits/ledger", {"amount": 50, "reason": "A gift"}, 201)
    assert (granted["kind"], granted["amount"], granted["by"]) == ("grant", 50, {"kind": "teammate", "id": company.shop.ines.id})
    first = ines.ask("GET", "/credits/ledger?limit=2")
    rest = ines.ask("GET", f"/credits/ledger?limit=50&cursor={first['next']}")
    amounts = [entry["amount"] for entry in (*first["items"], *rest["items"])]
    assert sum(amounts) == ines.ask("GET", "/usage")["balance"] == 149
    assert rest["next"] is None
    (charge,) = ines.ask("GET", "/credits/ledger?kind=charge")["items"]
    assert charge["conversation_id"] == "cnv_1"
    refund = ines.ask("POST", f"/credits/ledger/{charge['id']}/refund", {"reason": "duplicate contact"}, 201)
    assert (refund["kind"], refund["amount"]) == ("refund", 1)
    ines.ask("POST", f"/credits/ledger/{charge['id']}/refund", {"reason": "again"}, 409)
    written = ines.ask("GET", "/credits/ledger.csv")
    assert len(written.splitlines()) == len(amounts) + 2
    for bad in ({"amount": 0, "reason": "x"}, {"amount": 10**10, "reason": "x"}, {"amount": 1, "reason": ""}, {"amount": 1}):
        ines.ask("POST", "/credits/ledger", bad, 422)
    for cursor in ("x", "-1", "9" * 30, "%00"):
        ines.ask("GET", f"/credits/ledger?cursor={cursor}", status=422)
