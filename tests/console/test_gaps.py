"""Knowledge gaps on screen: the list, create and resolve, dismiss and undo."""

import pytest
from selectolax.lexbor import LexborHTMLParser
from starlette.testclient import TestClient

from firstline.knowledge import answering
from firstline.knowledge.gaps import queries
from tests.console.office import Office
from tests.knowledge.test_gaps import gap

HERE = "/customer-agent/gaps"


@pytest.fixture
def client(office: Office) -> TestClient:
    """The owner's browser."""
    return office.client(office.shop.ines)


def test_without_gaps_the_page_says_so(client: TestClient) -> None:
    assert "No gaps" in client.get(HERE).text


@pytest.mark.promise("KN5")
def test_create_and_resolve_closes_the_topic(office: Office, client: TestClient) -> None:
    ids = [gap(office.shop, f"trailers {visitor}?", visitor) for visitor in "ab"]
    topic = office.shop.database.run(queries.topics, office.shop.ines)[0]
    panel = LexborHTMLParser(client.get(f"{HERE}/{topic.id}").text)
    assert panel.css_first("#question").attributes["value"] == topic.question
    named = panel.css_first("input[name=ids]").attributes["value"] or ""
    assert sorted(named.split(",")) == sorted(ids)
    wrong = client.post(f"{HERE}/{topic.id}", data={"ids": named, "question": "Trailers?", "answer": " "})
    assert wrong.status_code == 422
    again = client.post(f"{HERE}/{topic.id}", data={"ids": named, "question": "Trailers?", "answer": " ", "keep": "on"})
    assert "checked" in (LexborHTMLParser(again.text).css_first("input[name=keep]").html or "")
    assert office.shop.database.run(answering.questions) == []
    client.post(f"{HERE}/{topic.id}", data={"ids": named, "question": "Trailers?", "answer": "12 euros a day.", "keep": "on"})
    assert len(office.shop.database.run(answering.questions)) == 2
    assert office.shop.database.run(queries.counts) == {"resolved": 2}
    assert client.get(f"{HERE}/{topic.id}").status_code == 404


@pytest.mark.promise("KN5")
def test_a_dismissed_topic_comes_back_by_undo(office: Office, client: TestClient) -> None:
    made = gap(office.shop, "trailers?")
    client.post(f"{HERE}/dismiss", data={"ids": made})
    assert office.shop.database.run(queries.topics, office.shop.ines) == []
    client.post(f"{HERE}/reopen?ids={made}")
    assert "trailers?" in client.get(HERE).text
