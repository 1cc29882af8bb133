"""A real Chromium, started once; a fresh profile for each test."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.pages import host_page
from tests.browser.visitor import Arrives, Visitor
from tests.widget.serving import Served
from tests.world import Shop


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
