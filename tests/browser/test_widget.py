"""The chat in a real browser, on a page that is not ours."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Locator, expect
from sqlalchemy import select

from firstline.conversations import closing, ownership, replying
from firstline.conversations.rules import Owner, OwnerKind
from firstline.conversations.tables import conversation
from firstline.people.rules import Actor
from firstline.widget.rules import Limits
from tests.browser.pages import host_page
from tests.widget.serving import Served
from tests.world import Shop

ANSWER = "Yes. You have **30 days** from delivery.[1] Collection is free.[2]\n\n- pack the bike\n- write to us"
SOURCES = [
    {"n": 1, "title": "Returns and refunds", "url": "https://veloria.example/returns"},
    {"n": 2, "title": "Delivery", "url": None},
]
NO_SOCKETS = "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.()); } send() {} close() {} };"


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

    def measure(self, script: str) -> Any:
        """A value computed in the page; ``root`` is the chat's shadow root."""
        return self.page.evaluate(
            f"() => {{ const root = document.querySelector('firstline-chat').shadowRoot; return {script}; }}"
        )


Arrives = Callable[..., Visitor]


@pytest.fixture
def served(shop: Shop) -> Iterator[Served]:
    """The shop's chat and a website with it."""
    made = Served(shop)
    host_page(made)
    with made.running():
        yield made


@pytest.fixture
def arrives(served: Served, browser: Browser) -> Iterator[Arrives]:
    """A new visitor with a browser of his own; his page had no errors at the end."""
    visitors: list[Visitor] = []

    def arrive(query: str = "", script: str = "", **profile: Any) -> Visitor:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en", **profile})
        if script:
            context.add_init_script(script)
        visitors.append(Visitor(served, context, query))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.context.close()
        assert visitor.trouble == []


def test_the_chat_itself_is_fetched_at_the_first_click(arrives: Arrives) -> None:
    mira = arrives()
    expect(mira.launch).to_be_visible()
    fetched = "performance.getEntriesByType('resource').map((one) => one.name).filter((name) => name.includes('chat.js')).length"
    assert mira.page.evaluate(fetched) == 0
    mira.opens()
    assert mira.page.evaluate(fetched) == 1


@pytest.mark.promise("CH1", "DP6", "AN1")
def test_a_question_is_answered_with_sources(arrives: Arrives, served: Served) -> None:
    mira = arrives().opens()
    expect(mira.log).to_contain_text("I’m Velo, Veloria’s AI agent")
    expect(mira.pill).to_have_text("Powered by AI")
    asked = mira.says("Can I return the Trail 4?")
    served.shop.gives_to_agent(asked, served.velo)
    served.answer(asked, ANSWER, citations=SOURCES)
    answer = mira.answers.last
    expect(answer).to_contain_text("You have 30 days from delivery.")
    expect(answer.locator("strong")).to_have_text("30 days")
    expect(answer.locator("li").first).to_have_text("pack the bike")
    expect(answer.locator("small").first).to_have_text("Velo · AI")
    expect(answer.get_by_role("link", name="Source 1: Returns and refunds")).to_have_attribute(
        "href", "https://veloria.example/returns"
    )
    source = answer.locator(".sources a")
    expect(source).to_have_count(1)
    expect(source).to_have_attribute("rel", re.compile("noopener"))
    expect(answer.locator(".sources .line")).to_contain_text("Delivery")
    expect(mira.own.last.locator(".meta")).to_contain_text("Read")


def test_words_appear_one_after_the_other_within_600_ms_and_are_all_there_at_once(arrives: Arrives, served: Served) -> None:
    mira = arrives().opens()
    asked = mira.says("Hello")
    served.answer(asked, "word " * 300)
    expect(mira.answers.last).to_contain_text("word word")
    delays = mira.measure("[...root.querySelectorAll('.come')].map((one) => parseInt(one.style.animationDelay))")
    assert len(delays) == 300
    assert delays == sorted(delays)
    assert 0 < max(delays) + 90 <= 600
    assert len(mira.answers.last.locator(".bubble").text_content() or "") >= 1_499


