"""What was typed and not saved: however a panel is closed, it asks once, and nothing is lost by a slip."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, expect

from firstline.people import queries as people
from tests.browser.desk import Desk, violations
from tests.console.office import Office

pytestmark = pytest.mark.promise("OP5")
PEOPLE = "/settings/people"


def typing(desk: Desk) -> tuple[Page, Locator, Locator]:
    """A panel in which a name was typed, and the question that is not asked yet."""
    page = desk.open(PEOPLE)
    page.get_by_role("link", name="Create team", exact=True).click()
    panel = page.locator("dialog.panel[open]")
    panel.get_by_label("Name").press_sequentially("Frame builders")
    return page, panel, page.get_by_role("alertdialog", name="Discard what you entered?")


def _outside(page: Page) -> None:
    page.mouse.click(60, 450)


WAYS: dict[str, Callable[[Page], None]] = {
    "Escape": lambda page: page.keyboard.press("Escape"),
    "a click outside": _outside,
    "its cross": lambda page: page.locator("dialog.panel[open]").get_by_label("Close").click(),
    "Back": lambda page: page.evaluate("history.back()"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_panel_that_would_be_closed_asks_keeps_what_was_typed_and_asks_again(ines: Desk, way: str) -> None:
    page, panel, question = typing(ines)
    for keeping in ("Escape", "Enter"):
        WAYS[way](page)
        expect(question).to_be_visible()
        expect(question.get_by_role("button", name="Keep editing")).to_be_focused()
        page.keyboard.press(keeping)
        expect(question).to_be_hidden()
        expect(panel.get_by_label("Name")).to_have_value("Frame builders")
        assert page.url.endswith("/teams/new")
    WAYS[way](page)
    question.get_by_role("button", name="Discard").click()
    expect(page.locator("dialog.panel")).to_have_count(0)
    expect(page.get_by_role("link", name="Create team", exact=True)).to_be_focused()
    page.wait_for_url(f"**{PEOPLE}", wait_until="commit")


def test_escape_again_and_again_never_closes_it_unasked(ines: Desk) -> None:
    page, panel, question = typing(ines)
    for time in range(1, 8):
        page.keyboard.press("Escape")
        if time % 2:
            expect(question).to_be_visible()
        else:
            expect(question).to_be_hidden()
        expect(panel.get_by_label("Name")).to_have_value("Frame builders")


def test_a_close_that_cannot_be_refused_is_undone(ines: Desk) -> None:
    page, panel, question = typing(ines)
    panel.evaluate("panel => panel.close()")
    expect(question).to_be_visible()
    page.keyboard.press("Enter")
    expect(panel.get_by_label("Name")).to_have_value("Frame builders")


def test_what_is_as_it_was_is_not_asked_about(ines: Desk) -> None:
    page, panel, question = typing(ines)
    panel.get_by_label("Name").fill("")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.panel")).to_have_count(0)
    expect(question).to_be_hidden()


def test_what_was_refused_is_still_unsaved_and_what_was_saved_is_not(office: Office, ines: Desk) -> None:
    page, panel, question = typing(ines)
    panel.get_by_label("Name").fill("Service team")
    panel.locator("footer .btn-primary").click()
    expect(panel.locator('[aria-invalid="true"], .error, .banner.bad').first).to_be_visible()
    ines.was_refused(409)
    page.keyboard.press("Escape")
    expect(question).to_be_visible()
    page.keyboard.press("Enter")
    panel.get_by_label("Name").fill("Frame builders")
    panel.locator("footer .btn-primary").click()
    expect(page.locator("dialog.panel")).to_have_count(0)
    assert "Frame builders" in [team.name for team in office.shop.database.run(people.teams)]


def test_a_link_within_the_panel_asks_before_it_takes_its_place(ines: Desk) -> None:
    page = ines.open("/customer-agent/knowledge")
    page.locator('a[data-panel][href*="/knowledge/add"]').first.click()
    panel = page.locator("dialog.panel[open]")
    panel.locator("input:visible").first.press_sequentially("veloria.example")
    here = page.url
    panel.get_by_role("link", name="Text", exact=True).click()
    question = page.get_by_role("alertdialog")
    expect(question).to_be_visible()
    page.keyboard.press("Enter")
    assert page.url == here
    panel.get_by_role("link", name="Text", exact=True).click()
    question.get_by_role("button", name="Discard").click()
    page.wait_for_url("**/add/text")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.panel")).to_have_count(0)


def test_rows_that_were_added_count_as_typed(ines: Desk) -> None:
    page = ines.open("/customer-agent/channels")
    page.locator(".page-head").get_by_role("link", name="Deploy agent").click()
    panel = page.locator("dialog.panel[open]")
    panel.get_by_label("During specific hours").check()
    panel.get_by_role("button", name="Add hours").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("alertdialog")).to_be_visible()


@pytest.mark.parametrize("path", [PEOPLE, "/customer-agent/identity"], ids=["panel", "form of the page"])
def test_leaving_the_page_is_asked_by_the_browser(ines: Desk, path: str) -> None:
    if path == PEOPLE:
        page, panel, _question = typing(ines)
        field = panel.get_by_label("Name")
    else:
        page = ines.open(path)
        field = page.locator(
            'main form[method="post"] input[type="text"]:visible, main form[method="post"] textarea:visible'
        ).first
        field.press_sequentially(" of Veloria")
    typed = field.input_value()
    stays = iter((True, False))

    def answer(dialog: Dialog) -> None:
        dialog.dismiss() if next(stays) else dialog.accept()

    page.on("dialog", answer)
    with page.expect_event("dialog") as asked:
        page.evaluate("setTimeout(() => location.assign('/inbox'))")
    assert asked.value.type == "beforeunload"
    expect(field).to_have_value(typed)
    page.evaluate("setTimeout(() => location.assign('/inbox'))")
    page.wait_for_url("**/inbox/**")


def test_a_form_of_the_page_that_was_saved_lets_one_leave(ines: Desk) -> None:
    page = ines.open("/customer-agent/identity")
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    field = page.locator('main form[method="post"] input[type="text"]:visible').first
    field.press_sequentially(" of Veloria")
    page.locator('main form[method="post"] button.btn-primary').first.click()
    expect(page.locator(".toast")).to_be_visible()
    page.goto(ines.office.url + "/inbox")
    assert asked == []


@pytest.mark.parametrize(("narrow", "dark"), [(False, False), (True, True)], ids=["wide", "phone"])
def test_the_question_is_for_everybody(browser: Browser, office: Office, narrow: bool, dark: bool) -> None:
    desk = Desk(browser, office, office.shop.ines, narrow=narrow, dark=dark)
    page, panel, question = typing(desk)
    panel.get_by_label("Close").click()
    expect(question).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in question.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 32
    question.get_by_role("button", name="Discard").click()
    expect(page.locator("dialog.panel")).to_have_count(0)
    desk.context.close()
    assert desk.complaints == []
