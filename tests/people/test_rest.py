"""Invitations, seats, coming back, the audit log and mail over REST."""

import pytest
from fastapi.testclient import TestClient

from firstline.people import keys
from firstline.people.rules import Actor
from tests.people.rest import client_over
from tests.world import Shop


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