def test_nothing_moves_where_motion_is_not_wanted(arrives: Arrives, served: Served) -> None:
    mira = arrives(reduced_motion="reduce").opens()
    served.answer(mira.says("Hello"), "Hello there, how can I help?")
    expect(mira.answers.last).to_contain_text("how can I help?")
    assert mira.measure("root.querySelectorAll('.come').length") == 0


@pytest.mark.promise("CH1")
def test_the_conversation_is_there_on_the_next_page(arrives: Arrives, served: Served) -> None:
    mira = arrives().opens()
    served.answer(mira.says("Hello"), "Hello there.")
    expect(mira.answers.last).to_contain_text("Hello there.")
    mira.field.fill("half a sen")
    mira.page.goto(f"{served.url}/?tag=element")
    expect(mira.window).to_be_visible()
    expect(mira.answers.last).to_contain_text("Hello there.")
    expect(mira.field).to_have_value("half a sen")
    expect(mira.own).to_have_count(1)
    assert mira.measure("root.querySelectorAll('.come').length") == 0


def test_new_messages_are_counted_on_the_launcher(arrives: Arrives, served: Served) -> None:
    mira = arrives().opens()
    asked = mira.says("Hello")
    mira.page.keyboard.press("Escape")
    served.answer(asked, "One.")
    served.answer(asked, "Two.")
    expect(mira.chat.locator(".badge")).to_have_text("2")
    expect(mira.launch).to_have_accessible_name("Open chat. New messages: 2")
    mira.page.reload()
    expect(mira.chat.locator(".badge")).to_have_text("2")
    mira.opens()
    expect(mira.chat.locator(".badge")).to_be_hidden()


def test_the_keyboard_opens_writes_and_closes(arrives: Arrives) -> None:
    mira = arrives()
    mira.launch.focus()
    mira.page.keyboard.press("Enter")
    expect(mira.field).to_be_focused()
    mira.page.keyboard.type("first line")
    mira.page.keyboard.press("Shift+Enter")
    mira.page.keyboard.type("second line")
    mira.page.keyboard.press("Enter")
    expect(mira.own.last).to_contain_text("first line\nsecond line", use_inner_text=True)
    expect(mira.field).to_have_value("")
    mira.page.keyboard.press("Escape")
    expect(mira.window).to_be_hidden()
    expect(mira.launch).to_be_focused()
    expect(mira.launch).to_have_attribute("aria-expanded", "false")


def test_on_a_phone_the_chat_is_the_screen_and_keeps_the_focus(arrives: Arrives) -> None:
    mira = arrives(viewport={"width": 390, "height": 844}, has_touch=True).opens()
    expect(mira.window).to_have_attribute("aria-modal", "true")
    expect(mira.launch).to_be_hidden()
    box = mira.window.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    for _ in range(12):
        mira.page.keyboard.press("Tab")
        assert mira.page.evaluate("document.activeElement.localName") == "firstline-chat"
    for _ in range(12):
        mira.page.keyboard.press("Shift+Tab")
        assert mira.page.evaluate("document.activeElement.localName") == "firstline-chat"
    mira.chat.get_by_role("button", name="Close chat").click()
    expect(mira.launch).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (720, 450), (1440, 900)])
def test_nothing_sticks_out_at_any_width(arrives: Arrives, served: Served, width: int, height: int) -> None:
    mira = arrives("lang=de", viewport={"width": width, "height": height}).opens()
    mira.field.fill("Hallo " + "x" * 300)
    mira.field.press("Enter")
    expect(mira.own).to_have_count(1)
    expect(mira.own.last.locator(".meta")).to_contain_text("Gesendet")
    served.answer(mira.conversation, ANSWER + "\n\n`" + "y" * 300 + "`\n\n```\n" + "z" * 300 + "\n```", citations=SOURCES)
    expect(mira.answers.last).to_contain_text("zzz")
    parts = "[...root.querySelectorAll('.window, .log, .head, .foot, .bubble')]"
    assert mira.measure(f"{parts}.filter((one) => one.scrollWidth > one.clientWidth + 1).length") == 0
    assert mira.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = mira.window.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= height


