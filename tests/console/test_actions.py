"""The screens of actions, and approvals in the inbox."""

from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser
from starlette.testclient import TestClient

from firstline.agent.actions import calls, commands
from firstline.agent.actions.ending import give_up
from firstline.conversations import queries
from firstline.conversations.record import locked
from firstline.conversations.rules import EntryKind
from firstline.kit.database import Tx
from firstline.people.rules import Actor
from tests.console.office import Office
from tests.world import KEYRING

HERE = "/customer-agent/actions"
FORM: dict[str, Any] = {
    "title": "Order status",
    "when": "The customer asks where an order is",
    "examples": "where is my order\ntrack it",
    "input_name": ["order", ""],
    "input_type": ["code", "text"],
    "input_of_contact": ["", ""],
    "input_label": ["order number", ""],
    "input_ask": ["", ""],
    "input_choices": ["", ""],
    "input_required": ["yes", "yes"],
    "kind": "http",
    "method": "GET",
    "url": "https://shop.example/orders/{order}",
    "headers": "Authorization: Bearer {secret:key}",
    "timeout": "10",
    "protection": "verify",
    "results": "State = order.status",
    "tell": "Order {order} is {State}.",
    "enabled": "on",
}


@pytest.fixture
def client(office: Office) -> TestClient:
    """The owner's browser."""
    return office.client(office.shop.ines)


@pytest.mark.promise("AC2")
def test_lists_bounds_and_empty_texts_are_kept_by_the_form_and_shown_again(office: Office, client: TestClient) -> None:
    kept = {"input_name": ["order", "items", "line2", "seats"], "input_type": ["code", "code", "text", "integer"]}
    kept |= {name: [""] * 4 for name in ("input_of_contact", "input_label", "input_ask", "input_choices")}
    kept |= {"input_required": ["yes"] * 4, "input_many": ["no", "yes", "no", "no"], "input_empty": ["no", "no", "yes", "no"]}
    kept |= {
        "input_minimum": ["", "", "", "1"],
        "input_maximum": ["", "", "", "6,5"],
        "input_at": ["", '["cart", "items"]', "", ""],
    }
    client.post(f"{HERE}/new", data=FORM | kept)
    found = office.shop.database.run(commands.actions_of, KEYRING, office.velo)[0]
    _order, items, line2, seats = found.definition.inputs
    assert (items.many, items.at, line2.empty, seats.minimum, seats.maximum) == (True, ("cart", "items"), True, 1, 6.5)
    page = LexborHTMLParser(client.get(f"{HERE}/{found.id}").text)
    assert page.css_first("#in-max-4").attributes["value"] == "6.5"
    again = client.post(f"{HERE}/{found.id}", data=FORM | kept | {"input_minimum": ["", "", "", "many"]})
    assert again.status_code == 422
    assert LexborHTMLParser(again.text).css_first("#in-min-4").attributes["value"] == "many"


@pytest.mark.promise("AC1", "AC6")
def test_a_tool_server_that_cannot_be_asked_says_why_and_nothing_entered_is_lost(office: Office, client: TestClient) -> None:
    form = FORM | {"kind": "mcp", "url": "http://10.0.0.1/mcp", "then": "tools"}
    page = client.post(f"{HERE}/new", data=form)
    assert "no public address" in page.text
    assert LexborHTMLParser(page.text).css_first("#in-name-1").attributes["value"] == "order"
    assert "https" in client.post(f"{HERE}/new", data=form | {"url": "nonsense"}).text


@pytest.mark.promise("AC1", "AC3")
def test_an_action_is_made_by_form_and_its_secret_is_never_shown(office: Office, client: TestClient) -> None:
    made = client.post(f"{HERE}/new", data=FORM)
    assert made.status_code == 200
    found = office.shop.database.run(commands.actions_of, KEYRING, office.velo)[0]
    assert found.definition.name == "order_status"
    assert [one.name for one in found.definition.inputs] == ["order"]
    assert found.missing_secrets == {"key"}
    assert "Secret missing" in client.get(HERE).text
    again = client.post(
        f"{HERE}/{found.id}", data=FORM | {"secret_name": "key", "secret_value": "s3cr3t", "title": "Where is it"}
    )
    assert "s3cr3t" not in again.text
    assert "Kept. Enter another" in client.get(f"{HERE}/{found.id}").text
    changed = office.shop.database.run(commands.which, KEYRING, found.id)
    assert (changed.definition.title, changed.missing_secrets) == ("Where is it", frozenset())


@pytest.mark.parametrize(
    ("wrong", "card"),
    [
        ({"url": "https://{order}.example/"}, "host"),
        ({"input_name": ["Order Number", ""]}, "Input 1: “Order Number” is no name"),
        ({"timeout": "soon"}, "timeout: “soon” is no number"),
        ({"tell": "It is {nothing}"}, "nothing"),
        ({"title": ""}, "title: it is empty"),
    ],
)
def test_a_form_that_cannot_work_comes_back_with_the_reason_and_what_was_entered(
    office: Office, client: TestClient, wrong: dict[str, Any], card: str
) -> None:
    answer = client.post(f"{HERE}/new", data=FORM | wrong)
    assert answer.status_code == 422
    page = LexborHTMLParser(answer.text)
    assert card in " ".join(node.text() for node in page.css(".error, .banner"))
    assert "track it" in page.css_first("#examples").text()
    assert office.shop.database.run(commands.actions_of, KEYRING, office.velo) == []


