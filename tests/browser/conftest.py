"""A real Chromium, started once; a fresh profile for each test."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from firstline.people.rules import Actor
from tests.browser.desk import Desk
from tests.browser.pages import host_page
from tests.browser.visitor import Arrives, Visitor
from tests.console.office import Office
from tests.widget.serving import Served
from tests.world import Shop

PATIENCE = 20_000
"""Milliseconds that a page may take on a busy machine; it takes a few dozen on an idle one."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine. Without one, ``bin/test`` as an ordinary user skips, loudly; anything else fails.

    For one module: while it is open its event loop runs in this thread, and no other test could run one of its own.
    """
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None and "FIRSTLINE_TEST_WITHOUT_BROWSER" in os.environ:
        pytest.skip("there is no Chromium on this machine")
    if chromium is None:
        pytest.fail("Browser tests need Chromium: apt-get install chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def served(shop: Shop) -> Iterator[Served]:
    """The shop's chat and a website with it."""
    made = Served(shop)
    host_page(made)
    with made.running():
        yield made


@pytest.fixture
def arrives(served: Served, browser: Browser) -> Iterator[Arrives]:
    """A new visitor with a browser of his own; his page had no errors at the end."""
    visitors: list[Visitor] = []

    def arrive(query: str = "", script: str = "", **profile: Any) -> Visitor:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en", **profile})
        if script:
            context.add_init_script(script)
        visitors.append(Visitor(served, context, query))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.context.close()
        assert visitor.trouble == []


@pytest.fixture
def office(shop: Shop) -> Iterator[Office]:
    """Veloria's console, on the net."""
    with Office(shop).running() as served:
        yield served


@pytest.fixture
def ines(browser: Browser, office: Office) -> Iterator[Desk]:
    """The owner's browser, which has nothing to complain about in the end."""
    with _desk_of(browser, office, office.shop.ines) as desk:
        yield desk


@pytest.fixture
def samira(browser: Browser, office: Office) -> Iterator[Desk]:
    """Samira's browser, which has nothing to complain about in the end."""
    with _desk_of(browser, office, office.shop.samira) as desk:
        yield desk


@contextlib.contextmanager
def _desk_of(browser: Browser, office: Office, who: Actor) -> Iterator[Desk]:
    desk = Desk(browser, office, who)
    yield desk
    desk.context.close()
    assert desk.complaints == []
