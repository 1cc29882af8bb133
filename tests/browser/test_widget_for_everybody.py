"""The chat for every screen, hand, eye and ear, and on every page."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from firstline.conversations import ownership, replying
from tests.browser.visitor import ANSWER, SOURCES, Arrives, Visitor
from tests.widget.serving import Served


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


def place(visitor: Visitor) -> tuple[float, float]:
    """How far the window is from the left and from the lower edge of a screen of 1280 × 800."""
    box = visitor.window.bounding_box()
    assert box is not None
    return box["x"], 800 - box["y"] - box["height"]


RESET = "*, *::before { all: unset !important; display: block !important; position: static !important; color: lime !important }"
SHOUTS = "* { letter-spacing: 3px; text-transform: uppercase; font-size: 40px; line-height: 3; margin: 9px; width: 50% }"
TURNS = "firstline-chat { transform: rotate(9deg); position: static; overflow: hidden }"


def test_no_page_moves_the_chat_or_shouts_through_it(arrives: Arrives) -> None:
    mira = arrives().opens()
    right = place(mira)
    for css in (RESET, SHOUTS, TURNS):
        added = mira.page.add_style_tag(content=css)
        assert place(mira) == right, css
        assert (style(mira, ".head h2", "textTransform"), style(mira, ".head h2", "fontSize")) == ("none", "14px"), css
        added.evaluate("(one) => one.remove()")
    mira.page.add_style_tag(content="firstline-chat { visibility: hidden }")
    expect(mira.window).to_be_hidden()


def test_where_the_whole_page_moves_the_chat_stays_in_its_corner(arrives: Arrives) -> None:
    moves = "document.body.setAttribute('style', 'transform: translateZ(0); height: 3000px')"
    mira = arrives(script=f"addEventListener('DOMContentLoaded', () => {moves})").opens()
    still = arrives().opens()
    assert place(mira) == place(still)


@pytest.mark.parametrize(("query", "left"), [("lang=en&direction=rtl", True), ("lang=ar", False)])
def test_the_window_is_on_the_screen_whichever_way_page_and_chat_are_written(arrives: Arrives, query: str, left: bool) -> None:
    mira = arrives(query).opens()
    assert place(mira)[0] == (24 if left else 1280 - 24 - 392)


def test_the_element_can_be_opened_by_the_page(arrives: Arrives) -> None:
    mira = arrives("tag=element&theme=dark")
    expect(mira.launch).to_be_visible()
    mira.page.evaluate("document.querySelector('firstline-chat').open()")
    expect(mira.field).to_be_focused()
    assert mira.window.evaluate("(one) => getComputedStyle(one).colorScheme") == "dark"
    mira.page.evaluate("document.querySelector('firstline-chat').close()")
    expect(mira.window).to_be_hidden()
