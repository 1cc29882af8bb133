"""Whole sites are read: sitemap or links, robots.txt, traps."""

import gzip
from typing import Any

import pytest
from sqlalchemy import Row

from firstline.knowledge import commands, queries
from firstline.knowledge.crawling import Frontier, NoSitemap, Scope, same, sitemap
from tests.knowledge.conftest import Answer, Library, Website


def pages(library: Library, source_id: str) -> dict[str, Row[Any]]:
    return {row.key: row for row in library.database.run(queries.pages_of, source_id, limit=200)}


def read_pages(library: Library, website: Website, source_id: str) -> set[str]:
    return {key.removeprefix(website.url) for key, row in pages(library, source_id).items() if row.state == "read"}


@pytest.mark.promise("KN1")
def test_a_site_is_read_from_its_sitemap(library: Library, website: Website) -> None:
    website.page("/", "Home", "Welcome to the bicycle shop.", ("/unlisted",))
    website.page("/a", "Repairs", "We repair every bike.")
    website.page("/b", "Prices", "A service costs 49 euros.")
    website.page("/unlisted", "Old", "Not in the map.")
    listed = f'<urlset xmlns="x"><url><loc>{website.url}/a</loc></url><url><loc>{website.url}/b</loc></url></urlset>'
    index = f'<sitemapindex xmlns="x"><sitemap><loc>{website.url}/map.xml.gz</loc></sitemap></sitemapindex>'
    website.pages["/sitemap.xml"] = (200, {}, index.encode())
    website.pages["/map.xml.gz"] = (200, {}, gzip.compress(listed.encode()))
    made = library.add(commands.add_site, website.url)
    assert read_pages(library, website, made) == {"/", "/a", "/b"}
    assert (library.which(made).state, library.which(made).pages) == ("ready", 3)


@pytest.mark.promise("KN1")
def test_without_a_sitemap_links_are_followed_within_the_site(library: Library, website: Website) -> None:
    website.page(
        "/help/",
        "Help",
        "How to find help.",
        ("/help/a", "/shop", "https://elsewhere.invalid/", "mailto:a@b.c", "a?utm_source=x"),
    )
    website.page("/help/a", "Repairs", "We repair every bike.", ("/help/b#part", "/help/picture.png"))
    website.page("/help/b", "Prices", "A service costs 49 euros.", ("/help/", "/help/a"))
    website.page("/shop", "Shop", "Buy now.")
    made = library.add(commands.add_site, f"{website.url}/help/")
    assert read_pages(library, website, made) == {"/help/", "/help/a", "/help/b"}
    assert website.asked.count("/help/a") == 1


@pytest.mark.promise("KN1")
def test_robots_txt_is_honoured(library: Library, website: Website) -> None:
    website.page("/", "Home", "Welcome.", ("/open", "/closed/a"))
    website.page("/open", "Open", "Everyone may read this.")
    website.page("/closed/a", "Closed", "Robots may not read this.")
    website.pages["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /closed/\n")
    made = library.add(commands.add_site, website.url)
    assert read_pages(library, website, made) == {"/", "/open"}
    assert "/closed/a" not in website.asked
    assert pages(library, made)[f"{website.url}/closed/a"].cause == "robots.txt does not allow it."


def test_a_site_that_robots_txt_closes_says_so(library: Library, website: Website) -> None:
    website.page("/", "Home", "Welcome.")
    website.pages["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /\n")
    found = library.which(library.add(commands.add_site, website.url))
    assert found.state == "failed"
    assert "robots.txt" in found.cause


@pytest.mark.promise("KN1")
def test_no_more_pages_are_read_than_asked_for(library: Library, website: Website) -> None:
    def endless(path: str, headers: dict[str, str]) -> Answer:
        number = int(path.rpartition("/")[2] or 0)
        links = "".join(f"<a href='/{number * 3 + step}'>more</a>" for step in (1, 2, 3))
        return 200, {"content-type": "text/html"}, f"<title>{number}</title><main>{links}<p>Page number {number}.</main>".encode()

    for number in range(200):
        website.pages[f"/{number}"] = endless
    website.pages["/"] = endless
    made = library.add(commands.add_site, website.url, max_pages=7)
    assert library.which(made).pages == 7


def test_a_calendar_of_query_strings_ends(library: Library, website: Website) -> None:
    def calendar(path: str, headers: dict[str, str]) -> Answer:
        day = int(path.rpartition("=")[2] or 0) if "=" in path else 0
        body = f"<title>Day</title><main><a href='/calendar?day={day + 1}&utm_source=x'>next</a><p>Events of day {day}.</main>"
        return 200, {"content-type": "text/html"}, body.encode()

    website.pages["/calendar"] = website.pages["/calendar?"] = calendar
    made = library.add(commands.add_site, f"{website.url}/calendar")
    assert library.which(made).state == "ready"
    assert library.which(made).pages <= 27


def test_the_same_text_under_two_addresses_is_kept_once(library: Library, website: Website) -> None:
    website.page("/", "Home", "Welcome.", ("/print/a", "/a"))
    website.page("/a", "Repairs", "We repair every bike.")
    website.page("/print/a", "Repairs", "We repair every bike.")
    made = library.add(commands.add_site, website.url)
    assert len(read_pages(library, website, made)) == 2
    assert [row.state for row in pages(library, made).values()].count("skipped") == 1


