"""How much a request may bring."""

import asyncio
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Message

from firstline.bodies import FORM, OTHER, Bounded

MEGABYTE = b"x" * 1_000_000


async def _app(scope: Any, receive: Any, send: Any) -> None:
    """Reads it all, as a framework does before it asks who sent it."""
    await PlainTextResponse(str(len(await Request(scope, receive).body())))(scope, receive, send)


def sends(megabytes: int, *, kind: str = "application/json", declared: int | None = None, then: str = "") -> tuple[int, int]:
    """The status of the answer, and how many megabytes were read before it."""
    read, answers = 0, []

    async def receive() -> Message:
        nonlocal read
        if read == megabytes and then:
            return {"type": then}
        read += 1
        return {"type": "http.request", "body": MEGABYTE, "more_body": read < megabytes or bool(then)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answers.append(message["status"])

    length = [(b"content-length", str(declared).encode())] if declared is not None else []
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-type", kind.encode()), *length]}
    asyncio.run(Bounded(_app, upload=50_000_000)(scope, receive, send))
    (status,) = answers
    return status, read


@pytest.mark.parametrize(
    ("kind", "most"),
    [("application/json", OTHER), ("", OTHER), ("Application/X-WWW-Form-urlencoded; charset=utf-8", FORM)],
)
def test_a_request_is_refused_as_soon_as_it_is_known_to_be_too_large(kind: str, most: int) -> None:
    megabytes = most // 1_000_000
    assert sends(megabytes, kind=kind) == (200, megabytes)
    assert sends(megabytes * 4, kind=kind) == (413, megabytes + 1)
    assert sends(megabytes, kind=kind, declared=most + 1) == (413, 0)
    assert sends(megabytes * 4, kind=kind, declared=5) == (413, megabytes + 1), "what it says of itself may be a lie"


@pytest.mark.parametrize("length", ["", "-1", "²", "9" * 5_000, "1e9", "0x10"])
def test_a_length_that_is_no_number_says_nothing_or_too_much(length: str) -> None:
    assert sends(1, declared=length)[0] in (200, 413)  # type: ignore[arg-type]


def test_somebody_who_goes_away_is_not_refused() -> None:
    with pytest.raises(ClientDisconnect):
        sends(2, then="http.disconnect")


def test_files_of_a_form_may_be_larger() -> None:
    assert sends(100, kind="multipart/form-data; boundary=x") == (200, 100)
