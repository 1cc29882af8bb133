"""The card of a call whose outcome nobody knows, in a real browser: answered by one, seen by the other at once."""

import pytest
from playwright.sync_api import Browser, expect

from firstline.agent.actions import calls, commands
from firstline.agent.actions.ending import give_up
from firstline.conversations.record import locked
from firstline.kit.database import Tx
from tests.browser.desk import Desk, violations
from tests.console.office import Office
from tests.console.test_actions import waiting


def in_doubt(office: Office) -> str:
    conversation, call = waiting(office)

    def nobody_knows(tx: Tx) -> None:
        found, one = locked(tx, conversation), calls.which(tx, call)
        calls.end(tx, call, "unknown", reason="It answered 500.")
        give_up(tx, found, calls.which(tx, call), commands.definition_of(tx, one.action_id), loud=True)

    office.shop.database.run(nobody_knows)
    return conversation


@pytest.mark.promise("AC4", "OP5")
def test_it_is_answered_by_keyboard_and_the_buttons_go_for_everybody(browser: Browser, office: Office) -> None:
    conversation = in_doubt(office)
    ines = Desk(browser, office, office.shop.ines)
    samira = Desk(browser, office, office.shop.samira, narrow=True, dark=True)
    page, phone = ines.open(f"/inbox/all/{conversation}"), samira.open(f"/inbox/all/{conversation}")
    done = page.get_by_role("button", name="It was done", exact=True)
    for one in (page, phone):
        expect(one.get_by_role("button", name="It was not done")).to_be_visible()
        assert violations(one) == []
        assert one.evaluate("document.documentElement.scrollWidth <= innerWidth")
    done.focus()
    page.keyboard.press("Enter")
    for one in (page, phone):
        expect(one.get_by_role("button", name="It was done", exact=True)).to_have_count(0)
        expect(one.locator("#timeline .brief", has_text="It was done").last).to_contain_text("Ines")
    ines.context.close()
    samira.context.close()
    assert ines.complaints == samira.complaints == []