def test_a_language_written_from_right_to_left_is_mirrored(arrives: Arrives) -> None:
    mira = arrives("lang=ar&direction=rtl").opens()
    expect(mira.window).to_have_attribute("dir", "rtl")
    mira.field.fill("مرحبا")
    mira.field.press("Enter")
    expect(mira.own.last.locator(".meta")).to_contain_text("أُرسلت")
    own, window = mira.own.last.bounding_box(), mira.window.bounding_box()
    assert own is not None
    assert window is not None
    assert own["x"] - window["x"] < 40
    assert window["x"] < 100


@pytest.mark.promise("HO2")
def test_asking_for_a_person_and_meeting_one(arrives: Arrives, served: Served) -> None:
    shop = served.shop
    mira = arrives().opens()
    mira.chat.get_by_role("button", name="Talk to a person").click()
    expect(mira.own.last).to_contain_text("I’d like to talk to a person.")
    expect(mira.own.last.locator(".meta")).to_contain_text("Sent")
    asked = mira.conversation
    assert served.timeline(asked)[0].data["asks_for_person"] is True
    shop.database.run(ownership.assign, asked, Owner(OwnerKind.TEAM, shop.workshop), Actor.system())
    expect(mira.chat.locator(".foot")).to_contain_text("A person has been asked and will answer here.")
    shop.database.run(ownership.take_over, asked, shop.jonas)
    shop.database.run(replying.reply, asked, "Hi, Jonas here.", shop.jonas)
    expect(mira.chat.locator(".head")).to_contain_text("Jonas from Veloria")
    expect(mira.pill).to_have_text("Person")
    expect(mira.log).to_contain_text("Jonas joined at")
    expect(mira.log.locator(".msg.teammate")).to_contain_text("Hi, Jonas here.")
    shop.database.run(closing.close, asked, shop.jonas)
    expect(mira.log).to_contain_text("The conversation was closed at")
    expect(mira.chat.get_by_role("button", name="Talk to a person")).to_be_visible()


@pytest.mark.promise("DP6")
def test_powered_by_ai_goes_at_once_when_the_agent_is_switched_off(arrives: Arrives, served: Served) -> None:
    mira = arrives().opens()
    expect(mira.pill).to_have_text("Powered by AI")
    served.switch(False)
    expect(mira.pill).to_be_hidden()
    expect(mira.chat.get_by_role("button", name="Talk to a person")).to_be_visible()
    served.switch(True)
    expect(mira.pill).to_have_text("Powered by AI")


def test_typing_is_seen_on_both_sides(arrives: Arrives, served: Served) -> None:
    heard: list[Any] = []
    served.desk.feed.on_signal(heard.append)
    mira = arrives().opens()
    asked = mira.says("Hello")
    served.shop.gives_to_agent(asked, served.velo)
    mira.field.press_sequentially("And")
    expect(mira.field).to_have_value("And")
    served.tell_typing(asked, {"kind": "agent", "id": served.velo, "name": "Velo"})
    expect(mira.log).to_contain_text("Velo is writing")
    served.answer(asked, "Here I am.")
    expect(mira.answers.last).to_contain_text("Here I am.")
    expect(mira.log.get_by_text("Velo is writing")).to_be_hidden()
    assert [one["on"] for one in heard if one["by"]["kind"] == "contact"][:1] == [True]


