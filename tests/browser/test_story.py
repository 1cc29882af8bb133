"""The product's main job, in two browsers: a visitor on the demo shop, a teammate in the inbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from firstline.people import signin
from tests.product.running import Product
from tests.world import Shop

GREETING = 1
"""The welcome message stands among the agent's."""
WIDE = {"width": 1440, "height": 900}


@pytest.fixture
def product(shop: Shop, tmp_path: Path) -> Iterator[Product]:
    """The product, serving."""
    with Product(shop, tmp_path).running() as running:
        yield running


class Visitor:
    """Somebody on the demo shop's page with the chat open."""

    def __init__(self, browser: Browser, product: Product) -> None:
        self.context = browser.new_context(viewport=WIDE, locale="en")  # type: ignore[arg-type]
        self.page = self.context.new_page()
        self.page.goto(f"{product.url}/demo")
        chat = self.page.locator("firstline-chat")
        chat.locator(".launch").click()
        self.field = chat.locator("textarea")
        self.pill = chat.locator(".head .pill")
        self.answers = chat.locator(".msg.agent:not([aria-live])")
        self.people = chat.locator(".msg.teammate:not([aria-live])")
        self.person = chat.get_by_role("button", name="Talk to a person")
        expect(self.field).to_be_focused()

    def says(self, text: str) -> None:
        """Write a message."""
        self.field.fill(text)
        self.field.press("Enter")


def inbox(browser: Browser, product: Product, path: str) -> Page:
    """Jonas's browser with a page of the console."""
    context = browser.new_context(viewport=WIDE)  # type: ignore[arg-type]
    token = product.app.state.database.run(signin.open_session, product.shop.jonas.id)
    context.add_cookies([{"name": signin.COOKIE, "value": token, "url": product.url}])
    page = context.new_page()
    page.goto(product.url + path)
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


@pytest.mark.slow
@pytest.mark.promise("AN1", "AN2", "CH1", "DP6", "HO2", "HO7", "HO8", "HO9", "IN1", "IN2", "RT1")
def test_a_visitor_is_answered_handed_over_and_talks_with_a_teammate(browser: Browser, product: Product) -> None:
    account = product.shop.chat.channel_account_id
    product.agent(account, fallback={"kind": "teams", "ids": [product.shop.workshop]})
    desk = inbox(browser, product, "/inbox/all")
    mira = Visitor(browser, product)
    expect(mira.pill).to_be_visible()

    mira.says("how long can I return a bike?")
    expect(mira.answers.last).to_contain_text("within 30 days of delivery", timeout=30_000)
    expect(mira.answers.last.locator(".sources")).to_contain_text("How long can I return a bike?")
    expect(desk.locator(".thread", has_text="how long can I return a bike?")).to_be_visible()

    mira.says("do you insure leased bikes in Norway against moose?")
    expect(mira.answers).to_have_count(GREETING + 2)
    expect(mira.answers.last.locator(".sources")).to_have_count(0)
    expect(mira.answers.last).not_to_contain_text("30 days")

    mira.person.click()
    expect(mira.answers).to_have_count(GREETING + 3)
    desk.locator(".thread").first.click()
    expect(desk.locator("#timeline")).to_contain_text("Handoff to Jonas Feld")

    desk.locator("#reply").fill("Hi, Jonas from the workshop.")
    desk.locator("#reply").press("Control+Enter")
    expect(mira.people.last).to_contain_text("Jonas from the workshop")
    mira.says("how long can I return a bike?")
    expect(desk.locator("#timeline .msg", has_text="how long can I return a bike?")).to_have_count(2)
    desk.locator("#reply").fill("Within 30 days.")
    desk.locator("#reply").press("Control+Enter")
    expect(mira.people).to_have_count(2)
    expect(mira.answers).to_have_count(GREETING + 3)

    desk.get_by_role("button", name="Return to agent").click()
    mira.says("and is the first service free?")
    expect(mira.answers.last).to_contain_text("free within 6 months")
    mira.context.close()
    desk.context.close()


@pytest.mark.slow
@pytest.mark.promise("SW1", "DP6")
def test_switching_the_agent_off_in_the_console_is_seen_in_the_chat_at_once(browser: Browser, product: Product) -> None:
    account = product.shop.chat.channel_account_id
    product.agent(account, fallback={"kind": "teams", "ids": [product.shop.workshop]})
    held = Visitor(browser, product)
    held.says("how long can I return a bike?")
    expect(held.answers.last).to_contain_text("30 days", timeout=30_000)
    product.api.put("/usage/switch", json={"on": False}).raise_for_status()
    expect(held.pill).to_be_hidden()
    held.says("is the first service free?")
    expect(held.answers.last).to_contain_text("6 months")
    fresh = Visitor(browser, product)
    expect(fresh.pill).to_be_hidden()
    fresh.says("how long can I return a bike?")
    desk = inbox(browser, product, "/inbox/mine")
    expect(desk.locator(".thread", has_text="how long can I return a bike?")).to_be_visible()
    expect(fresh.answers).to_have_count(0)
    for context in (held.context, fresh.context, desk.context):
        context.close()
