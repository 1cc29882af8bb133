"""The console in a real browser: live, by keyboard, with history, accessible, and without a breach of its own policy."""

import pytest
from playwright.sync_api import Browser, expect

from firstline.conversations import queries
from firstline.routing import queries as routing
from tests.browser.desk import Desk, violations
from tests.console.office import Office


@pytest.mark.promise("OP5")
@pytest.mark.parametrize("narrow", [False, True], ids=["wide and light", "narrow and dark"])
def test_every_part_in_every_state_is_accessible(browser: Browser, office: Office, narrow: bool) -> None:
    desk = Desk(browser, office, office.shop.ines, narrow=narrow, dark=narrow)
    page = desk.open("/patterns")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    desk.context.close()
    assert desk.complaints == []


@pytest.mark.promise("OP5")
def test_a_conversation_and_a_panel_with_an_address_are_accessible(office: Office, ines: Desk) -> None:
    heard = office.shop.hears("Is the Trail 4 in stock?")
    for path in (f"/inbox/all/{heard.conversation_id}", "/customer-agent/channels/deploy"):
        assert violations(ines.open(path)) == [], path


@pytest.mark.promise("IN1", "IN2")
def test_what_a_customer_writes_appears_at_once_in_list_and_conversation(office: Office, samira: Desk) -> None:
    heard = office.shop.hears("Is the Trail 4 in stock?")
    page = samira.open(f"/inbox/all/{heard.conversation_id}")
    page.get_by_role("textbox", name="Reply to the customer").fill("I am just")
    office.shop.hears("In size L, please")
    expect(page.locator("#timeline .bubble", has_text="In size L, please")).to_be_visible()
    office.shop.hears("Where is my helmet?", visitor="tobias")
    expect(page.locator(".thread", has_text="Where is my helmet?")).to_be_visible()
    expect(page.locator("#count-unassigned")).to_have_text("2")
    expect(page.locator("#reply")).to_have_value("I am just")
    expect(page.locator("[aria-current=true].thread")).to_have_attribute("data-thread", heard.conversation_id)


@pytest.mark.promise("IN2", "HO8")
def test_two_teammates_see_each_other_act(browser: Browser, office: Office, samira: Desk) -> None:
    heard = office.shop.hears("Hello?")
    office.shop.gives_to_agent(heard.conversation_id, office.velo)
    jonas = Desk(browser, office, office.shop.jonas)
    hers, his = samira.open(f"/inbox/all/{heard.conversation_id}"), jonas.open(f"/inbox/all/{heard.conversation_id}")
    hers.get_by_role("button", name="Take over").click()
    expect(his.locator("#conv-head .owner")).to_contain_text("Samira Bakri")
    hers.locator("#reply").fill("Hi, Samira here.")
    hers.locator("#reply").press("Control+Enter")
    expect(his.locator(".msg.out .bubble", has_text="Hi, Samira here.")).to_be_visible()
    expect(hers.locator("#reply")).to_have_value("")
    his.locator("body").press("c")
    his.keyboard.type("Stand 2 is free.")
    his.keyboard.press("Control+Enter")
    expect(hers.locator(".note", has_text="Stand 2 is free.")).to_be_visible()
    jonas.context.close()
    assert jonas.complaints == []


def test_somebody_who_types_is_seen_and_fades(office: Office, samira: Desk) -> None:
    heard = office.shop.hears("Hello?")
    page = samira.open(f"/inbox/all/{heard.conversation_id}")
    feed = office.app.state.feed
    by = {"kind": "contact", "id": heard.contact_id}

    def types(on: bool) -> None:
        feed._loop.call_soon_threadsafe(lambda: feed.signal(what="typing", conversation=heard.conversation_id, by=by, on=on))

    for _ in range(40):
        types(True)
        if page.locator("#timeline [data-typing]").count():
            break
        page.wait_for_timeout(50)
    expect(page.locator("#timeline [data-typing]")).to_be_visible()
    types(False)
    expect(page.locator("#timeline [data-typing]")).to_have_count(0)


def test_a_draft_is_kept_for_each_conversation(office: Office, samira: Desk) -> None:
    first, second = office.shop.hears("One"), office.shop.hears("Two", visitor="tobias")
    page = samira.open(f"/inbox/all/{first.conversation_id}")
    page.locator("#reply").fill("A long thought")
    page.locator(f"#t-{second.conversation_id}").click()
    expect(page.locator("#conv-title")).to_have_text("Two")
    expect(page.locator("#reply")).to_have_value("")
    assert page.url.endswith(second.conversation_id)
    page.go_back()
    expect(page.locator("#conv-title")).to_have_text("One")
    expect(page.locator("#reply")).to_have_value("A long thought")


def test_the_keyboard_alone_is_enough(office: Office, samira: Desk) -> None:
    office.shop.hears("One")
    second = office.shop.hears("Two", visitor="tobias")
    page = samira.open("/inbox/all")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#conv-title")).to_have_text("Two")
    page.keyboard.press("a")
    expect(page.locator("#conv-head .owner")).to_contain_text("Samira Bakri")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Close", exact=False).first).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_role("button", name="In three hours")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".toast").last).to_contain_text("Put off.")
    assert office.shop.database.run(queries.which, second.conversation_id).snoozed_until is not None
    expect(page.locator("#conv-head").get_by_role("button", name="Snoozed")).to_be_visible()
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    expect(page.locator("#conv-head").get_by_role("button", name="Snooze", exact=True)).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type("je")
    expect(page.locator("#reply")).to_have_value("je")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="All keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    assert office.shop.database.run(queries.which, second.conversation_id).status == "open"