def test_two_tabs_are_one_conversation(arrives: Arrives, served: Served) -> None:
    mira = arrives().opens()
    mira.says("Hello")
    second = Visitor(served, mira.context).opens()
    expect(second.own).to_have_count(1)
    second.says("From the other tab")
    expect(mira.own).to_have_count(2)
    served.answer(mira.conversation, "To both of you.")
    for tab in (mira, second):
        expect(tab.answers.last).to_contain_text("To both of you.")


@pytest.mark.promise("CH1")
def test_what_is_written_while_the_server_is_away_goes_out_once_when_it_is_back(browser: Browser, shop: Shop) -> None:
    first = Served(shop)
    host_page(first)
    with first.running():
        mira = Visitor(first, browser.new_context(locale="en")).opens()
        asked = mira.says("Hello")
    mira.field.fill("Are you there?")
    mira.field.press("Enter")
    expect(mira.own.last.locator(".meta")).to_have_text("Goes out when you are back online")
    expect(mira.chat.locator(".banner")).to_contain_text("No connection")
    second = Served(shop, velo=first.velo)
    with second.running(first.port):
        second.answer(asked, "I am back.")
        expect(mira.own.last.locator(".meta")).to_contain_text(re.compile("Sent|Read"), timeout=30_000)
        expect(mira.answers.last).to_contain_text("I am back.")
        expect(mira.chat.locator(".banner")).to_be_empty()
        mira.context.close()
    said = [entry.text for entry in second.timeline(asked) if entry.by_kind == "contact"]
    assert said == ["Hello", "Are you there?"]


def test_a_message_that_was_refused_can_be_sent_again(arrives: Arrives, served: Served) -> None:
    mira = arrives().opens()
    kept = served.desk._said_by_visitor
    served.desk._said_by_visitor = Limits(burst=0, rate=0, steady=served.desk.steady)
    mira.field.fill("Hello")
    mira.field.press("Enter")
    expect(mira.own.last.locator(".meta")).to_contain_text("That was too fast.")
    mira.page.reload()
    again = mira.own.last.get_by_role("button", name="Try again")
    served.desk._said_by_visitor = kept
    again.click()
    expect(mira.own.last.locator(".meta")).to_contain_text("Sent")
    expect(mira.own).to_have_count(1)


def test_a_message_that_is_too_long_says_so_and_stays(arrives: Arrives) -> None:
    mira = arrives().opens()
    mira.field.fill("x" * 4_001)
    expect(mira.chat.locator(".problem")).to_have_text("Too long: 4001 of 4000 characters. Shorten it or send it in parts.")
    expect(mira.field).to_have_attribute("aria-invalid", "true")
    mira.field.press("Enter")
    expect(mira.own).to_have_count(0)
    mira.field.fill("x" * 4_000)
    mira.field.press("Enter")
    expect(mira.own).to_have_count(1)


def test_thumbs_are_kept(arrives: Arrives, served: Served) -> None:
    mira = arrives().opens()
    served.answer(mira.says("Hello"), "Hello there.")
    helped = mira.answers.last.get_by_role("button", name="This helped", exact=True)
    helped.click()
    expect(helped).to_have_attribute("aria-pressed", "true")
    mira.page.reload()
    expect(helped).to_have_attribute("aria-pressed", "true")


def test_a_question_with_choices_is_answered_by_a_click(arrives: Arrives, served: Served) -> None:
    mira = arrives().opens()
    served.answer(mira.says("It broke"), "Which part?", options=["Brakes", "Gears"])
    mira.answers.last.get_by_role("button", name="Gears").click()
    expect(mira.own.last).to_contain_text("Gears")
    expect(mira.answers.last.get_by_role("button", name="Gears")).to_be_hidden()


