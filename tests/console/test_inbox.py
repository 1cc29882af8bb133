"""The inbox: what is shown, and what can be done in a conversation."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from selectolax.lexbor import LexborHTMLParser

from firstline.conversations import handoff, queries, record, replying
from firstline.conversations.rules import Conversation, Owner, OwnerKind
from firstline.kit.database import Tx
from firstline.people.rules import Actor
from tests.console.office import Office

PART = {"HX-Request": "true"}


@pytest.fixture
def client(office: Office) -> TestClient:
    """Samira's browser."""
    return office.client(office.shop.samira)


def conversation(office: Office, conversation_id: str) -> Conversation:
    """As it is in the database."""
    return office.shop.database.run(queries.which, conversation_id)


def answers(office: Office, conversation_id: str, text: str, **data: Any) -> None:
    """The agent answers."""

    def say(tx: Tx) -> None:
        found = record.locked(tx, conversation_id)
        replying.agent_reply(tx, found, text, Actor.agent(office.velo, "Velo"), data, turn_id="trn_1")

    office.shop.database.run(say)


def test_a_new_conversation_waits_in_unassigned_with_its_first_words(office: Office, client: TestClient) -> None:
    office.shop.hears("Is the Trail 4 in stock?")
    assert client.get("/inbox", follow_redirects=False).headers["location"] == "/inbox/unassigned"
    page = LexborHTMLParser(client.get("/inbox/unassigned").text)
    assert "Is the Trail 4 in stock?" in page.css_first(".thread .subject").text()
    assert page.css_first("#count-unassigned").text() == "1"
    assert "Waiting" in page.css_first(".thread .pill").text()


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "&lt;b&gt;", "\u202eevil", "x" * 5000]
)
def test_what_a_customer_writes_is_shown_and_never_run(office: Office, client: TestClient, text: str) -> None:
    heard = office.shop.hears(text)
    page = LexborHTMLParser(client.get(f"/inbox/all/{heard.conversation_id}").text)
    assert text in page.css_first(".bubble").text()
    assert not page.css(".timeline script, .timeline img")


def test_a_search_finds_words_of_messages_and_names_nothing_else(office: Office, client: TestClient) -> None:
    office.shop.hears("My derailleur clicks")
    office.shop.hears("Where is my helmet?", visitor="tobias")
    found = LexborHTMLParser(client.get("/inbox/all", params={"words": "derailleur"}).text).css(".thread")
    assert len(found) == 1
    assert "derailleur" in found[0].text()
    none = client.get("/inbox/all", params={"words": "%_'\\"}).text
    assert "Nothing fits" in none


@pytest.mark.promise("RT6")
def test_a_reply_makes_the_conversation_mine_and_is_sent_once(office: Office, client: TestClient) -> None:
    heard = office.shop.hears("Hello?")
    form = {"text": "Hi, Samira here.", "client_id": "c_1"}
    for _ in range(2):
        assert client.post(f"/conversations/{heard.conversation_id}/reply", data=form, headers=PART).status_code == 204
    assert conversation(office, heard.conversation_id).owner == Owner(OwnerKind.TEAMMATE, office.shop.samira.id)
    said = [one for one in office.shop.database.run(queries.timeline, heard.conversation_id) if one.direction == "out"]
    assert [one.text for one in said] == ["Hi, Samira here."]


def test_without_scripts_a_reply_leads_back_to_the_conversation(office: Office, client: TestClient) -> None:
    heard = office.shop.hears("Hello?")
    page = client.post(f"/conversations/{heard.conversation_id}/reply", data={"text": "Hi."})
    assert page.url.path == f"/inbox/all/{heard.conversation_id}"
    assert "Hi." in page.text


def test_an_empty_reply_is_refused_in_a_toast(office: Office, client: TestClient) -> None:
    heard = office.shop.hears("Hello?")
    answer = client.post(f"/conversations/{heard.conversation_id}/reply", data={"text": "  "}, headers=PART)
    assert answer.status_code == 422
    assert "The message is empty." in answer.headers["hx-trigger"]


