"""A teammate's browser, and what is asked of every page: nothing for axe to find, and a way by keyboard."""

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from firstline.people import signin
from firstline.people.rules import Actor
from tests.console.office import Office

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


class Desk:
    """A teammate's browser; complaints of the page are kept."""

    def __init__(self, browser: Browser, office: Office, who: Actor, *, narrow: bool = False, dark: bool = False) -> None:
        self.context: BrowserContext = browser.new_context(
            viewport=NARROW if narrow else WIDE,  # type: ignore[arg-type]
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        self.context.add_cookies([{"name": signin.COOKIE, "value": office.session(who), "url": office.url}])
        self.office = office
        self.complaints: list[str] = []

    def open(self, path: str) -> Page:
        """A page, ready."""
        page = self.context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.office.url + path)
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    def was_refused(self, status: int = 422) -> None:
        """What was entered so far was not acceptable, perhaps because it was half typed: of that the page may complain."""
        self.complaints = [one for one in self.complaints if f"status of {status}" not in one]


def violations(page: Page) -> list[str]:
    """What axe has to say."""
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in Axe().run(page).response["violations"]]


def tab_to(page: Page, wanted: Locator, *, at_most: int = 60) -> None:
    """Press Tab until the wanted thing has the focus."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        if wanted.count() == 1 and wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{wanted} is not reached by keyboard")