def test_a_redirect_out_of_the_site_is_not_taken_in(library: Library, website: Website) -> None:
    website.page("/help/", "Help", "Welcome.", ("/help/away", "/help/loop"))
    website.page("/other", "Other", "Elsewhere.")
    website.pages["/help/away"] = (302, {"location": "/other"}, b"")
    website.pages["/help/loop"] = (302, {"location": "/help/loop"}, b"")
    made = library.add(commands.add_site, f"{website.url}/help/")
    assert read_pages(library, website, made) == {"/help/"}
    found = pages(library, made)
    assert (found[f"{website.url}/help/away"].state, found[f"{website.url}/help/loop"].state) == ("skipped", "failed")


@pytest.mark.promise("KN3")
def test_an_unchanged_page_is_not_read_again_and_a_vanished_one_goes(library: Library, website: Website) -> None:
    def unchanged(path: str, headers: dict[str, str]) -> Answer:
        if headers.get("if-none-match") == '"1"':
            return 304, {}, b""
        return 200, {"content-type": "text/html", "etag": '"1"'}, b"<main><h1>A</h1><p>We repair every bike.</main>"

    website.page("/", "Home", "Welcome to the shop.", ("/a", "/b", "/c"))
    website.pages["/a"] = unchanged
    website.page("/b", "Prices", "A service costs 49 euros.")
    website.page("/c", "Sale", "Helmets are on sale this week.")
    made = library.add(commands.add_site, website.url)
    before = {key: row.id for key, row in pages(library, made).items()}
    website.page("/", "Home", "Welcome to our shop.", ("/a", "/c"))
    website.pages["/c"] = (503, {}, b"")
    library.database.run(commands.sync, made, by=library.by)
    library.read()
    assert read_pages(library, website, made) == {"/", "/a", "/c"}
    assert pages(library, made)[f"{website.url}/a"].id == before[f"{website.url}/a"]
    assert [hit.text for hit in library.ask("What does a service cost?").hits if "49" in hit.text] == []
    best = library.ask("Are helmets on sale?").best
    assert best is not None
    assert "Helmets" in best.text


def test_a_crawl_goes_on_where_its_last_slice_ended(library: Library, website: Website) -> None:
    website.page("/", "Home", "Welcome.", tuple(f"/{number}" for number in range(6)))
    for number in range(6):
        website.page(f"/{number}", f"Page {number}", f"This is the text of page {number}.")
    library.reading.slice = 0.0
    made = library.add(commands.add_site, website.url)
    assert len(read_pages(library, website, made)) == 7
    assert all(website.asked.count(f"/{number}") == 1 for number in range(6))


def test_a_site_that_is_not_there_fails_with_the_cause(library: Library, website: Website) -> None:
    found = library.which(library.add(commands.add_site, f"{website.url}/nothing"))
    assert found.state == "failed"
    assert "does not exist" in found.cause


@pytest.mark.parametrize(
    ("first", "url", "holds"),
    [
        ("https://www.veloria.example/", "https://veloria.example/a", True),
        ("https://veloria.example/help", "https://veloria.example/help/a?x=1", True),
        ("https://veloria.example/help/index.html", "https://veloria.example/help/a.html", True),
        ("https://veloria.example/help", "https://veloria.example/helpless", False),
        ("https://veloria.example/", "https://shop.veloria.example/", False),
        ("https://veloria.example/", "https://veloria.example:8443/", False),
        ("https://veloria.example/", "https://veloria.example/film.mp4", False),
        ("https://veloria.example/", "https://veloria.example/a/b/a/b/a/b/a/b", False),
        ("https://veloria.example/", "ftp://veloria.example/", False),
        ("https://veloria.example/", "https://[broken/", False),
    ],
)
def test_what_belongs_to_a_site(first: str, url: str, holds: bool) -> None:
    assert Scope.of(first).holds(url) is holds


def test_addresses_that_mean_the_same_are_spelt_the_same() -> None:
    assert same("HTTPS://Veloria.example:443?b=2&utm_source=x&a=1#part") == "https://veloria.example/?a=1&b=2"


def test_variants_of_one_path_are_limited() -> None:
    frontier = Frontier(Scope.of("https://a.example/"), set(), 1_000)
    assert len(frontier.new(f"https://a.example/list?page={number}" for number in range(100))) == 25


@pytest.mark.parametrize("body", [b"<html></html>", b"<urlset", b"", b"hello", b"\x1f\x8bbroken"])
def test_what_is_no_sitemap_is_told_apart(body: bytes) -> None:
    with pytest.raises(NoSitemap):
        sitemap(body)


def test_a_sitemap_bomb_is_refused() -> None:
    with pytest.raises(NoSitemap):
        sitemap(gzip.compress(b" " * 60_000_000))
    with pytest.raises(NoSitemap):
        sitemap(b'<!DOCTYPE a [<!ENTITY b "x">]><urlset><url><loc>&b;</loc></url></urlset>')
