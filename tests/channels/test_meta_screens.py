"""Accounts at Meta in the console: what is worth knowing, templates with their states, whom messages do not reach."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from firstline.contacts import profiles
from firstline.contacts.profiles import Told
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations.tables import conversation
from firstline.simulators.meta.posting import whatsapp
from tests.channels.meta import ANA, Meta
from tests.channels.whatsapp.test_templates import tend
from tests.console.office import Office

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


@pytest.fixture
def client(meta: Meta) -> TestClient:
    office = Office(meta.shop)
    office.app.state.channels = meta.channels
    return office.client(meta.shop.ines)


@pytest.mark.promise("CH3", "CH7")
def test_the_page_of_a_number_shows_what_meta_tells_and_a_note_can_be_put_aside(meta: Meta, client: TestClient) -> None:
    number = meta.account("whatsapp")
    tend(meta, number)
    talk = meta.hears(number)
    meta.take(number, whatsapp("phone_number_quality_update", event="FLAGGED", current_limit="TIER_1K"))
    meta.world.gone.add(ANA)
    meta.replies(talk)
    meta.delivers(talk)
    at = f"/settings/channel-accounts/{number.id}/activity"
    page = client.get(at).text
    for words in ("Worth knowing", "limit TIER_1K", "bike_ready", "Paused", "1 can be sent", "Customers who cannot be reached"):
        assert words in page, words
    assert "Needs attention" not in page
    assert "Worth knowing" in client.get("/settings/channel-accounts").text
    client.post(f"{at}/do", data={"deed": "read", "on": "whatsapp:quality"})
    assert "limit TIER_1K" not in client.get(at).text
    said = client.post(f"{at}/do", data={"deed": "fetch"}, follow_redirects=True)
    assert said.status_code == 200
    assert client.post(f"{at}/do", data={"deed": "burn"}).status_code == 404
    assert "could not be delivered" in client.get(f"/inbox/all/{talk}").text


@pytest.mark.promise("CH8")
def test_the_composer_follows_the_news_about_the_thread(meta: Meta, client: TestClient) -> None:
    page = meta.account("messenger")
    talk = meta.hears(page)
    assert "composer-note warn" not in client.get(f"/inbox/all/{talk}").text
    event = {"previous_owner_app_id": "1", "new_owner_app_id": "263902037430900"}
    meta.take(page, meta.event(page, take_thread_control=event))
    news = client.get(f"/conversations/{talk}/news?after=0").text
    assert 'id="composer-notes"' in news
    assert "Your reply takes the conversation back." in news
    activity = client.get(f"/settings/channel-accounts/{page.id}/activity").text
    assert "Conversations that another app has" in activity


def test_a_picture_is_shown_where_the_customer_is_and_to_nobody_who_is_not_signed_in(meta: Meta, client: TestClient) -> None:
    page = meta.account("messenger")
    talk = meta.hears(page)
    contact = meta.talk(talk).contact_id
    assert client.get(f"/contacts/{contact}/picture").status_code == 404
    who = Identity(IdentityKind.PAGE_SCOPED, ANA, page.id)
    meta.shop.database.run(profiles.keep, who, Told("Ana Lima", PNG, "image/png"))
    assert f'src="/contacts/{contact}/picture?v=' in client.get(f"/inbox/all/{talk}").text
    shown = client.get(f"/contacts/{contact}/picture")
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert "sandbox" in shown.headers["content-security-policy"]
    client.cookies.clear()
    assert client.get(f"/contacts/{contact}/picture", follow_redirects=False).status_code in (303, 307, 401)


@pytest.mark.promise("CH3", "CH7")
def test_a_long_note_of_an_account_and_the_name_of_the_phone_book_are_shown(meta: Meta, client: TestClient) -> None:
    number = meta.account("whatsapp")
    talk = meta.hears(number)
    long = "Your business has been restricted from raising its messaging limit because many people have reported it. " * 2
    meta.take(number, whatsapp("account_alerts", alert_description=long))
    accounts = client.get("/settings/channel-accounts").text
    assert (
        accounts.count("Your business has been restricted") == 4
    )  # twice in the words; a narrow screen has them in a row of their own
    assert 'class="note-row"' in accounts
    entry = {"full_name": "Ana (Rad 7)", "phone_number": "+" + ANA}
    said = {"type": "contact", "contact": entry, "action": "add", "metadata": {"timestamp": "1795340761"}}
    meta.take(number, whatsapp("smb_app_state_sync", state_sync=[said]))
    assert "In your phone book: Ana (Rad 7)" in client.get(f"/contacts/{meta.talk(talk).contact_id}").text


@pytest.mark.promise("CH3", "CH8")
def test_the_phone_number_is_asked_for_from_the_composer(meta: Meta, client: TestClient) -> None:
    number = meta.account("whatsapp")
    known = meta.hears(number)
    assert "Ask for the phone number" not in client.get(f"/inbox/all/{known}").text
    meta.world.heard["BR.1A2B3C"] = meta.world.now()
    said = {
        "from_user_id": "BR.1A2B3C",
        "id": "in2",
        "timestamp": str(int(meta.world.now())),
        "type": "text",
        "text": {"body": "Hi"},
    }
    meta.take(number, whatsapp(messages=[said]))
    hidden = str(meta.shop.database.run(lambda tx: tx.scalar(select(func.max(conversation.c.id)))))
    assert "Ask for the phone number" in client.get(f"/inbox/all/{hidden}").text
    client.post(f"/conversations/{hidden}/reply", data={"text": "", "asks": "phone", "client_id": "c1"})
    (sent,) = meta.delivers(hidden)
    assert sent["body"]["interactive"]["type"] == "request_contact_info"
    client.post(f"/conversations/{hidden}/reply", data={"text": "Hello", "asks": "cake", "client_id": "c2"})
    (plain,) = meta.delivers(hidden)
    assert plain["body"]["type"] == "text"
