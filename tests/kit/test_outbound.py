"""HTTP to addresses that others named: public ones only, within limits."""

import asyncio
import ipaddress
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from firstline.kit.errors import Rejected, Retry
from firstline.kit.outbound import Answer, NotPublic, Outbound, Plain, is_public

PUBLIC = "93.184.215.14"


def ask(
    url: str,
    handler: Callable[[httpx.Request], httpx.Response],
    *,
    names: dict[str, list[str]] | None = None,
    allow_private: bool = False,
    allow_plain: bool = True,
    **more: Any,
) -> Answer:
    async def resolve(host: str, port: int) -> list[str]:
        found = (names or {}).get(host)
        if found is None:
            raise OSError(host)
        return found

    async def run() -> Answer:
        transport = httpx.MockTransport(handler)
        guarded = Outbound(allow_private=allow_private, allow_plain=allow_plain, inner=transport, resolve=resolve)
        async with guarded as outbound:
            return await outbound.request("GET", url, **more)

    return asyncio.run(run())


def hello(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers={"content-type": "text/html; charset=ISO-8859-1"}, content=b"hello")


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    seen: list[tuple[str, str, str]] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.host, request.headers["host"], str(request.extensions["sni_hostname"])))
        return hello(request)

    answer = ask("https://shop.example/a", look, names={"shop.example": [PUBLIC]})
    assert seen == [(PUBLIC, "shop.example", "shop.example")]
    assert (answer.url, answer.status, answer.content_type, answer.charset) == (
        "https://shop.example/a",
        200,
        "text/html",
        "ISO-8859-1",
    )


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "fe80::1", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(NotPublic, match="no public address"):
        ask("http://shop.example/", hello, names={"shop.example": [address]})


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(NotPublic):
        ask("http://shop.example/", hello, names={"shop.example": [PUBLIC, "10.0.0.1"]})


def test_a_redirect_to_a_private_address_is_refused() -> None:
    def redirect(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": "http://metadata.example/"})

    with pytest.raises(NotPublic):
        ask("http://shop.example/", redirect, names={"shop.example": [PUBLIC], "metadata.example": ["169.254.169.254"]})


def test_a_redirect_to_a_file_is_refused() -> None:
    def redirect(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": "file:///etc/passwd"})

    with pytest.raises(Rejected):
        ask("http://shop.example/", redirect, names={"shop.example": [PUBLIC]})


def test_private_addresses_can_be_allowed() -> None:
    assert ask("http://local.example/", hello, names={"local.example": ["127.0.0.1"]}, allow_private=True).body == b"hello"


def test_a_circle_of_redirects_ends() -> None:
    def circle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": "/again"})

    with pytest.raises(Rejected, match="redirects more than 5 times"):
        ask("http://shop.example/", circle, names={"shop.example": [PUBLIC]})


def test_a_body_that_is_too_large_is_refused() -> None:
    with pytest.raises(Rejected, match="larger than 1 MB"):
        ask(
            "http://shop.example/",
            lambda _: httpx.Response(200, content=b"x" * 2_000_000),
            names={"shop.example": [PUBLIC]},
            most=1_000_000,
        )


def test_an_unknown_name_and_a_silent_host_may_be_tried_again() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("silence", request=request)

    with pytest.raises(Retry, match="not known"):
        ask("http://nowhere.example/", hello)
    with pytest.raises(Retry, match="did not answer in time"):
        ask("http://shop.example/", silent, names={"shop.example": [PUBLIC]})


def test_a_connection_that_breaks_as_it_is_made_may_be_tried_again() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise AttributeError("'NoneType' object has no attribute 'setsockopt'")

    with pytest.raises(Retry, match="cannot be reached"):
        ask("https://shop.example/", handler, names={"shop.example": [PUBLIC]})


@pytest.mark.parametrize("url", ["http://", "gopher://shop.example/", "http://[broken/", "http://sh op.example/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises((Rejected, Retry)):
        ask(url, hello, names={"shop.example": [PUBLIC]})


@pytest.mark.parametrize(
    "url", ["http://shop.example/a", "https://shop.example:8443/a", "http://shop.example:443/a", "https://moved.example/"]
)
def test_where_only_https_is_meant_no_public_address_is_spoken_to_otherwise(url: str) -> None:
    def moved(request: httpx.Request) -> httpx.Response:
        assert request.headers["host"] == "moved.example", "nothing else may be asked"
        return httpx.Response(302, headers={"location": "http://shop.example/a"})

    names = {"shop.example": [PUBLIC], "moved.example": [PUBLIC]}
    with pytest.raises(Plain, match="not https on its usual port"):
        ask(url, moved, names=names, allow_plain=False)
    assert ask("https://shop.example/a", hello, names=names, allow_plain=False).body == b"hello"
    assert ask("https://shop.example:443/a", hello, names=names, allow_plain=False).body == b"hello"
    inside = {"desk.local": ["10.1.2.3"]}
    assert ask("http://desk.local:8080/", hello, names=inside, allow_private=True, allow_plain=False).body == b"hello"
