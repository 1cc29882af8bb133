"""An account's page and REST say whether everything that Meta has is here."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from firstline.channels.base import Account
from firstline.channels.rereading.api import as_json
from firstline.channels.rereading.queries import Outcome, reading_of
from firstline.conversations.tables import conversation
from tests.channels.meta import Meta
from tests.console.office import Office


@pytest.fixture
def page(meta: Meta) -> Account:
    made = meta.account("messenger")
    meta.passes(minutes=30)
    return made


@pytest.fixture
def client(meta: Meta) -> TestClient:
    office = Office(meta.shop)
    office.app.state.channels = meta.channels
    return office.client(meta.shop.ines)


@pytest.mark.promise("CH7")
def test_the_page_says_what_came_by_asking_and_leads_to_it(meta: Meta, page: Account, client: TestClient) -> None:
    at = f"/settings/channel-accounts/{page.id}/activity"
    before = client.get(at).text
    assert "Not yet" in before
    assert "Compare now" in before
    assert "Messages that were read back" not in before
    meta.missed(page, "Is the blue one there?", "m_2", ago=60)
    said = client.post(f"{at}/do", data={"deed": "reread"}, follow_redirects=True).text
    assert "Messages are compared with the provider" in said
    assert "Compare now" not in said
    meta.rereads(page)
    after = client.get(at).text
    for words in (
        "Complete",
        "Server 1, ingested 0, read back 1, nothing missing.",
        "Messages that were read back",
        "Is the blue one there?",
        "Came in like any other",
        "Somebody asked for it.",
        "Worth knowing",
        "1 message was not delivered",
    ):
        assert words in after, words
    (talk,) = meta.shop.database.run(lambda tx: [str(row.id) for row in tx.rows(select(conversation.c.id))])
    shown = client.get(f"/inbox/all/{talk}").text
    assert re.search(r"written \d+ \w+ 2026, \d\d:\d\d and read back later", shown)


def test_rest_says_the_same(meta: Meta, page: Account) -> None:
    nothing = as_json(None, Outcome(0, False, 0), None)
    assert (nothing["summary"], nothing["reading"]) == (None, False)
    meta.missed(page, "Is the blue one there?", "m_2", ago=60)
    meta.rereads(page)
    known = meta.shop.database.run(reading_of, page.id)
    told = as_json(known, Outcome(1, False, 0), None)
    assert (told["server"], told["ingested"], told["read_back"], told["missing"]) == (1, 0, 1, 0)
    assert told["reading"] is False
    assert told["why"]