def test_a_comment_is_for_teammates(office: Office, client: TestClient) -> None:
    heard = office.shop.hears("Hello?")
    client.post(f"/conversations/{heard.conversation_id}/comment", data={"text": "@Jonas look"}, headers=PART)
    page = LexborHTMLParser(client.get(f"/inbox/all/{heard.conversation_id}").text)
    assert "only teammates see it" in page.css_first(".note").text()
    assert "@Jonas look" in page.css_first(".note").text()


@pytest.mark.promise("HO8", "IN2")
def test_a_teammate_takes_over_gives_back_assigns_and_closes(office: Office, client: TestClient) -> None:
    heard = office.shop.hears("Hello?")
    office.shop.gives_to_agent(heard.conversation_id, office.velo)
    here = f"/conversations/{heard.conversation_id}"
    assert "Velo answers here" in client.get(f"/inbox/agent/{heard.conversation_id}").text
    client.post(f"{here}/take-over", headers=PART)
    assert conversation(office, heard.conversation_id).owner.id == office.shop.samira.id
    client.post(f"{here}/return", headers=PART)
    assert conversation(office, heard.conversation_id).held_by_agent
    client.post(f"{here}/assign", data={"kind": "team", "id": office.shop.workshop}, headers=PART)
    assert conversation(office, heard.conversation_id).owner == Owner(OwnerKind.TEAM, office.shop.workshop)
    closed = client.post(f"{here}/close", headers=PART)
    assert f"{here}/reopen" in closed.headers["hx-trigger"]
    assert conversation(office, heard.conversation_id).status == "closed"
    client.post(f"{here}/reopen", headers=PART)
    page = LexborHTMLParser(client.get(f"/inbox/all/{heard.conversation_id}").text)
    told = [node.text(strip=True, separator=" ") for node in page.css(".entry")]
    assert any("Closed by Samira Bakri" in one for one in told)
    assert any("Reopened by Samira Bakri" in one for one in told)


@pytest.mark.parametrize("kind", ["agent", "bot", "", "teammate'--"])
def test_a_conversation_cannot_be_given_to_anything(office: Office, client: TestClient, kind: str) -> None:
    heard = office.shop.hears("Hello?")
    answer = client.post(f"/conversations/{heard.conversation_id}/assign", data={"kind": kind, "id": "x"}, headers=PART)
    assert answer.status_code == 422


@pytest.mark.promise("IN2")
def test_news_holds_what_came_after_an_entry_and_what_changed(office: Office, client: TestClient) -> None:
    heard = office.shop.hears("First")
    client.post(f"/conversations/{heard.conversation_id}/reply", data={"text": "Second"}, headers=PART)
    said = office.shop.database.run(queries.timeline, heard.conversation_id)
    part = LexborHTMLParser(client.get(f"/conversations/{heard.conversation_id}/news?after={said[0].seq}", headers=PART).text)
    shown = [int(node.attributes["data-seq"] or 0) for node in part.css("[data-seq]")]
    assert shown == [one.seq for one in said[1:]]
    changed = f"/conversations/{heard.conversation_id}/news?after=99&changed={said[0].id}&changed=msg_none"
    assert client.get(changed, headers=PART).status_code == 404
    again = LexborHTMLParser(client.get(changed.replace("&changed=msg_none", ""), headers=PART).text)
    assert [node.attributes["id"] for node in again.css("[data-seq]")] == [said[0].id]
    assert part.css_first("#conv-head") is not None
    assert part.css_first("#details-contact") is not None


@pytest.mark.promise("IN2", "DP6")
def test_an_answer_shows_its_sources_its_author_and_its_delivery(office: Office, client: TestClient) -> None:
    heard = office.shop.hears("Is the first service free?")
    office.shop.gives_to_agent(heard.conversation_id, office.velo)
    sources = [
        {"n": 1, "title": "First service", "url": "https://veloria.example/service"},
        {"n": 2, "title": "Evil", "url": "javascript:alert(1)"},
    ]
    answers(office, heard.conversation_id, "Yes.[1] Really.[2]", citations=sources)
    page = LexborHTMLParser(client.get(f"/inbox/all/{heard.conversation_id}").text)
    message = page.css_first(".msg.out")
    assert "agent" in message.css_first("header").text()
    assert [one.attributes.get("href") for one in message.css(".sources a")] == ["https://veloria.example/service"]
    assert "Sending" in message.css_first("footer").text()


