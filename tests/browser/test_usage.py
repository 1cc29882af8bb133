"""Usage & limits in a real browser: the switch off and on, a pack bought, 75 % and 100 % reached (SW1, SW4, SW5)."""

import pytest
from playwright.sync_api import expect

from firstline.credits import commands, holding, queries
from tests.browser.desk import Desk, tab_to, violations
from tests.console.office import Office
from tests.world import Shop


@pytest.fixture
def office(office: Office) -> Office:
    """There are 20 credits a month, and packs of 5 and 20."""
    office.shop.database.run(commands.change_settings, {"allowance": 20, "packs": [5, 20]}, by=office.shop.ines)
    return office


def use(shop: Shop, name: str, count: int) -> None:
    """So many conversations are answered."""
    for n in range(count):
        if shop.database.run(holding.take, f"{name}_{n}").credits_left:
            shop.database.run(holding.charge, f"{name}_{n}")


@pytest.mark.promise("SW1", "OP5")
def test_the_switch_asks_says_what_happens_and_goes_back_by_keyboard(office: Office, ines: Desk) -> None:
    page = ines.open("/settings/usage")
    switch = page.get_by_role("switch", name="Customer agent")
    expect(switch).to_have_attribute("aria-checked", "true")
    switch.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Switch the customer agent off?")
    expect(dialog).to_contain_text("What it holds, it finishes")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert office.shop.database.run(queries.is_on)
    switch.press("Enter")
    dialog.get_by_role("button", name="Switch off").press("Enter")
    expect(switch).to_have_attribute("aria-checked", "false")
    assert not office.shop.database.run(queries.is_on)
    switch.press("Enter")
    expect(switch).to_have_attribute("aria-checked", "true")
    assert office.shop.database.run(queries.is_on)


@pytest.mark.promise("SW4", "SW5")
def test_a_pack_is_bought_by_keyboard_and_the_page_warns_at_75_and_at_100_per_cent(office: Office, ines: Desk) -> None:
    shop = office.shop
    use(shop, "first", 15)
    page = ines.open("/settings/usage")
    expect(page.locator(".banner")).to_contain_text("75% of this month’s credits are used.")
    expect(page.locator(".banner")).to_contain_text("After that, new conversations go to people.")
    use(shop, "second", 6)
    page.reload()
    expect(page.locator(".banner")).to_contain_text("No credits left.")
    tab_to(page, page.locator(".banner").get_by_role("link", name="Buy a pack"))
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Buy a pack")
    expect(panel).to_be_visible()
    tab_to(page, panel.get_by_role("radio").first)
    page.keyboard.press("Space")
    expect(panel.get_by_role("radio").first).to_be_checked()
    tab_to(page, panel.get_by_role("button", name="Buy", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Pack bought. Its credits are there.")).to_be_visible()
    expect(page.locator(".figure").first).to_contain_text("5 of 25 left")
    assert violations(page) == []
    tab_to(page, page.get_by_role("radio", name="Upgrade to the next pack"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Pay per credit")).to_be_checked()
    tab_to(page, page.get_by_label("Hard monthly cap"))
    page.keyboard.type("1,000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The choice holds from")).to_be_visible()
    chosen = shop.database.run(queries.settings)
    assert (chosen.pack, chosen.growth, chosen.growth_next, chosen.cap) == (5, "upgrade", "overage", 1_000)
