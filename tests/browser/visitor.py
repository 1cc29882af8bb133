"""Somebody at the shop's website, as tests play him."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Locator, expect
from sqlalchemy import select

from firstline.conversations.tables import conversation
from tests.widget.serving import Served

ANSWER = "Yes. You have **30 days** from delivery.[1] Collection is free.[2]\n\n- pack the bike\n- write to us"
SOURCES = [
    {"n": 1, "title": "Returns and refunds", "url": "https://veloria.example/returns"},
    {"n": 2, "title": "Delivery", "url": None},
]


class Visitor:
    """Somebody at the shop's website."""

    def __init__(self, chat: Served, context: BrowserContext, query: str = "") -> None:
        self.served = chat
        self.context = context
        self.page = context.new_page()
        self.trouble: list[str] = []
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.goto(f"{chat.url}/?{query}")
        self.chat = self.page.locator("firstline-chat")
        self.launch = self.chat.locator(".launch")
        self.window = self.chat.locator(".window")
        self.log = self.chat.get_by_role("log")
        self.field = self.chat.locator("textarea")
        self.pill = self.chat.locator(".head .pill")

    def opens(self) -> "Visitor":
        """Click on the launcher."""
        self.launch.click()
        expect(self.field).to_be_focused()
        return self

    def says(self, text: str) -> str:
        """Write a message; returns the conversation once the server has it."""
        self.field.fill(text)
        self.field.press("Enter")
        expect(self.own.last).to_contain_text(text)
        expect(self.own.last.locator(".meta")).to_contain_text("Sent")
        return self.conversation

    @property
    def conversation(self) -> str:
        """The newest conversation of the shop."""
        newest = select(conversation.c.id).order_by(conversation.c.id.desc()).limit(1)
        return str(self.served.shop.database.run(lambda tx: tx.scalar(newest)))

    @property
    def own(self) -> Locator:
        """The visitor's messages."""
        return self.log.locator(".msg.me")

    @property
    def answers(self) -> Locator:
        """The agent's messages."""
        return self.log.locator(".msg.agent:not([aria-live])")

    def hrefs(self, selector: str) -> list[str]:
        """Where links lead."""
        return [str(one.get_attribute("href")) for one in self.log.locator(f"a{selector}").all()]

    def measure(self, script: str) -> Any:
        """A value computed in the page; ``root`` is the chat's shadow root."""
        return self.page.evaluate(
            f"() => {{ const root = document.querySelector('firstline-chat').shadowRoot; return {script}; }}"
        )


Arrives = Callable[..., Visitor]
"""A new visitor: a query for the page, a script that runs before it, and what is special about the browser."""