def test_the_command_bar_opens_pages_and_conversations(office: Office, samira: Desk) -> None:
    office.shop.hears("Derailleur clicks")
    page = samira.open("/inbox/all")
    page.keyboard.press("Control+k")
    bar = page.get_by_role("combobox", name="Search or run a command")
    expect(bar).to_be_focused()
    bar.fill("derailleur")
    page.get_by_role("option", name="Derailleur clicks").click()
    expect(page.locator("#conv-title")).to_have_text("Derailleur clicks")
    page.keyboard.press("Control+k")
    page.keyboard.type("usage")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Usage & limits")).to_be_visible()


@pytest.mark.promise("DP1", "WH2", "WH5")
def test_the_side_panel_has_an_address_and_shows_the_week_as_it_will_be(office: Office, ines: Desk) -> None:
    page = ines.open("/customer-agent/channels")
    opener = page.locator(".page-head").get_by_role("link", name="Deploy agent")
    opener.click()
    panel = page.get_by_role("dialog", name="Deploy agent")
    expect(panel).to_be_visible()
    assert page.url.endswith("/customer-agent/channels/deploy")
    page.go_back()
    expect(panel).to_have_count(0)
    assert page.url.endswith("/customer-agent/channels")
    opener.click()
    panel.get_by_label("Only outside specific hours").check()
    expect(panel.locator("svg.week title")).to_contain_text("Velo answers. Monday to Friday: 00:00–09:00, 17:00–24:00")
    panel.get_by_role("button", name="Add hours").click()
    panel.get_by_label("Days, row 2").select_option("wed")
    expect(panel.locator("[data-preview]")).to_contain_text("overlaps")
    with page.expect_response(lambda answer: answer.url.endswith("/deploy") and answer.status == 422):
        panel.get_by_role("button", name="Deploy", exact=True).click()
    expect(panel.locator("[data-preview] .error")).to_contain_text("Row 2")
    ines.was_refused()
    panel.get_by_role("button", name="Remove row 2").click()
    panel.get_by_label("Start, row 1").fill("22:00")
    panel.get_by_label("End, row 1").fill("02:00")
    expect(panel.get_by_text("Ends the next day")).to_be_visible()
    panel.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Agent deployed")
    (made,) = office.shop.database.run(routing.deployments)
    assert [(row.start, row.end) for row in made.hours.rows] == [(1320, 120)]


def test_escape_closes_the_panel_and_focus_goes_back(office: Office, ines: Desk) -> None:
    page = ines.open("/settings/people")
    opener = page.get_by_role("link", name="Create team", exact=True)
    opener.click()
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.panel")).to_have_count(0)
    expect(opener).to_be_focused()
    assert page.url.endswith("/settings/people")


def test_the_theme_stays_as_chosen(office: Office, samira: Desk) -> None:
    page = samira.open("/inbox/all")
    page.get_by_role("button", name="Open your menu").click()
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.promise("TE1")
def test_the_preview_is_a_chat(office: Office, ines: Desk) -> None:
    page = ines.open("/customer-agent/preview")
    question = page.get_by_role("textbox", name="Question")
    question.fill("Is it free?")
    question.press("Enter")
    expect(page.locator("#preview-log .msg.out")).to_contain_text("You said: Is it free?")
    expect(page.locator("#preview-why")).to_contain_text("Found 1, used 1")
    expect(question).to_have_value("")
    expect(question).to_be_focused()


def test_on_a_phone_there_is_one_pane_at_a_time(browser: Browser, office: Office) -> None:
    heard = office.shop.hears("Hello?")
    desk = Desk(browser, office, office.shop.samira, narrow=True)
    page = desk.open("/inbox/all")
    expect(page.locator(".list")).to_be_visible()
    assert violations(page) == []
    page.locator(f"#t-{heard.conversation_id}").click()
    expect(page.locator(".conv")).to_be_visible()
    expect(page.locator(".list")).to_be_hidden()
    page.evaluate("document.dispatchEvent(new CustomEvent('firstline:toast', { detail: 'Kept.' }))")
    toast, composer = page.locator(".toast").bounding_box(), page.locator(".composer").bounding_box()
    assert toast is not None
    assert composer is not None
    assert toast["y"] + toast["height"] <= composer["y"], "it stands above the composer, not on its buttons"
    assert violations(page) == []
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator(".list")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    desk.context.close()
    assert desk.complaints == []


def test_a_page_with_tabs_further_down_opens_at_its_top(ines: Desk) -> None:
    page = ines.open("/customer-agent/handoff")
    expect(page.locator(".tabs [aria-current]").first).to_be_attached()
    assert page.evaluate("Math.max(...[...document.querySelectorAll('*')].map(one => one.scrollTop))") == 0


def test_a_page_whose_session_ended_goes_to_sign_in(office: Office, samira: Desk) -> None:
    heard = office.shop.hears("Hello?")
    page = samira.open(f"/inbox/all/{heard.conversation_id}")
    samira.context.clear_cookies()
    page.locator("#reply").fill("Hi")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


NO_SOCKETS = """
window.WebSocket = class extends EventTarget {
  static OPEN = 1;
  constructor() {
    super();
    setTimeout(() => this.dispatchEvent(Object.assign(new Event("close"), { code: 1006 })));
  }
  close() {}
  send() {}
};
"""


@pytest.mark.promise("IN1")
def test_where_sockets_are_blocked_the_page_asks_and_misses_nothing(office: Office, samira: Desk) -> None:
    heard = office.shop.hears("Hello?")
    samira.context.add_init_script(NO_SOCKETS)
    page = samira.open(f"/inbox/all/{heard.conversation_id}")
    office.shop.hears("Anybody there?")
    expect(page.locator("#timeline .bubble", has_text="Anybody there?")).to_be_visible(timeout=15_000)