@pytest.mark.promise("HO7")
def test_a_handoff_is_a_card_with_what_the_next_person_needs(office: Office, client: TestClient) -> None:
    heard = office.shop.hears("I want a person")
    epoch = office.shop.gives_to_agent(heard.conversation_id, office.velo)
    brief = {"wants": "A repair", "known": ["Trail 4", "No fall"], "tried": [], "language": "English", "mood": "calm"}
    office.shop.database.run(
        handoff.hand_off,
        heard.conversation_id,
        epoch=epoch,
        by=Actor.agent(office.velo, "Velo"),
        reason={"code": "asked_for_person", "text": "Customer asked for a person"},
        brief=brief,
        destination=Owner(OwnerKind.TEAM, office.shop.workshop),
        message="A person takes over.",
    )
    card = LexborHTMLParser(client.get(f"/inbox/all/{heard.conversation_id}").text).css_first(".brief")
    assert card.css_first("h2").text() == "Handoff to Workshop team"
    rows = dict(zip((one.text() for one in card.css("dt")), (one.text() for one in card.css("dd")), strict=True))
    assert rows == {
        "Reason": "Customer asked for a person",
        "Wants": "A repair",
        "Known": "Trail 4 · No fall",
        "Language, mood": "English, calm",
    }


def test_the_reasons_of_a_routing_decision_can_all_be_read(office: Office, client: TestClient) -> None:
    heard = office.shop.hears("Hello?")
    reasons = [{"code": "deployed", "text": "Deployed on Website chat"}, {"code": "covered", "text": "Covered (100 %)"}]

    def route(tx: Tx) -> None:
        record.note_routing(tx, heard.conversation_id, {"reasons": reasons})

    office.shop.database.run(route)
    page = client.get(f"/inbox/all/{heard.conversation_id}").text
    assert "Who got it, and why" in page
    assert "Covered (100 %)" in page


def test_the_command_bar_finds_pages_and_conversations(office: Office, client: TestClient) -> None:
    office.shop.hears("Derailleur clicks")
    pages = client.get("/commands").json()["items"]
    assert {"Inbox", "Channels", "Usage & limits"} <= {one["label"] for one in pages}
    found = client.get("/commands", params={"words": "derailleur"}).json()["items"]
    assert [one["label"] for one in found if one["group"] == "Conversations"] == ["Derailleur clicks"]


def test_long_lists_go_on_where_they_ended(office: Office, client: TestClient) -> None:
    for number in range(53):
        office.shop.hears(f"Question {number}", visitor=f"visitor-{number}")
    first = LexborHTMLParser(client.get("/inbox/all").text)
    assert len(first.css(".thread")) == 50
    older = first.css_first(".threads-more a").attributes["href"] or ""
    assert len(LexborHTMLParser(client.get(older).text).css(".thread")) == 3
    assert client.get("/inbox/all?before=garbage~x").status_code == 200


def test_a_contact_shows_how_it_is_reached_and_what_was_said(office: Office, client: TestClient) -> None:
    heard = office.shop.hears("Is the Trail 4 in stock?", sender_name="Mira <b>Sandoval</b>")
    listed = client.get("/contacts", params={"words": "mira"}).text
    assert "Mira &lt;b&gt;Sandoval&lt;/b&gt;" in listed
    assert f"/contacts/{heard.contact_id}" in listed
    page = client.get(f"/contacts/{heard.contact_id}").text
    assert "Chat visitor" in page
    assert f"/inbox/all/{heard.conversation_id}" in page
    assert "Nobody fits" in client.get("/contacts", params={"words": "%"}).text
    assert client.get("/contacts/con_none").status_code == 404
