"""Erasing a contact on screen: what goes, the word that confirms it, how far it is, the report."""

import pytest
from starlette.testclient import TestClient

from firstline.contacts import commands as contacts
from tests.console.office import Office


@pytest.fixture
def client(office: Office) -> TestClient:
    """The owner's browser."""
    return office.client(office.shop.ines)


@pytest.mark.promise("OP2")
def test_the_page_tells_what_goes_and_erases_for_the_right_word_only(office: Office, client: TestClient) -> None:
    shop = office.shop
    mira = shop.hears("Where is my bike?", sender_name="Mira <b>Holm</b>").contact_id
    page = client.get(f"/contacts/{mira}/erase").text
    assert "Messages, comments and entries" in page
    assert "Type “Mira &lt;b&gt;Holm&lt;/b&gt;”" in page
    assert f'href="/contacts/{mira}/erase"' in client.get(f"/contacts/{mira}").text
    wrong = client.post(f"/contacts/{mira}/erase", data={"typed": "Mira"})
    assert wrong.status_code == 409
    assert "Nothing was erased" in wrong.text
    assert "Nobody was erased" in client.get("/settings/erasures").text
    sent = client.post(f"/contacts/{mira}/erase", data={"typed": " mira  <B>Holm</b> "}, follow_redirects=False)
    assert sent.status_code == 303
    there = sent.headers["location"]
    page = client.get(there).text
    assert 'hx-trigger="every 2s"' in page
    assert "Taking in what has arrived" in client.get(f"{there}/state").text
    report = client.get(f"{there}.json")
    assert report.json()["state"] == "waiting"
    assert "attachment" in report.headers["content-disposition"]
    assert mira in client.get("/settings/erasures").text


def test_who_may_not_erase_sees_no_button_and_opens_no_page(office: Office) -> None:
    mira = office.shop.database.run(contacts.create, name="Mira", by=office.shop.ines)
    samira = office.client(office.shop.samira)
    assert "Erase this person" not in samira.get(f"/contacts/{mira}").text
    assert samira.get(f"/contacts/{mira}/erase").status_code == 403
    assert samira.post(f"/contacts/{mira}/erase", data={"typed": "Mira"}).status_code == 403
    assert samira.get("/settings/erasures").status_code == 403
