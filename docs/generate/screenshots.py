"""The pictures of the README, taken of the demo company as it is served."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from firstline.cli.installing import DEMO_PASSWORD

IMAGES = Path(__file__).parents[1] / "images"
OWNER, MECHANIC = "ines@veloria.example", "jonas@veloria.example"
QUESTION = "Is a squeaking rear derailleur covered by the warranty?"
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@contextlib.contextmanager
def demo() -> Iterator[str]:
    """The product with the demo company in a folder that is gone afterwards; its address."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "firstline", "serve", "--demo", "--port", "0", "--data", folder]
        served = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert served.stdout is not None
            yield next(line.split()[-1] for line in served.stdout if line.strip().startswith("Console"))
        finally:
            served.terminate()
            served.wait(20)


def signed_in(browser: Browser, site: str, email: str, scheme: str = "light") -> Page:
    """A page of somebody who has signed in."""
    context = browser.new_context(viewport=WIDE, color_scheme=scheme, reduced_motion="reduce", locale="en-GB")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{site}/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def shoot(page: Page, name: str) -> None:
    """Take one picture once nothing moves any more."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
    print(f"docs/images/{name}.png")


def inbox(page: Page, site: str, name: str) -> None:
    """A conversation that the agent answered and handed over."""
    page.goto(f"{site}/inbox/mine")
    page.get_by_role("link", name="Mira Sandoval").first.click()
    page.get_by_text("Would Tuesday morning work?").last.wait_for()
    shoot(page, name)


def console(page: Page, site: str) -> None:
    """Deploying, knowledge, usage."""
    for path, name in (
        ("/customer-agent/channels/deploy", "deploy"),
        ("/customer-agent/knowledge", "knowledge"),
        ("/settings/usage", "usage"),
    ):
        page.goto(site + path)
        shoot(page, name)


def widget(browser: Browser, site: str) -> None:
    """A question in the shop's chat on a phone, answered with its source."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, reduced_motion="reduce", locale="en-GB")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{site}/demo")
    page.locator("firstline-chat button").first.click()
    page.get_by_role("textbox").last.fill(QUESTION)
    page.keyboard.press("Enter")
    page.locator("firstline-chat .msg.agent").last.wait_for(timeout=20_000)
    shoot(page, "widget")


def main() -> None:
    """Take all pictures."""
    IMAGES.mkdir(exist_ok=True)
    with demo() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        inbox(signed_in(browser, site, MECHANIC), site, "inbox")
        inbox(signed_in(browser, site, MECHANIC, "dark"), site, "inbox-dark")
        console(signed_in(browser, site, OWNER), site)
        widget(browser, site)
        browser.close()


if __name__ == "__main__":
    main()
