"""The demo shop over HTTP: its pages, its help centre, its basket; what is private or made up stays out."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from firstline import problems
from firstline.demo.shop import basket, router
from firstline.demo.shop.catalogue import Catalogue, euros, read_catalogue
from firstline.demo.world import World
from firstline.kit.errors import Refused

PAGES = ["", "/city", "/cargo", "/parts", "/workshop", "/basket", "/help"]


async def _account() -> str | None:
    return "cha_demo"


async def _nobody() -> str | None:
    return None


@pytest.fixture(scope="module")
def shop() -> Iterator[TestClient]:
    """The shop with a chat."""
    app = FastAPI(exception_handlers={Refused: problems.refused})
    app.include_router(router(_account))
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """What it sells."""
    return read_catalogue()


class _Found(HTMLParser):
    """What a page contains that matters to its security policy."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.inline += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        if tag == "a":
            self.links.append(given.get("href") or "")
        if given.get("id"):
            self.ids.append(given["id"] or "")
        self.headings += tag == "h1"


def _page(shop: TestClient, path: str) -> _Found:
    answer = shop.get(f"/demo{path}")
    assert answer.status_code == 200, path
    found = _Found()
    found.feed(answer.text)
    return found


@pytest.mark.parametrize("path", PAGES)
def test_a_page_carries_the_widget_by_one_tag_and_nothing_inline(shop: TestClient, path: str) -> None:
    answer = shop.get(f"/demo{path}")
    assert '<script src="/widget.js" async></script>' in answer.text
    assert '<firstline-chat account="cha_demo"></firstline-chat>' in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    found = _page(shop, path)
    assert found.inline == []
    assert found.headings == 1
    assert len(found.ids) == len(set(found.ids))


def test_without_a_chat_the_pages_carry_no_widget() -> None:
    app = FastAPI()
    app.include_router(router(_nobody))
    page = TestClient(app).get("/demo").text
    assert "Trail 4" in page
    assert "firstline-chat" not in page
    assert "widget.js" not in page


def test_every_public_article_has_its_page_and_every_link_leads_somewhere(shop: TestClient, world: World) -> None:
    seen: set[str] = set()
    for path in [*PAGES, *(f"/help/{one.slug}" for one in world.public_articles)]:
        found = _page(shop, path)
        assert found.inline == []
        base = f"/demo{path}".rpartition("/")[0]
        seen |= {link if link.startswith(("/", "#")) else f"{base}/{link}" for link in found.links}
    assert {f"/demo/help/{one.slug}" for one in world.public_articles} <= seen
    for link in sorted(seen):
        assert link == "#main" or shop.get(link).status_code == 200, link


@pytest.mark.promise("KN2")
def test_private_notes_are_shown_to_nobody(shop: TestClient, world: World) -> None:
    private = [one for one in world.articles if one.access == "private"]
    index = shop.get("/demo/help").text
    for one in private:
        assert shop.get(f"/demo/help/{one.slug}").status_code == 404
        assert one.title not in index
    assert private


def test_articles_are_shown_with_tables_steps_and_their_links(shop: TestClient) -> None:
    page = shop.get("/demo/help/frame-sizes").text
    assert "<table>" in page
    assert "<td>168 to 178 cm</td>" in page
    assert '<a href="exchange-a-size">' in page
    assert "<ol>" in page
    assert "27 July 2026" in page


@pytest.mark.parametrize("path", ["/nope", "/help/nope", "/help/..%2f..%2fpeople.toml", "/help/%00", "/%F0%9F%9A%B2"])
def test_what_does_not_exist_is_said_so(shop: TestClient, path: str) -> None:
    answer = shop.get(f"/demo{path}")
    assert answer.status_code == 404
    assert "root:" not in answer.text


def test_the_theme_of_the_address_is_one_of_two(shop: TestClient) -> None:
    assert 'data-theme="dark"' in shop.get("/demo?theme=dark").text
    assert "data-theme" not in shop.get('/demo?theme="><script>alert(1)</script>').text


def test_the_basket_keeps_what_was_chosen_and_is_emptied(shop: TestClient) -> None:
    page = shop.post("/demo/basket", data={"product": "trail-4", "size": "3"}).text
    assert "L, for 177 to 187 cm" in page
    assert "Basket, 1" in shop.get("/demo/city").text
    page = shop.post("/demo/basket", data={"product": "city-3", "size": "0"}).text
    assert "€3,048.00" in page
    assert "Nothing in here yet" in shop.post("/demo/basket/empty").text


@pytest.mark.parametrize(
    "form", [{"product": "nope"}, {"product": "trail-4", "size": "99"}, {"product": "trail-4", "size": "٣"}, {}]
)
def test_an_article_that_does_not_exist_cannot_be_added(shop: TestClient, form: dict[str, str]) -> None:
    assert shop.post("/demo/basket", data=form).status_code == 422


@given(st.text(max_size=600))
def test_any_cookie_is_a_basket_of_real_articles(catalogue: Catalogue, cookie: str) -> None:
    found = basket.read(cookie, catalogue)
    assert len(found) <= basket.MOST
    assert basket.read(basket.write(found), catalogue) == found


@given(st.lists(st.sampled_from(["trail-4.0", "cargo-2.0", "city-3.3", "trail-4.9", "x"]), max_size=30))
def test_a_basket_keeps_its_order_and_its_limit(catalogue: Catalogue, items: list[str]) -> None:
    found = basket.read("~".join(items), catalogue)
    real = [one for one in items if one not in ("trail-4.9", "x")]
    assert basket.write(found) == "~".join(real[: basket.MOST])


def test_prices_are_written_like_in_the_help_centre() -> None:
    assert [euros(184900), euros(2900), euros(549000)] == ["€1,849.00", "€29.00", "€5,490.00"]
    assert re.fullmatch(r"€\d,\d{3}\.\d\d", euros(123456))
