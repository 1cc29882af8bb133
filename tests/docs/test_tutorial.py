"""Whoever follows the tutorial gets their first answer: its steps in its order, in a real browser, with its words."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from firstline.app import create_app
from firstline.kit.database import Database
from firstline.settings import Settings
from tests.browser.conftest import browser
from tests.docs.pages import ROOT
from tests.serving import serving

TUTORIAL = (ROOT / "docs" / "tutorial" / "first-answer.md").read_text("utf-8")
WAIT = 20_000
"""Milliseconds that something may take on a busy machine."""

__all__ = ["browser"]


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[str]:
    """A new installation, serving; its address."""
    with serving(create_app(Settings(data=tmp_path), database.dsn), ws_per_message_deflate=False) as port:
        yield f"http://localhost:{port}"


class Reader:
    """Somebody who does what the tutorial says and nothing else. ``followed`` are the bold words they acted on."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site
        self.followed: set[str] = {"Ctrl-C"}

    def goes_to(self, way: str) -> None:
        """Follow a way through the menus, such as *Customer agent › Define › Identity*."""
        place, *_, item = self._said(way).split(" › ")
        self.page.get_by_role("link", name=re.compile(f"^{place}\\b")).first.click()
        self.page.get_by_role("link", name=re.compile(f"^{item}\\b")).first.click()

    def presses(self, name: str) -> None:
        """Press a button, or a link that looks like one."""
        self._said(name)
        both: Locator = self.page.get_by_role("button", name=name, exact=True).or_(
            self.page.get_by_role("link", name=name, exact=True)
        )
        both.locator("visible=true").last.click()

    def enters(self, **fields: str) -> None:
        """Fill in fields by their labels."""
        for label, value in fields.items():
            self.page.get_by_label(label.replace("_", " "), exact=True).locator("visible=true").last.fill(value)

    def _said(self, words: str) -> str:
        assert f"**{words}**" in TUTORIAL
        self.followed.add(words)
        return words


@pytest.mark.slow
@pytest.mark.promise("OP1", "ID1", "KN1", "TE1", "DP1", "CH1", "DP6", "HO2")
def test_the_tutorial_leads_to_an_answer_and_to_a_person(site: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(WAIT)
    expect.set_options(timeout=WAIT)
    me = Reader(page, site)

    page.goto(f"{site}/set-up")
    me.enters(Company="Veloria", Your_name="Ines Moreau", Email="ines@veloria.example", Password="correct horse battery")
    page.get_by_role("button", name="Create the account").click()

    me.goes_to("Customer agent › Define › Identity")
    me.enters(Agent_name="Velo")
    me.presses("Create agent")
    expect(page.get_by_role("heading", name="Velo")).to_be_visible()

    me.goes_to("Customer agent › Train › Short answers")
    me.presses("Add short answer")
    question, answer = (said(f"- {field}: ") for field in ("Question", "Answer"))
    me.enters(Question=question, Approved_answer=answer)
    me.presses("Save")
    expect(page.get_by_text("Ready", exact=True).locator("visible=true").first).to_be_visible()

    me.goes_to("Customer agent › Test › Preview")
    ask(page, said("**Customer agent › Test › Preview** and ask: "))
    expect(page.locator("main").get_by_text("within 30 days of delivery").first).to_be_visible()
    ask(page, said("something it cannot know: "))
    expect(page.locator("main").get_by_text(re.compile("does not cover|not sure")).first).to_be_visible()

    me.goes_to("Settings › Channel accounts")
    me.presses("Connect live chat")
    me.enters(Name="Shop chat")
    me.presses("Connect")
    page.wait_for_url("**/cha_*")
    me.presses("Close")

    me.goes_to("Customer agent › Deploy › Channels")
    me.presses("Deploy agent")
    me.presses("Deploy")
    expect(page.get_by_text("Agent deployed")).to_be_visible()

    customer = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    customer.set_default_timeout(WAIT)
    customer.goto(f"{site}/demo")
    customer.locator("firstline-chat button").first.click()
    expect(customer.get_by_text("Powered by AI")).to_be_visible()
    ask(customer, said("\nAsk: "))
    expect(customer.get_by_text("within 30 days of delivery")).to_be_visible()
    ask(customer, said("Then write: "))
    expect(customer.get_by_text("A person has been asked and will answer here.")).to_be_visible()

    me.goes_to("Inbox › Unassigned")
    page.get_by_role("link", name=re.compile("How many days")).first.click()
    expect(page.get_by_text("Wants", exact=True)).to_be_visible()
    page.get_by_role("textbox", name=re.compile("Reply")).last.fill("Hello, this is Ines.")
    page.get_by_role("button", name="Send").click()
    expect(customer.get_by_text("Hello, this is Ines.")).to_be_visible()

    assert set(re.findall(r"\*\*([^*]+)\*\*", TUTORIAL)) == me.followed


def said(before: str) -> str:
    """The words in italics that stand behind some words of the tutorial."""
    found = re.search(re.escape(before) + r"\*([^*]+)\*", TUTORIAL)
    assert found is not None, before
    return found[1]


def ask(page: Page, words: str) -> None:
    """Write into the last field and send."""
    page.get_by_role("textbox").last.fill(words)
    page.keyboard.press("Enter")
