"""Every way out of a private source: what is said, cited, offered, shown in the widget, handed over, searched and tried (KN2)."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from firstline import problems
from firstline.agent.models.base import Clarify, Reply
from firstline.conversations.tables import entry
from firstline.kit.errors import Refused
from firstline.knowledge import api
from firstline.knowledge.embedding import OnnxEmbedder
from firstline.knowledge.finding import Finder
from firstline.knowledge.rules import Access, Hit
from firstline.widget import queries as widget
from firstline.widget.views import citations
from tests.agent import talk
from tests.agent.minds import Velo
from tests.world import Shop

TITLE, URL = "Goodwill for scratched frames", "https://intranet.veloria.example/goodwill"
PUBLIC = talk.hit("You can return a bike within 30 days.", score=2.0)


def private(text: str = "The goodwill limit for a scratched frame is €80.", **more: Any) -> Hit:
    return talk.hit(text, TITLE, access=Access.PRIVATE, url=URL, **({"score": 2.9} | more))


def everything_out(shop: Shop, conversation: str) -> str:
    """Messages as they are kept, and as the visitor's browser gets them."""
    query = select(entry).where(entry.c.conversation_id == conversation, entry.c.direction == "out").order_by(entry.c.seq)
    rows = shop.database.run(lambda tx: tx.rows(query))
    return json.dumps([[row.text, row.data] for row in rows], default=str)


def names_nothing(text: str) -> None:
    for secret in (TITLE, "intranet", "goodwill-for", "src_goodwill", "psg_goodwill"):
        assert secret.lower() not in text.lower()


@pytest.mark.promise("KN2")
def test_an_answer_from_a_private_source_names_it_nowhere(shop: Shop) -> None:
    velo = Velo(shop, {"scratch": talk.found(private(), PUBLIC)})
    conversation = velo.asked("What do I get for a scratch on the frame?")
    assert "€80" in velo.said(conversation)[0]
    names_nothing(everything_out(shop, conversation))
    trace = velo.turn(conversation)["trace"]
    assert TITLE in json.dumps(trace), "teammates see what it came from"
    visible = shop.database.run(lambda tx: tx.rows(widget._lines().where(entry.c.conversation_id == conversation)))
    assert len(visible) == 2
    assert all(citations(row.data.get("citations")) == [] for row in visible)
    assert not any("trace" in row.data or "reasons" in row.data for row in visible)


@pytest.mark.promise("KN2")
def test_what_a_private_source_is_about_is_not_offered_to_choose_from() -> None:
    secret = private("The takeover of Rad & Tat closes in May.", about="Takeover of Rad & Tat", score=2.5)
    open_ = [talk.hit("It opens at ten.", f"Shop {n}", about=f"Shop {n}", score=2.4) for n in (1, 2)]
    draft = talk.answer({"open": talk.found(secret, *open_, names={"Takeover of Rad & Tat": 1.0, "Shop 1": 1.0})}, "When open?")
    offered = [option.label for option in draft.options] if isinstance(draft, Clarify) else []
    assert "Takeover of Rad & Tat" not in offered
    unsure = talk.answer({"open": talk.found(secret, *open_, covered=0.4)}, "When do you open?")
    assert isinstance(unsure, Clarify)
    assert TITLE not in [option.label for option in unsure.options]


@pytest.mark.promise("KN2", "HO7")
def test_a_handoff_tells_the_customer_nothing_of_what_was_found(shop: Shop) -> None:
    velo = Velo(shop, {"scratch": talk.found(private(), covered=0.2)})
    velo.asked("Scratch on the frame, what now?")
    conversation = velo.asked("I want to talk to a human about the scratch")
    assert velo.turn(conversation)["decision"] == "handoff"
    names_nothing(everything_out(shop, conversation))
    assert "€80" not in everything_out(shop, conversation)


@pytest.mark.promise("KN2")
def test_a_reply_that_mixes_both_cites_the_public_one_alone() -> None:
    draft = talk.answer({"scratch": talk.found(private(), PUBLIC)}, "What do I get for a scratch on the frame?")
    assert isinstance(draft, Reply)
    assert all(one != private().passage_id for one in draft.cites)


@pytest.mark.promise("KN2", "PM5")
@pytest.mark.parametrize("bearer", ["", "Bearer visitor-token", "Bearer fl_nobody"])
def test_nobody_outside_searches_the_knowledge(shop: Shop, bearer: str) -> None:
    app = FastAPI(exception_handlers={Refused: problems.refused})
    app.state.database = shop.database
    app.state.finder = Finder(shop.database, OnnxEmbedder(Path("not loaded"), Path("not loaded")))
    app.include_router(api.router)
    with TestClient(app, headers={"authorization": bearer} if bearer else {}) as client:
        answer = client.post("/api/v1/knowledge/search", json={"query": "goodwill"})
        assert answer.status_code == 401
        assert client.get("/api/v1/sources").status_code == 401