def test_the_form_grows_by_an_input_and_nothing_is_saved(office: Office, client: TestClient) -> None:
    answer = client.post(f"{HERE}/new", data=FORM | {"then": "row"})
    assert answer.status_code == 200
    assert len(LexborHTMLParser(answer.text).css("[name=input_name]")) == 2
    assert office.shop.database.run(commands.actions_of, KEYRING, office.velo) == []


def test_an_action_can_be_removed_and_is_not_found_any_more(office: Office, client: TestClient) -> None:
    made = office.shop.database.run(commands.create, KEYRING, office.velo, definition(), {}, by=office.shop.ines)
    client.post(f"{HERE}/{made}/delete")
    assert client.get(f"{HERE}/{made}").status_code == 404


def definition() -> dict[str, Any]:
    return {
        "name": "refund",
        "title": "Refund",
        "when": "Money back",
        "inputs": [{"name": "order", "type": "code"}],
        "does": {"kind": "http", "method": "POST", "url": "https://shop.example/refunds"},
        "protection": "approve",
    }


def waiting(office: Office) -> tuple[str, str]:
    """A conversation in which a refund waits for approval, and the call."""
    made = office.shop.database.run(commands.create, KEYRING, office.velo, definition(), {}, by=office.shop.ines)
    conversation = office.shop.hears("Refund A-7").conversation_id
    office.shop.gives_to_agent(conversation, office.velo)

    def ask(tx: Tx) -> str:
        call = calls.begin(tx, locked(tx, conversation), made, {"order": "A-7"}, "trn_1")
        found = commands.definition_of(tx, made)
        calls.ask_approval(tx, calls.which(tx, call), found, {"order": "A-7"}, Actor.agent(office.velo, "Velo"))
        return call

    return conversation, office.shop.database.run(ask)


@pytest.mark.promise("AC3")
def test_a_call_is_approved_in_the_inbox_and_the_buttons_go(office: Office, client: TestClient) -> None:
    conversation, call = waiting(office)
    page = client.get(f"/inbox/all/{conversation}")
    assert "Waits for approval" in page.text
    assert f"/calls/{call}/approve" in page.text
    client.post(f"/conversations/{conversation}/calls/{call}/approve")
    assert office.shop.database.run(calls.which, call).state == "ready"
    page = client.get(f"/inbox/all/{conversation}")
    assert f"/calls/{call}/approve" not in page.text
    assert "Approved" in page.text


@pytest.mark.promise("AC4")
@pytest.mark.parametrize(
    ("answer", "words", "state"), [("was-done", "It was done", "done"), ("was-not-done", "It was not done", "failed")]
)
def test_an_unknown_outcome_is_settled_in_the_inbox_and_the_buttons_go(
    office: Office, client: TestClient, answer: str, words: str, state: str
) -> None:
    conversation, call = waiting(office)

    def nobody_knows(tx: Tx) -> None:
        found, one = locked(tx, conversation), calls.which(tx, call)
        calls.end(tx, call, "unknown", reason="It answered 500.")
        give_up(tx, found, calls.which(tx, call), commands.definition_of(tx, one.action_id), loud=True)

    office.shop.database.run(nobody_knows)
    assert "Nobody knows whether “Refund” was done." in client.get(HERE).text
    here = f"/conversations/{conversation}/calls/{call}/was-"
    page = client.get(f"/inbox/all/{conversation}").text
    assert page.count(here) == 2
    assert f"/calls/{call}/approve" not in page
    client.post(f"/conversations/{conversation}/calls/{call}/{answer}")
    assert office.shop.database.run(calls.which, call).state == state
    page = client.get(f"/inbox/all/{conversation}").text
    assert here not in page
    assert words in page
    assert "Nobody knows" not in client.get(HERE).text
    news = client.get(
        f"/conversations/{conversation}/news", params={"changed": _card(office, conversation, "unknown"), "after": 99}
    )
    assert "Outcome unknown" in news.text
    assert here not in news.text


def _card(office: Office, conversation: str, state: str) -> str:
    entries = office.shop.database.run(queries.timeline, conversation)
    return next(one.id for one in entries if one.kind is EntryKind.ACTION and one.data["state"] == state)


@pytest.mark.promise("AC3")
def test_a_call_is_declined_and_a_second_click_says_so(office: Office, client: TestClient) -> None:
    conversation, call = waiting(office)
    client.post(f"/conversations/{conversation}/calls/{call}/decline")
    assert office.shop.database.run(calls.which, call).state == "declined"
    again = client.post(f"/conversations/{conversation}/calls/{call}/approve", headers={"hx-request": "true"})
    assert "nothing left to decide" in again.text + str(again.headers)
    assert office.shop.database.run(queries.which, conversation).owner.id == office.velo