def test_markup_in_a_message_is_text(arrives: Arrives, served: Served) -> None:
    mira = arrives().opens()
    asked = mira.says("<img src=x onerror=alert(1)>")
    bad = "<script>alert(1)</script> [click](javascript:alert(1)) [ok](https://veloria.example) **<b>x</b>** `<i>` data:x [9]"
    served.answer(asked, bad, citations=[{"n": 1, "title": "<u>t</u>", "url": "javascript:alert(2)"}])
    expect(mira.answers.last).to_contain_text("<script>alert(1)</script> [click](javascript:alert(1)) ok <b>x</b> <i> data:x [9]")
    assert mira.measure("root.querySelectorAll('.log :is(img, script, b, i:not(.typing i), u)').length") == 0
    links = mira.measure("[...root.querySelectorAll('.log a')].map((one) => one.href)")
    assert links == ["https://veloria.example/"]


def style(visitor: Visitor, selector: str, name: str) -> Any:
    """What a part of the chat looks like in the end."""
    return visitor.measure(f"getComputedStyle(root.querySelector('{selector}')).{name}")


def test_the_pages_styles_do_not_reach_in_but_its_properties_do(arrives: Arrives) -> None:
    mira = arrives().opens()
    assert style(mira, ".head h2", "letterSpacing") == "normal"
    assert style(mira, ".head h2", "textTransform") == "none"
    assert style(mira, ".head h2", "color") != "rgb(220, 20, 60)"
    mira.page.add_style_tag(content="firstline-chat { --firstline-accent: #ffd400; }")
    assert style(mira, ".launch", "backgroundColor") == "rgb(255, 212, 0)"
    assert str(style(mira, ".launch", "color")).startswith("oklch(0 0")


def test_a_strict_content_security_policy_is_enough(arrives: Arrives) -> None:
    mira = arrives("strict=1")
    refused: list[str] = []
    mira.page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    mira.opens().says("Hello")
    assert mira.window.evaluate("(one) => getComputedStyle(one).display") == "grid"
    assert refused == []


def test_it_works_where_sockets_are_blocked(arrives: Arrives, served: Served) -> None:
    mira = arrives(script=NO_SOCKETS).opens()
    mira.field.fill("Hello")
    mira.field.press("Enter")
    expect(mira.own.last.locator(".meta")).to_contain_text("Sent", timeout=30_000)
    served.answer(mira.conversation, "Hello there.")
    expect(mira.answers.last).to_contain_text("Hello there.")
    expect(mira.own).to_have_count(1)


def test_earlier_messages_are_a_click_away(arrives: Arrives, served: Served) -> None:
    mira = arrives().opens()
    asked = mira.says("The very first")
    for number in range(55):
        served.answer(asked, f"Answer {number}")
    mira.page.reload()
    expect(mira.own).to_have_count(0)
    mira.chat.get_by_role("button", name="Show earlier messages").click()
    expect(mira.own).to_have_count(1)
    expect(mira.answers).to_have_count(56)


@pytest.mark.promise("OP5")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(arrives: Arrives, served: Served, scheme: str, width: int) -> None:
    mira = arrives(viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
    expect(mira.launch).to_be_visible()
    mira.opens()
    asked = mira.says("Can I return it?")
    served.answer(asked, ANSWER, citations=SOURCES, options=["Yes", "No"])
    served.shop.database.run(ownership.take_over, asked, served.shop.jonas)
    served.shop.database.run(replying.reply, asked, "Hi, `Jonas` here: https://veloria.example", served.shop.jonas)
    expect(mira.log.locator(".msg.teammate")).to_be_visible()
    mira.field.fill("x" * 4_001)
    found = Axe().run(mira.page, context={"include": [["firstline-chat"]]})
    assert len(found.response["passes"]) > 10
    assert found.violations_count == 0, found.generate_report()


def test_the_element_can_be_opened_by_the_page(arrives: Arrives) -> None:
    mira = arrives("tag=element&theme=dark")
    expect(mira.launch).to_be_visible()
    mira.page.evaluate("document.querySelector('firstline-chat').open()")
    expect(mira.field).to_be_focused()
    assert mira.window.evaluate("(one) => getComputedStyle(one).colorScheme") == "dark"
    mira.page.evaluate("document.querySelector('firstline-chat').close()")
    expect(mira.window).to_be_hidden()
