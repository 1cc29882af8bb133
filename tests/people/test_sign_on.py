"""Single sign-on against a real provider in a process of its own, which also lies."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from firstline.kit.errors import Conflict, Forbidden, Invalid
from firstline.people import commands, invitations, queries, sign_on, signin
from firstline.people.signin import Standing
from firstline.people.tables import session
from tests.conftest import NOW
from tests.people.provider import CLIENT, SECRET, running
from tests.people.rest import client_over
from tests.world import KEYRING, Shop

LIES: list[dict[str, Any]] = [
    {"fault": "strange key"},
    {"fault": "no signature"},
    {"fault": "shared secret"},
    {"fault": "other userinfo"},
    {"fault": "denied"},
    {"claims": {"iss": "https://other.example"}},
    {"claims": {"aud": "another-app"}},
    {"claims": {"aud": ["firstline", "another-app"], "azp": "another-app"}},
    {"claims": {"nonce": "another"}},
    {"claims": {"exp": int(NOW.timestamp()) - 120}},
    {"claims": {"exp": "soon"}},
    {"claims": {"sub": None}},
]
"""What a provider, or somebody in between, may try."""


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Address of the running provider."""
    with running() as address:
        yield address


class Login:
    """A browser that signs in with the provider."""

    def __init__(self, shop: Shop, issuer: str) -> None:
        self.shop, self.issuer = shop, issuer
        self.client: TestClient = client_over(shop, allow_private_addresses=True)
        self.behave()

    def behave(self, **how: Any) -> None:
        httpx.post(f"{self.issuer}/behave", json={"now": NOW.timestamp(), **how}).raise_for_status()

    def configure(self, **more: Any) -> None:
        values = {"label": "Veloria login", "issuer": self.issuer, "client_id": CLIENT, "client_secret": SECRET, **more}
        self.shop.database.run(sign_on.configure, KEYRING, by=self.shop.ines, **values)

    def there(self, path: str = "/sign-in/sso") -> str:
        """The address that the provider sends the browser back to."""
        answer = self.client.get(path, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return httpx.get(answer.headers["location"]).headers["location"].removeprefix("http://firstline.example")

    def back(self, path: str) -> Any:
        return self.client.get(path, follow_redirects=False)

    def enter(self, path: str = "/sign-in/sso") -> Any:
        return self.back(self.there(path))

    def who(self) -> str | None:
        token = self.client.cookies.get(signin.COOKIE)
        actor = self.shop.database.run(signin.who, token) if token else None
        return actor.name if actor else None


@pytest.fixture
def login(shop: Shop, issuer: str) -> Login:
    """A browser at Veloria's sign-in page; single sign-on is not set yet."""
    return Login(shop, issuer)


@pytest.mark.promise("PM5")
def test_whoever_is_invited_comes_in_with_the_provider_and_needs_no_password(shop: Shop, login: Login) -> None:
    login.configure()
    assert "Sign in with Veloria login" in login.client.get("/sign-in").text
    shop.database.run(invitations.invite, KEYRING, "https://x.example", email="Lea@veloria.example", role="manager", by=shop.ines)
    answer = login.enter("/sign-in/sso?next=/settings/people")
    assert answer.headers["location"] == "/settings/people"
    assert login.who() == "Lea Klein"
    lea = next(mate for mate in shop.database.run(queries.teammates) if mate.name == "Lea Klein")
    assert lea.role == "manager"
    assert shop.database.run(invitations.open_invitations) == []
    login.behave(email="lea@elsewhere.example")
    login.client.cookies.clear()
    login.enter()
    assert login.who() == "Lea Klein"


@pytest.mark.promise("PM5")
def test_a_teammate_is_known_by_a_verified_address_of_an_allowed_domain_only(shop: Shop, login: Login) -> None:
    login.configure()
    login.behave(email="samira@veloria.example")
    assert login.enter().status_code == 403
    login.configure(domains=["@Veloria.example"])
    login.behave(email="samira@veloria.example", email_verified=False)
    refused = login.enter()
    assert refused.status_code == 403
    assert "has not verified samira@veloria.example" in refused.text
    login.behave(email="samira@veloria.example")
    login.enter()
    assert login.who() == "Samira Bakri"
    shop.database.run(commands.disable_teammate, shop.samira.id, by=shop.ines)
    login.client.cookies.clear()
    assert "deactivated" in login.enter().text


@pytest.mark.promise("PM5")
def test_a_stranger_stays_outside_unless_their_domain_may_join(shop: Shop, login: Login) -> None:
    login.configure(domains=["veloria.example"])
    assert "Nobody has invited lea@veloria.example" in login.enter().text
    assert login.who() is None
    login.configure(domains=["veloria.example"], default_role="teammate")
    login.enter()
    lea = next(mate for mate in shop.database.run(queries.teammates) if mate.email == "lea@veloria.example")
    assert (lea.role, lea.seat) == ("teammate", False)
    login.behave(sub="u-2", email="lea@evil.example")
    login.client.cookies.clear()
    assert login.enter().status_code == 403


@pytest.mark.promise("PM5")
def test_a_token_that_is_not_right_lets_nobody_in(login: Login) -> None:
    login.configure(domains=["veloria.example"], default_role="teammate")
    for how in LIES:
        login.behave(**how)
        answer = login.enter()
        assert answer.status_code == 401, how
        assert login.who() is None, how


@pytest.mark.promise("PM5")
def test_the_answer_belongs_to_the_browser_that_asked_and_counts_once(login: Login) -> None:
    login.configure(domains=["veloria.example"], default_role="teammate")
    stolen = login.there()
    login.client.cookies.clear()
    assert "begun in another browser" in login.back(stolen).text
    login.there()
    assert "not begun in this browser" in login.back(stolen).text
    good = login.there()
    login.back(good)
    assert login.who() == "Lea Klein"
    login.client.cookies.clear()
    assert login.back(good).status_code == 401
    for hostile in ("/sign-in/sso/callback", "/sign-in/sso/callback?state=&code=", "/sign-in/sso/callback?state=é&code=%00"):
        login.client.cookies.set("firstline_sign_on", "x" * 3000)
        assert login.back(hostile).status_code == 401
        login.client.cookies.clear()


def test_a_provider_that_speaks_for_another_or_is_away_is_told(login: Login) -> None:
    login.configure()
    login.behave(fault="other issuer")
    answer = login.client.get("/sign-in/sso")
    assert answer.status_code == 502
    assert "calls itself “https://other.example”" in answer.text
    login.configure(issuer="http://127.0.0.1:9")
    assert "cannot be reached" in login.client.get("/sign-in/sso").text


def test_an_address_inside_the_network_is_not_asked_unless_it_is_allowed(shop: Shop, login: Login) -> None:
    login.configure()
    closed = client_over(shop)
    assert closed.get("/sign-in/sso").status_code == 502


@pytest.mark.promise("PM5")
def test_single_sign_on_stands_for_the_second_factor(shop: Shop, login: Login) -> None:
    login.configure(domains=["veloria.example"], default_role="teammate")
    login.behave(fault="no email")
    login.enter()
    token = login.client.cookies[signin.COOKIE]
    assert shop.database.run(signin.look, token).standing is Standing.IN
    assert shop.database.run(lambda tx: tx.scalar(select(session.c.method).order_by(session.c.id.desc()))) == "sso"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"issuer": "http://login.example.com"}, "issuer"),
        ({"issuer": "login"}, "issuer"),
        ({"client_id": " "}, "client_id"),
        ({"label": ""}, "label"),
        ({"domains": ["no domain"]}, "domains"),
        ({"default_role": "teammate"}, "domains"),
        ({"default_role": "super_admin", "domains": ["veloria.example"]}, "default_role"),
    ],
)
def test_settings_that_cannot_be_right_name_their_field(login: Login, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        login.configure(**change)
    assert refused.value.field == field


def test_only_whoever_manages_security_sets_it_and_the_secret_is_kept_encrypted(shop: Shop, login: Login) -> None:
    login.configure()
    login.configure(client_secret="", label="Renamed")
    found = shop.database.run(sign_on.provider, KEYRING)
    assert found is not None
    assert (found.label, found.client_secret) == ("Renamed", SECRET)
    with pytest.raises(Forbidden, match="Roles and security"):
        shop.database.run(sign_on.remove, KEYRING, by=shop.samira)
    shop.database.run(sign_on.remove, KEYRING, by=shop.ines)
    with pytest.raises(Conflict):
        shop.database.run(sign_on.remove, KEYRING, by=shop.ines)
