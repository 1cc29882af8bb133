"""Setting up, signing in, and who may send forms."""

import pytest
from fastapi.testclient import TestClient

from firstline.console.screens.door import own_path
from firstline.kit.database import Database
from firstline.people import signin
from tests.console.office import Office, app_over
from tests.world import PASSWORD, Shop


@pytest.fixture
def blank(database: Database) -> TestClient:
    """An installation that nobody has set up."""
    nobody = Shop.__new__(Shop)
    object.__setattr__(nobody, "database", database)
    return TestClient(app_over(nobody), base_url="http://firstline.example", headers={"Sec-Fetch-Site": "same-origin"})


def test_a_new_installation_is_set_up_by_its_first_visitor(blank: TestClient) -> None:
    assert blank.get("/inbox", follow_redirects=False).headers["location"] == "/set-up"
    assert blank.get("/sign-in", follow_redirects=False).headers["location"] == "/set-up"
    form = {"company": "Veloria", "name": "Ines Moreau", "email": "ines@veloria.example", "password": PASSWORD, "timezone": "UTC"}
    page = blank.post("/set-up", data=form)
    assert page.status_code == 200
    assert "Give the agent a name" in page.text
    assert blank.get("/set-up", follow_redirects=False).headers["location"] == "/sign-in"


def test_a_set_up_that_cannot_be_right_says_what_and_keeps_the_rest(blank: TestClient) -> None:
    form = {"company": "Veloria", "name": "Ines", "email": "ines@veloria", "password": "short", "timezone": "UTC"}
    page = blank.post("/set-up", data=form)
    assert page.status_code == 422
    assert 'value="Veloria"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert "short" not in page.text


def test_set_up_happens_once(office: Office) -> None:
    again = {"company": "Other", "name": "X", "email": "x@other.example", "password": PASSWORD, "timezone": "UTC"}
    assert office.client(None).post("/set-up", data=again).status_code == 409


def test_whoever_is_not_signed_in_comes_back_to_the_page_after_signing_in(office: Office) -> None:
    client = office.client(None)
    there = client.get("/settings/people", follow_redirects=False).headers["location"]
    assert there == "/sign-in?next=/settings/people"
    form = {"email": "samira@veloria.example", "password": PASSWORD, "next": "/settings/people"}
    page = client.post("/sign-in", data=form)
    assert page.url.path == "/settings/people"
    assert "Users and teams" in page.text


def test_a_wrong_password_does_not_say_what_was_wrong(office: Office) -> None:
    client = office.client(None)
    for email in ("samira@veloria.example", "nobody@veloria.example"):
        page = client.post("/sign-in", data={"email": email, "password": "wrong horse battery"})
        assert page.status_code == 401
        assert "Email or password is wrong." in page.text
        assert signin.COOKIE not in client.cookies


def test_signing_out_ends_the_session_on_the_server(office: Office) -> None:
    client = office.client(office.shop.samira)
    kept = client.cookies[signin.COOKIE]
    client.post("/sign-out")
    client.cookies.set(signin.COOKIE, kept)
    assert client.get("/inbox/all", follow_redirects=False).headers["location"].startswith("/sign-in")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(office: Office) -> None:
    form = {"email": "samira@veloria.example", "password": PASSWORD}
    cookie = office.client(None).post("/sign-in", data=form, follow_redirects=False).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


@pytest.mark.parametrize(
    "there", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "\t//evil.example"]
)
def test_signing_in_never_leads_to_another_site(there: str) -> None:
    assert own_path(there) == "/"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://firstline.example"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_a_form_of_another_site_changes_nothing(office: Office, headers: dict[str, str], status: int) -> None:
    client = office.client(office.shop.samira)
    del client.headers["sec-fetch-site"]
    answer = client.post("/you/availability", data={"available": "no"}, headers=headers, follow_redirects=False)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "kept", ["garbage", "e30=", "eyJ0ZXh0IjoiaGkiLCJ1bmRvIjoiLy9ldmlsIn0=", "W10=", "W1tb" * 400, "x" * 3000]
)
def test_a_cookie_that_was_tampered_with_is_passed_over(office: Office, kept: str) -> None:
    client = office.client(office.shop.samira)
    client.cookies.set("firstline_toasts", kept)
    client.cookies.set("zone", "../../etc/passwd")
    client.cookies.set("theme", '"><script>')
    page = client.get("/settings/people")
    assert page.status_code == 200
    assert "//evil" not in page.text
    assert "><script>" not in page.text


@pytest.mark.promise("PM5")
def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait(office: Office) -> None:
    stranger = TestClient(app_over(office.shop), headers={"Sec-Fetch-Site": "same-origin"})
    for _ in range(10):
        assert stranger.post("/sign-in", data={"email": "ines@veloria.example", "password": "wrong"}).status_code == 401
    page = stranger.post("/sign-in", data={"email": "ines@veloria.example", "password": PASSWORD})
    assert page.status_code == 429
    assert "Too many wrong passwords" in page.text
