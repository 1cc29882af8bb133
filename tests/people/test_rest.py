"""Invitations, seats, coming back, the audit log and mail over REST."""

import pyotp
import pytest
from fastapi.testclient import TestClient

from firstline.kit.clock import FixedClock
from firstline.people import keys, second_factor, signin
from firstline.people.rules import Actor
from tests.people.rest import client_over
from tests.world import KEYRING, Shop


def _client(shop: Shop, who: Actor) -> TestClient:
    client = client_over(shop)
    client.headers["Authorization"] = f"Bearer {shop.database.run(keys.create_api_key, 'Key', by=who)[1]}"
    return client


@pytest.mark.promise("PM5")
def test_somebody_is_invited_again_and_not_at_all(shop: Shop) -> None:
    ines = _client(shop, shop.ines)
    made = ines.post("/api/v1/invitations", json={"email": "lea@veloria.example"}).json()
    assert "/invitation/" in made["link"]
    (listed,) = ines.get("/api/v1/invitations").json()["items"]
    assert (listed["email"], listed["role"], listed["seat"]) == ("lea@veloria.example", "teammate", True)
    assert "token" not in listed
    assert ines.post(f"/api/v1/invitations/{made['id']}/send-again").json()["link"] != made["link"]
    assert ines.delete(f"/api/v1/invitations/{made['id']}").status_code == 204
    assert ines.delete(f"/api/v1/invitations/{made['id']}").status_code == 404
    assert [one["state"] for one in ines.get("/api/v1/notices").json()["items"]] == ["waiting", "waiting"]
    assert _client(shop, shop.samira).get("/api/v1/invitations").status_code == 403


@pytest.mark.promise("PM3")
def test_seats_are_read_by_all_and_limited_with_billing(shop: Shop) -> None:
    ines = _client(shop, shop.ines)
    assert ines.put("/api/v1/seats", json={"limit": 3}).json() == {"used": 3, "limit": 3, "left": 0}
    refused = ines.post("/api/v1/teammates", json={"name": "Lea", "email": "lea@veloria.example"})
    assert (refused.status_code, refused.json()["field"]) == (409, "seat")
    samira = _client(shop, shop.samira)
    assert samira.get("/api/v1/seats").json()["left"] == 0
    assert "Billing" in samira.put("/api/v1/seats", json={"limit": 9}).json()["detail"]


@pytest.mark.promise("PM4")
def test_the_audit_log_is_filtered_paged_and_exported(shop: Shop) -> None:
    ines = _client(shop, shop.ines)
    assert ines.delete(f"/api/v1/teammates/{shop.jonas.id}").status_code == 204
    assert ines.post(f"/api/v1/teammates/{shop.jonas.id}/reactivate", json={"seat": True}).json()["seat"]
    page = ines.get("/api/v1/audit-log", params={"area": "teammate", "limit": 1}).json()
    assert [one["verb"] for one in page["items"]] == ["teammate.reactivate"]
    assert page["items"][0]["by"]["name"] == "Ines Moreau (API key Key)"
    older = ines.get("/api/v1/audit-log", params={"area": "teammate", "limit": 1, "cursor": page["next"]}).json()
    assert [one["verb"] for one in older["items"]] == ["teammate.deactivate"]
    lines = ines.get("/api/v1/audit-log.csv", params={"who": shop.ines.id}).text.splitlines()
    assert lines[0].startswith("id,at,by_kind")
    assert len(lines) > 3
    assert ines.get("/api/v1/audit-log", params={"since": "yesterday"}).status_code == 422
    assert _client(shop, shop.samira).get("/api/v1/audit-log.csv").status_code == 403


@pytest.mark.promise("PM5")
def test_how_people_sign_in_is_read_and_set_over_rest_by_whoever_manages_security(shop: Shop, clock: FixedClock) -> None:
    ines, samira = _client(shop, shop.ines), _client(shop, shop.samira)
    assert ines.get("/api/v1/security").json() == {
        "second_factor_required": False,
        "without_second_factor": [shop.ines.id, shop.jonas.id, shop.samira.id],
        "single_sign_on": None,
    }
    refused = ines.put("/api/v1/security/second-factor", json={"required": True})
    assert (refused.status_code, "your own second factor first" in refused.json()["detail"]) == (409, True)
    secret = shop.database.run(second_factor.begin, KEYRING, by=shop.ines)
    shop.database.run(second_factor.confirm, KEYRING, pyotp.TOTP(secret).at(clock.now()), by=shop.ines)
    assert ines.put("/api/v1/security/second-factor", json={"required": True}).json()["second_factor_required"]
    provider = {"label": "Company", "issuer": "https://id.example", "client_id": "firstline", "client_secret": "very secret"}
    kept = ines.put("/api/v1/security/single-sign-on", json=provider)
    assert (kept.json()["single_sign_on"]["has_secret"], "very secret" in kept.text) == (True, False)
    wrong = ines.put("/api/v1/security/single-sign-on", json={**provider, "issuer": "nowhere"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "issuer")
    assert ines.delete("/api/v1/security/single-sign-on").status_code == 204
    for method, path in (("GET", "security"), ("PUT", "security/second-factor"), ("DELETE", "security/single-sign-on")):
        answer = samira.request(method, f"/api/v1/{path}", json={"required": False} if method == "PUT" else None)
        assert (answer.status_code, "Roles and security" in answer.json()["detail"]) == (403, True)


@pytest.mark.promise("PM5")
def test_a_lost_phone_and_forgotten_browsers_are_dealt_with_over_rest(shop: Shop, clock: FixedClock) -> None:
    ines, samira = _client(shop, shop.ines), _client(shop, shop.samira)
    secret = shop.database.run(second_factor.begin, KEYRING, by=shop.samira)
    shop.database.run(second_factor.confirm, KEYRING, pyotp.TOTP(secret).at(clock.now()), by=shop.samira)
    assert samira.delete(f"/api/v1/teammates/{shop.ines.id}/second-factor").status_code == 403
    assert ines.delete(f"/api/v1/teammates/{shop.samira.id}/second-factor").status_code == 204
    assert shop.samira.id in ines.get("/api/v1/security").json()["without_second_factor"]
    shop.database.run(signin.open_session, shop.samira.id, where=signin.Where("192.0.2.1", "Firefox"))
    (session,) = ines.get(f"/api/v1/teammates/{shop.samira.id}/sessions").json()["items"]
    assert (session["address"], session["browser"], "token_hash" in session) == ("192.0.2.1", "Firefox", False)
    assert samira.get(f"/api/v1/teammates/{shop.ines.id}/sessions").status_code == 403
    assert ines.delete(f"/api/v1/teammates/{shop.samira.id}/sessions").json() == {"ended": 1}
    assert ines.get("/api/v1/teammates/tmt_none/sessions").status_code == 404
