"""A teammate asks a customer who hides their number for it, in a real browser."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from firstline.channels.asking import WORDS
from firstline.conversations.tables import conversation
from firstline.simulators.meta.posting import whatsapp
from tests.browser.desk import Desk as Teammate
from tests.browser.desk import violations
from tests.channels.meta import Meta, serving
from tests.console.office import Office
from tests.world import Shop

HIDDEN = "BR.1A2B3C"


@pytest.fixture
def meta(shop: Shop) -> Iterator[Meta]:
    """A simulated Meta with a number of Veloria's."""
    with serving() as server:
        yield Meta(shop, server)


def aside(work: Callable[..., Any], *given: Any) -> Any:
    """In a thread of its own: the browser's has a loop that runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work, *given).result()


@pytest.mark.promise("CH3", "CH8")
def test_one_click_asks_for_the_number_and_the_next_reply_is_an_ordinary_one(browser: Browser, meta: Meta) -> None:
    number = meta.account("whatsapp")
    now = int(meta.world.now())
    meta.world.heard[HIDDEN] = now
    said = {"from_user_id": HIDDEN, "id": "in1", "timestamp": str(now), "type": "text", "text": {"body": "Please call me"}}
    aside(meta.take, number, whatsapp(messages=[said], contacts=[{"profile": {"name": "Ana"}, "user_id": HIDDEN}]))
    talk = str(meta.shop.database.run(lambda tx: tx.scalar(select(conversation.c.id))))
    office = Office(meta.shop)
    office.app.state.channels = meta.channels
    with office.running() as served:
        page = Teammate(browser, served, meta.shop.jonas).open(f"/inbox/all/{talk}")
        page.get_by_role("button", name="Ask for the phone number").click()
        expect(page.get_by_text(WORDS["en"]).first).to_be_visible()
        page.get_by_label("Reply to Ana").fill("Thank you")
        page.get_by_label("Reply to Ana").press("Control+Enter")
        expect(page.locator("#timeline").get_by_text("Thank you")).to_be_visible()
        assert violations(page) == []
    asked, plain = [one["body"] for one in aside(meta.delivers, talk)]
    assert (asked["interactive"]["type"], plain["type"]) == ("request_contact_info", "text")
