"""The pictures of the README, taken of the demo company as it is served."""

import contextlib
import itertools
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from firstline.cli.installing import DEMO_PASSWORD

IMAGES = Path(__file__).parents[1] / "images"
OWNER, MECHANIC = "ines@veloria.example", "jonas@veloria.example"
QUESTION = "How long is the warranty on the drivetrain?"
WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@contextlib.contextmanager
def demo() -> Iterator[str]:
    """The product with the demo company, everything read, in a folder that is gone afterwards; its address."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "firstline", "serve", "--demo", "--port", "0", "--data", folder]
        served = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert served.stdout is not None
            lines = list(itertools.takewhile(lambda line: not line.startswith("Ctrl-C"), served.stdout))
            said = {line[:12].strip(): line[12:].split()[0] for line in lines if line.startswith("  ")}
            site = said["Console"]
            prepare(site, said["API key"])
            yield site
        finally:
            served.terminate()
            served.wait(20)


def prepare(site: str, key: str) -> None:
    """A second chat to deploy the agent on; then wait until no source is queued or being read."""
    chat = {"kind": "live_chat", "name": "Trade-in chat", "settings": {"website": "https://tradein.veloria.example"}}
    with httpx.Client(base_url=f"{site}/api/v1", headers={"authorization": f"Bearer {key}"}, timeout=30) as api:
        api.post("/channel-accounts", json=chat).raise_for_status()
        while any(api.get("/sources", params={"state": state}).json()["items"] for state in ("queued", "reading")):
            time.sleep(1)


def signed_in(browser: Browser, site: str, email: str, scheme: Literal["light", "dark"] = "light") -> Page:
    """A page of somebody who has signed in."""
    context = browser.new_context(
        viewport=WIDE, color_scheme=scheme, reduced_motion="reduce", locale="en-GB", timezone_id="Europe/Berlin"
    )
    page = context.new_page()
    page.goto(f"{site}/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def shoot(page: Page, name: str) -> None:
    """Take one picture with all fonts there and nothing moving."""
    page.evaluate("document.fonts.ready")
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
    page.goto(f"{site}/customer-agent/channels/deploy")
    page.get_by_text("Only outside specific hours").click()
    page.get_by_label("Start").first.fill("10:00")
    page.get_by_label("End").first.fill("19:00")
    page.get_by_label("End").first.press("Tab")
    page.get_by_text("Next change").wait_for()
    shoot(page, "deploy")
    for path, name in (("/customer-agent/knowledge", "knowledge"), ("/settings/usage", "usage")):
        page.goto(site + path)
        shoot(page, name)


def widget(browser: Browser, site: str) -> None:
    """A question in the shop's chat on a phone, answered with its source."""
    context = browser.new_context(
        viewport=PHONE, device_scale_factor=2, reduced_motion="reduce", locale="en-GB", timezone_id="Europe/Berlin"
    )
    page = context.new_page()
    page.goto(f"{site}/demo")
    page.locator("firstline-chat button").first.click()
    page.get_by_role("textbox").last.fill(QUESTION)
    page.keyboard.press("Enter")
    page.locator("firstline-chat .sources").wait_for(timeout=30_000)
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
