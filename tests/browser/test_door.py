"""Coming in, in a real browser: password, forgotten password, second factor, recovery code, invitation, single sign-on (PM5).

By keyboard alone; axe looks at every page on the way.
"""

import re
from typing import Any

import httpx
import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from firstline.kit.clock import FixedClock
from firstline.people import invitations, sign_on
from tests.browser.desk import NARROW, WIDE, tab_to, violations
from tests.console.office import Office
from tests.people.provider import CLIENT, SECRET, running
from tests.world import KEYRING, PASSWORD

SAMIRA = "samira@veloria.example"


@pytest.fixture
def office(office: Office) -> Office:
    """A provider on this machine may be asked."""
    office.app.state.settings = office.app.state.settings.model_copy(update={"allow_private_addresses": True})
    return office


class Stranger:
    """Somebody's browser in which nobody is signed in, used by keyboard; complaints of its pages are kept."""

    def __init__(self, browser: Browser, office: Office) -> None:
        self.context: BrowserContext = browser.new_context(viewport=WIDE, reduced_motion="reduce")  # type: ignore[arg-type]
        self.office, self.complaints, self.seen = office, list[str](), list[str]()
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def goes(self, path: str, heading: str) -> None:
        self.page.goto(self.office.url + path)
        self.stands_before(heading)

    def stands_before(self, heading: str) -> None:
        """The page of that heading is there, accessible, and fits."""
        expect(self.page.get_by_role("heading", name=heading, exact=True).first).to_be_visible()
        if heading not in self.seen:
            self.seen.append(heading)
            self.is_for_everybody(heading)

    def is_for_everybody(self, where: str) -> None:
        """Wide and light, then narrow and dark: axe finds nothing, and nothing is cut off."""
        for size, scheme in ((WIDE, "light"), (NARROW, "dark")):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert (where, scheme, violations(self.page)) == (where, scheme, [])
            assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (where, scheme)
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme="light")

    def types(self, label: str, text: str, *, enter: bool = False) -> None:
        """Reach a field with Tab, unless the page begins in it, and fill it."""
        field: Locator = self.page.get_by_label(label, exact=True)
        expect(field).to_be_visible()
        if not field.evaluate("element => element === document.activeElement"):
            tab_to(self.page, field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        if enter:
            self.page.keyboard.press("Enter")

    def presses(self, role: str, name: str) -> None:
        tab_to(self.page, self.page.get_by_role(role, name=name, exact=True))  # type: ignore[arg-type]
        self.page.keyboard.press("Enter")

    def leaves(self) -> None:
        self.context.clear_cookies()


def _sets_up_a_second_factor(who: Stranger, clock: FixedClock) -> str:
    """In the profile; a recovery code."""
    page = who.page
    who.presses("link", "Set up")
    panel = page.get_by_role("dialog", name="Set up the second factor")
    expect(panel).to_be_visible()
    assert violations(page) == []
    secret = panel.locator("#totp-secret").text_content() or ""
    who.types("The six digits it shows now", pyotp.TOTP(secret.replace(" ", "").strip()).at(clock.now()), enter=True)
    panel = page.get_by_role("dialog", name="Keep your recovery codes")
    expect(panel).to_be_visible()
    assert violations(page) == []
    return panel.locator("#recovery-codes code").first.inner_text().strip()


def _comes_in_by_single_sign_on(who: Stranger, office: Office, clock: FixedClock) -> None:
    with running() as issuer:
        httpx.post(f"{issuer}/behave", json={"now": clock.now().timestamp(), "email": SAMIRA}).raise_for_status()
        provider: dict[str, Any] = {"label": "Veloria login", "issuer": issuer, "client_id": CLIENT, "client_secret": SECRET}
        office.shop.database.run(
            sign_on.configure, KEYRING, by=office.shop.ines, domains=["veloria.example"], default_role="teammate", **provider
        )
        who.goes("/sign-in?next=/settings/availability", "Sign in")
        who.presses("link", "Sign in with Veloria login")
        who.stands_before("Availability")


@pytest.mark.promise("PM5", "OP5")
def test_everybody_comes_in_by_keyboard_whatever_their_way(browser: Browser, office: Office, clock: FixedClock) -> None:
    who = Stranger(browser, office)
    page = who.page

    who.goes("/sign-in?next=/settings/profile", "Sign in")
    who.types("Email", SAMIRA)
    who.types("Password", "wrong horse battery", enter=True)
    expect(page.get_by_role("alert")).to_have_text("Email or password is wrong.")
    expect(page.get_by_label("Password")).to_be_focused()
    who.presses("link", "Forgotten password")
    who.stands_before("Forgotten password")
    who.presses("link", "Back to sign-in")
    who.types("Email", SAMIRA)
    who.types("Password", PASSWORD, enter=True)
    page.wait_for_url("**/inbox/*")
    who.goes("/settings/profile", "Profile")

    recovery = _sets_up_a_second_factor(who, clock)

    who.leaves()
    who.goes("/sign-in", "Sign in")
    who.types("Email", SAMIRA)
    who.types("Password", PASSWORD, enter=True)
    who.stands_before("Enter the code")
    expect(page.get_by_label("Code")).to_be_focused()
    who.types("Code", "000000", enter=True)
    expect(page.get_by_text("The code is wrong, or was used already.")).to_be_visible()
    who.types("Code", recovery, enter=True)
    page.wait_for_url("**/inbox/*")

    who.leaves()
    invite = {"email": "lea@veloria.example", "by": office.shop.ines}
    made = office.shop.database.run(invitations.invite, KEYRING, office.url, **invite)  # type: ignore[arg-type]
    page.goto(made.link)
    who.stands_before("Join Veloria")
    who.types("Your name", "Lea Klein")
    who.types("Password", PASSWORD, enter=True)
    page.wait_for_url("**/inbox/*")

    who.leaves()
    _comes_in_by_single_sign_on(who, office, clock)
    page.goto(office.url + "/invitation/forged")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert violations(page) == []
    who.context.close()
    # A page whose session has ended asks for its live socket once more and is refused: 403 before the handshake.
    expected = ("401", "422", "410", "handshake: Unexpected response code: 403")
    refusals = [one for one in who.complaints if not any(status in one for status in expected)]
    assert refusals == []


PAGES = (
    "/settings/people",
    "/settings/people/invitations/new",
    "/settings/roles",
    "/settings/roles/new",
    "/settings/security",
    "/settings/security/sign-on",
    "/settings/api-keys",
    "/settings/audit-log",
    "/settings/profile",
    "/customer-agent",
    "/customer-agent/agents",
    "/customer-agent/channel-settings",
)


@pytest.mark.promise("OP5", "PM1")
def test_a_role_is_made_by_keyboard_and_the_screens_of_governance_are_accessible(browser: Browser, office: Office) -> None:
    who = Stranger(browser, office)
    who.goes("/sign-in", "Sign in")
    who.types("Email", "ines@veloria.example")
    who.types("Password", PASSWORD, enter=True)
    who.page.wait_for_url("**/inbox/*")
    for path in PAGES:
        who.page.goto(office.url + path)
        who.page.wait_for_selector("html[data-ready]", state="attached")
        who.is_for_everybody(path)
    who.goes("/settings/roles/new", "Roles")
    who.types("Name", "Front desk")
    tab_to(who.page, who.page.get_by_role("checkbox", name=re.compile("^Inbox")))
    who.page.keyboard.press("Space")
    who.presses("button", "Create role")
    expect(who.page.get_by_role("link", name="Front desk")).to_be_visible()
    who.context.close()
    assert who.complaints == []
