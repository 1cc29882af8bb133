"""When something goes wrong on the way to a screen: a page for people, a problem document for programs, and the way back."""

import pytest
from starlette.testclient import TestClient

from firstline.people.keys import create_api_key
from tests.people.rest import client_over
from tests.world import Shop

PAGE = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def client(shop: Shop) -> TestClient:
    made = client_over(shop)
    return TestClient(made.app, base_url="http://firstline.example", headers=dict(made.headers), raise_server_exceptions=False)


@pytest.mark.promise("OP5")
@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/customer-agent/nothing", 404, "There is no page at this address"),
        ("/settings/usage/switch-on", 405, "what a form sends"),
    ],
)
def test_an_address_that_is_none_is_a_page_in_a_browser(client: TestClient, address: str, status: int, says: str) -> None:
    answer = client.get(address, headers={**PAGE, "Referer": "http://firstline.example/inbox/all"})
    assert answer.status_code == status
    assert says in answer.text
    assert 'href="/inbox/all"' in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/json"}, {**PAGE, "HX-Request": "true"}])
def test_a_program_or_a_script_gets_a_problem_document(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.get("/customer-agent/nothing", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    api = client.get("/api/v1/nothing", headers=PAGE)
    assert (api.status_code, api.headers["content-type"]) == (404, "application/problem+json")


def test_an_error_of_ours_says_so_without_a_word_of_the_exception(client: TestClient) -> None:
    def broken() -> None:
        raise KeyError("Mira Vogt")

    client.app.add_api_route("/broken", broken)  # type: ignore[attr-defined]
    page = client.get("/broken", headers=PAGE)
    assert page.status_code == 500
    assert "an error in Firstline" in page.text
    assert "Mira" not in page.text
    assert client.get("/broken").headers["content-type"] == "application/problem+json"


@pytest.mark.promise("PM5")
@pytest.mark.parametrize("header", ["HX-Request", "X-Panel", "X-Nothing"])
def test_whose_session_ended_while_writing_comes_back_to_the_page_they_wrote_on(client: TestClient, header: str) -> None:
    here = {"Referer": "http://firstline.example/inbox/all/cnv_1", header: "true"}
    answer = client.post("/conversations/cnv_1/reply", data={"text": "Hi"}, headers=here, follow_redirects=False)
    way = answer.headers.get("hx-redirect") or answer.headers["location"]
    assert way == "/sign-in?next=/inbox/all/cnv_1"
    elsewhere = {"Referer": "https://evil.example/inbox", header: "true"}
    answer = client.post("/conversations/cnv_1/reply", data={"text": "Hi"}, headers=elsewhere, follow_redirects=False)
    assert (answer.headers.get("hx-redirect") or answer.headers["location"]) == "/sign-in"


def signed_in(shop: Shop, client: TestClient) -> None:
    """A program of the owner's asks."""
    client.headers["authorization"] = f"Bearer {shop.database.run(create_api_key, 'test', by=shop.ines)[1]}"


@pytest.mark.parametrize("path", ["/api/v1/conversations/%00", "/api/v1/contacts/a%00b", "/api/v1/agents/%00/actions"])
def test_what_cannot_be_stored_is_refused_in_words_and_is_no_error_of_ours(shop: Shop, client: TestClient, path: str) -> None:
    signed_in(shop, client)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert "cannot be stored" in answer.json()["detail"]


def test_a_contact_with_half_a_character_is_refused_or_cleaned(shop: Shop, client: TestClient) -> None:
    signed_in(shop, client)
    for name in (b'"\\u0000"', b'"a\\ud800"'):
        content = b'{"name": ' + name + b', "email": "mira@example.org"}'
        answer = client.post("/api/v1/contacts", content=content, headers={"content-type": "application/json"})
        assert answer.status_code in (201, 422), answer.text
