"""A visitor's conversation in a real browser, on a page that is not ours."""

import re
import struct
import zlib
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from firstline.agent import commands as agents
from firstline.conversations import attaching, closing, ownership, replying
from firstline.conversations.rules import Owner, OwnerKind
from firstline.people.rules import Actor
from firstline.widget.rules import Limits
from tests.browser.pages import host_page
from tests.browser.visitor import ANSWER, SOURCES, Arrives, Visitor
from tests.widget.serving import Served
from tests.widget.test_identity import KEY, token_for
from tests.widget.test_transcripts import has_mailbox
from tests.world import Shop


def picture() -> bytes:
    """A PNG of 60 × 40 grey pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([90 + row * 3]) * 60 for row in range(40))
    head = struct.pack(">IIBBBBB", 60, 40, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


NO_SOCKETS = "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.()); } send() {} close() {} };"


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


@pytest.mark.promise("CH1")
def test_files_of_a_teammate_are_shown_and_opened(arrives: Arrives, served: Served) -> None:
    shop = served.shop
    mira = arrives().opens()
    asked = mira.says("What does the clamp look like?")
    files = [
        attaching.uploaded("clamp <b>.png", "image/png", picture()),
        attaching.uploaded("invoice.png", "image/png", b"<html><script>alert(1)</script>"),
    ]
    shop.database.run(replying.reply, asked, "Like this.", shop.jonas, attachments=files)
    answer = mira.log.locator(".msg.teammate").last
    expect(answer).to_contain_text("Like this.")
    expect(answer.locator("a.file")).to_have_count(2)
    expect(answer.locator("a.file").first).to_contain_text("clamp b .png")
    expect(answer.locator("a.file").first).to_contain_text("1 kB")
    expect(answer.locator("a.file img")).to_have_count(1)
    width = "document.querySelector('firstline-chat').shadowRoot.querySelector('.file img')?.naturalWidth"
    mira.page.wait_for_function(f"() => {width} === 60")
    got = [mira.page.request.get(one) for one in mira.hrefs(".file")]
    assert [one.status for one in got] == [200, 200]
    assert got[0].headers["content-type"] == "image/png"
    assert got[1].headers["content-disposition"].startswith("attachment")
    assert mira.page.request.get(mira.hrefs(".file")[0].replace("/files/", "/files/x")).status == 404
    mira.page.reload()
    expect(mira.log.locator("a.file")).to_have_count(2)


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


@pytest.mark.promise("HO5")
def test_the_greeting_asks_a_new_visitor_for_the_address_and_nobody_who_has_written(arrives: Arrives, served: Served) -> None:
    question = "Would you tell me your email address, so that we can reach you?"
    served.shop.database.run(agents.set_channels, served.velo, {"email_capture": "start"}, by=served.shop.ines)
    mira = arrives().opens()
    expect(mira.answers.first).to_contain_text(question)
    mira.says("mira@example.org")
    expect(mira.answers.first).to_contain_text(question)
    mira.page.reload()
    expect(mira.own).to_have_count(1)
    expect(mira.log).to_contain_text("I’m Velo, Veloria’s AI agent")
    expect(mira.log).not_to_contain_text(question)


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
    served.answer(asked, "Hello there.")
    expect(mira.answers.last).to_contain_text("Hello there.")
    mira.field.press_sequentially("And now?")
    mira.field.press("Enter")
    expect(mira.own.last.locator(".meta")).to_contain_text("Sent")
    assert [one["on"] for one in heard if one["by"]["kind"] == "contact"] == [True, False]
    served.tell_typing(asked, {"kind": "agent", "id": served.velo, "name": "Velo"})
    expect(mira.log).to_contain_text("Velo is writing")
    served.answer(asked, "Here I am.")
    expect(mira.answers.last).to_contain_text("Here I am.")
    expect(mira.log.get_by_text("Velo is writing")).to_be_hidden()


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


def test_where_storage_is_full_the_conversation_goes_on_over_a_broken_line(arrives: Arrives, served: Served) -> None:
    mira = arrives(script="Storage.prototype.setItem = () => { throw new Error('full') }").opens()
    asked = mira.says("Hello")
    loop = served.desk.feed._loop
    assert loop is not None
    loop.call_soon_threadsafe(served.desk.hub._send_all_away)
    mira.field.fill("Still me")
    mira.field.press("Enter")
    expect(mira.own).to_have_count(2)
    expect(mira.own.last.locator(".meta")).to_contain_text("Sent", timeout=20_000)
    assert [entry.text for entry in served.timeline(asked)] == ["Hello", "Still me"]


@pytest.mark.promise("CH1")
def test_who_signs_in_and_out_sees_only_what_is_theirs(arrives: Arrives, served: Served) -> None:
    served.settings(identity_key=KEY)
    mira = arrives(f"identity={token_for(served, 'j1')}").opens()
    mira.says("My own question")
    mira.page.goto(f"{served.url}/?identity={token_for(served, 'j2')}")
    expect(mira.own).to_have_text(re.compile("My own question"))
    expect(mira.chat.get_by_role("button", name="Email this conversation")).to_be_hidden()
    has_mailbox(served)
    told = token_for(served, "j9", email="mira.holm@example.org", email_verified=True)
    mira.page.goto(f"{served.url}/?identity={told}")
    mira.says("Send me this")
    mira.page.reload()
    mira.chat.get_by_role("button", name="Email this conversation").click()
    expect(mira.chat.get_by_text("On its way to m…m@example.org.")).to_be_visible()
    mira.page.evaluate("document.querySelector('firstline-chat').identify('')")
    expect(mira.own).to_have_count(0)
    kept = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }])"
    assert "customer 7" not in mira.page.evaluate(kept)
    mira.says("A visitor's question")
    heard: list[str] = []
    mira.page.on("console", lambda message: heard.append(message.text))
    mira.page.goto(f"{served.url}/?identity={token_for(served, 'j3', aud='cha_other')}")
    expect(mira.own).to_have_text(re.compile("A visitor's question"))
    assert "the token's aud is not" in " ".join(heard)
    mira.page.evaluate("token => document.querySelector('firstline-chat').identify(token)", token_for(served, "j4"))
    expect(mira.own.first).to_have_text(re.compile("My own question"))
