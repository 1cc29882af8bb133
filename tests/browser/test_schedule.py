"""Deploying, working hours and the team's screens in a real browser: by keyboard alone, and for everybody."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from firstline.agent.surroundings import SURROUNDINGS
from firstline.kit.events import emit
from firstline.routing import commands, deciding
from firstline.routing import queries as routing
from tests.browser.desk import Desk, tab_to, violations
from tests.console.office import Office


@pytest.mark.promise("DP1", "DP3", "DP7", "WH1", "WH2")
def test_an_agent_is_deployed_changed_and_removed_by_keyboard_alone(office: Office, ines: Desk) -> None:
    page = ines.open("/customer-agent/channels")
    tab_to(page, page.locator(".page-head").get_by_role("link", name="Deploy agent"))
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Deploy agent")
    expect(panel.get_by_label("Channel")).to_be_focused()
    tab_to(page, panel.get_by_role("radio", name="All hours"))
    page.keyboard.press("ArrowDown")
    expect(panel.get_by_role("radio", name="During specific hours")).to_be_checked()
    tab_to(page, panel.get_by_label("Time zone"))
    page.keyboard.press("Control+A")
    page.keyboard.type("Europe/Berlin")
    expect(panel.locator("svg.week title")).to_contain_text("Velo answers. Monday to Friday: 09:00–17:00")
    tab_to(page, panel.get_by_role("button", name="Add hours"))
    page.keyboard.press("Enter")
    expect(panel.get_by_label("Days, row 2")).to_be_focused()
    tab_to(page, panel.get_by_role("button", name="Undo"))
    page.keyboard.press("Enter")
    expect(panel.get_by_label("Days, row 2")).to_have_count(0)
    tab_to(page, panel.get_by_label("Fallback assignment").and_(panel.locator("select")))
    page.keyboard.type("Specific teams")
    tab_to(page, panel.get_by_role("checkbox", name="Service team"))
    page.keyboard.press("Space")
    tab_to(page, panel.get_by_role("button", name="Deploy", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Agent deployed")
    ines.was_refused()
    (made,) = office.shop.database.run(routing.deployments)
    assert (made.hours.mode, made.hours.zone) == ("during", "Europe/Berlin")
    assert made.fallback is not None
    assert made.fallback.ids == (office.shop.service,)

    tab_to(page, page.get_by_role("link", name="During specific hours"))
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Edit deployment")
    tab_to(page, panel.get_by_role("radio", name="During specific hours"))
    page.keyboard.press("ArrowDown")
    expect(panel.locator("svg.week title")).to_contain_text("Velo answers. Monday to Friday: 00:00–09:00, 17:00–24:00")
    tab_to(page, panel.get_by_role("button", name="Save", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Only outside specific hours")).to_be_visible()

    tab_to(page, page.get_by_role("button", name="More for Website chat"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator(".menu:popover-open").get_by_role("button", name="Remove"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Remove Velo from Website chat?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    tab_to(page, dialog.get_by_role("button", name="Remove"))
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Deployment removed")
    assert office.shop.database.run(routing.deployments) == []


@pytest.mark.promise("WH2")
def test_public_holidays_are_imported_and_undone_and_ready_made_hours_replace_rows(office: Office, ines: Desk) -> None:
    page = ines.open("/customer-agent/channels/deploy")
    panel = page.get_by_role("dialog", name="Deploy agent")
    panel.get_by_label("During specific hours").check()
    panel.locator("summary", has_text="Holidays").click()
    expect(panel.get_by_label("Country")).to_have_value("DE")
    panel.get_by_label("Region, such as BE; optional").fill("SN")
    panel.get_by_label("Year").fill("2026")
    panel.get_by_role("button", name="Import").click()
    expect(panel.locator(".holiday-row")).to_have_count(11)
    expect(panel.locator(".holiday-list")).to_contain_text("Wednesday, Repentance and Prayer Day")
    panel.get_by_label("Region, such as BE; optional").fill("Mars")
    panel.get_by_role("button", name="Import").click()
    expect(panel.locator("[data-import-note]")).to_contain_text("has no region")
    ines.was_refused()
    panel.get_by_role("button", name="Mon–Sat 8–20").click()
    expect(panel.get_by_label("Days, row 1")).to_have_value("mon,tue,wed,thu,fri,sat")
    panel.get_by_role("button", name="Undo").click()
    expect(panel.get_by_label("Days, row 1")).to_have_value("weekdays")
    panel.get_by_role("button", name="Undo").click()
    expect(panel.locator(".holiday-row")).to_have_count(0)
    expect(panel.get_by_role("button", name="Undo")).to_be_hidden()


PAGES = (
    "/customer-agent/who-answers",
    "/team/board",
    "/team/queues",
    "/settings/availability",
    "/settings/waiting-times",
    "/settings/business-hours",
)


@pytest.mark.promise("OP5")
@pytest.mark.parametrize("narrow", [False, True], ids=["wide and light", "narrow and dark"])
def test_the_screens_of_the_team_are_accessible_and_fit(browser: Browser, office: Office, narrow: bool) -> None:
    shop = office.shop
    given: dict[str, Any] = {"agent_id": office.velo, "channel_account_id": shop.chat.channel_account_id}
    fallback = {"kind": "teams", "ids": [shop.service]}
    shop.database.run(commands.deploy, SURROUNDINGS, **given, coverage=0, fallback=fallback, by=shop.ines)
    shop.database.run(deciding.route, SURROUNDINGS, shop.hears("My chain is broken").conversation_id)
    desk = Desk(browser, office, shop.ines, narrow=narrow, dark=narrow)
    for path in PAGES:
        page = desk.open(path)
        assert (path, violations(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.close()
    desk.context.close()
    assert desk.complaints == []


@pytest.mark.promise("RT7")
def test_whoever_it_concerns_is_told_at_once_that_a_customer_waits_too_long(browser: Browser, office: Office) -> None:
    shop = office.shop
    desks = [Desk(browser, office, who) for who in (shop.samira, shop.jonas)]
    talk = shop.hears("My chain is broken").conversation_id
    samira, jonas = (desk.open("/contacts") for desk in desks)
    owned = {"since": "2026-11-22T09:46:00+00:00", "kind": "teammate", "id": shop.samira.id}
    shop.database.run(emit, "conversation.overdue", talk, **owned)
    expect(samira.locator(".toast")).to_contain_text("A customer has waited too long for people.")
    expect(samira.locator(".toast").get_by_role("link", name="Open")).to_have_attribute("href", f"/inbox/all/{talk}")
    shop.database.run(emit, "conversation.overdue", talk, **{**owned, "kind": "nobody", "id": None})
    expect(samira.locator(".toast")).to_have_count(2)
    expect(jonas.locator(".toast")).to_have_count(1)
    for desk in desks:
        desk.context.close()
        assert desk.complaints == []
