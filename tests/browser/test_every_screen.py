"""Screens with everything in use, in a real browser: many rows, long words, errors; wide and light, narrow and dark; by keyboard.

Every page of the agent's training and of the channels, and every side panel that opens from one, is held against axe, and
nothing may be wider than what it stands in.
"""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from tests.browser.crowded import Crowded
from tests.browser.desk import NARROW, WIDE, Desk, tab_to, violations
from tests.console.office import Office
from tests.world import Shop

CUT = """() => [...document.querySelectorAll('main *, dialog *')].filter((one) => {
  const style = getComputedStyle(one);
  const may = one.closest('.vh, .tabs, .guide-text') || one.matches('input, select, textarea, pre, .clip');
  if (may || style.display === 'inline' || style.textOverflow === 'ellipsis') return false;
  return one.clientWidth > 2 && one.scrollWidth > one.clientWidth + 2;
}).map((one) => `${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 40)}`).slice(0, 5)"""
"""What is wider than the box it stands in, and would be cut off or scroll sideways."""

PAGES = (
    "/customer-agent/model",
    "/customer-agent/guidelines",
    "/customer-agent/guidelines?message=Rechtsanwalt&channel=chat",
    "/customer-agent/guidelines/history",
    "/customer-agent/actions",
    "/customer-agent/actions/new",
    "/customer-agent/handoff",
    "/customer-agent/gaps",
    "/customer-agent/channels",
    "/settings/channel-accounts",
    "/settings/custom-channels",
    "/settings/delivery-log",
    "/settings/dead-letters",
    "/settings/usage",
)


@pytest.fixture
def crowded(office: Office) -> Crowded:
    """Veloria with everything in use."""
    return Crowded(office, rows=5)


def is_for_everybody(page: Page, where: str, *, within: str = "") -> None:
    """Wide and light, then narrow and dark; of a panel, the second."""
    looks = ((NARROW, "dark"),) if within else ((WIDE, "light"), (NARROW, "dark"))
    for size, scheme in looks:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page, context=within).response["violations"] if within else violations(page)
        assert (where, scheme, found) == (where, scheme, [])
        assert (where, scheme, page.evaluate(CUT)) == (where, scheme, [])
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")


def panels_of(page: Page, known: set[str]) -> list[str]:
    """The addresses of side panels that are not known yet, one of each kind."""
    found = []
    for href in page.locator("a[data-panel]:visible").evaluate_all("links => links.map(link => link.getAttribute('href'))"):
        kind = re.sub(r"[a-z]{3}_\w{20,}|section=\w+", "*", href)
        if kind not in known:
            known.add(kind)
            found.append(href)
    return found


def panel_is_for_everybody(page: Page, href: str) -> None:
    """Opened with Enter it takes the focus; Escape closes it and gives the focus back."""
    opener, at = page.locator(f'a[data-panel][href="{href}"]:visible').first, page.url
    opener.focus()
    page.keyboard.press("Enter")
    panel = page.locator("dialog.panel[open]")
    expect(panel).to_be_visible()
    assert panel.evaluate("panel => panel.contains(document.activeElement)"), href
    is_for_everybody(page, href, within="dialog.panel")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(opener).to_be_focused()
    page.wait_for_url(at, wait_until="commit")  # the way back would cancel the way to the next page


@pytest.mark.slow
@pytest.mark.promise("OP5", "CH7", "SW7")
def test_every_screen_and_every_panel_holds_what_a_busy_company_has(crowded: Crowded, ines: Desk) -> None:
    known: set[str] = set()
    page = ines.open(PAGES[0])
    mailbox = f"/settings/channel-accounts/{crowded.accounts[0]}/activity"
    custom = page.request.get(crowded.office.url + "/settings/custom-channels").text()
    registered = re.findall(r'href="(/settings/custom-channels/cch_\w+)"', custom)[0]
    for path in (*PAGES, mailbox, registered):
        page.goto(crowded.office.url + path)
        page.wait_for_selector("html[data-ready]", state="attached")
        is_for_everybody(page, path)
        for href in panels_of(page, known):
            panel_is_for_everybody(page, href)
    assert len(known) >= 12


@pytest.mark.promise("PM5", "OP5")
def test_an_api_key_is_made_copied_and_revoked_by_keyboard_alone(browser: Browser, shop: Shop) -> None:
    with Office(shop).running() as office:
        desk = Desk(browser, office, shop.ines)
        desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = desk.open("/settings/api-keys")
        tab_to(page, page.locator(".page-head").get_by_role("link", name="Create key"))
        page.keyboard.press("Enter")
        panel = page.locator("dialog.panel[open]")
        expect(panel.get_by_label("Name")).to_be_focused()
        page.keyboard.press("Enter")
        expect(panel.get_by_label("Name")).to_be_focused()
        page.keyboard.type("Warehouse")
        tab_to(page, panel.get_by_role("checkbox", name="Everything you may do"))
        page.keyboard.press("Space")
        tab_to(page, panel.get_by_role("checkbox", name="Reports"))
        page.keyboard.press("Space")
        tab_to(page, panel.get_by_role("button", name="Create key"))
        page.keyboard.press("Enter")
        expect(panel.get_by_role("heading", name="Copy the key now")).to_be_visible()
        expect(panel.get_by_role("button", name="Copy")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Copied", exact=True)).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == panel.locator("code").inner_text().strip()
        tab_to(page, panel.get_by_role("link", name="Done"))
        page.keyboard.press("Enter")
        tab_to(page, page.get_by_role("button", name="Revoke Warehouse"))
        page.keyboard.press("Enter")
        tab_to(page, page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True))
        page.keyboard.press("Enter")
        expect(page.get_by_text("No keys")).to_be_visible()
        desk.context.close()
        assert desk.complaints == []
