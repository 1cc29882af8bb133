"""Access tokens of Google and Microsoft, from a token server on this machine."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from firstline.channels.base import Broken
from firstline.channels.email.tokens import Tokens
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Retry
from tests.channels.email.issuing import Provider
from tests.channels.email.letters import AT


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.close()


def tokens(clock: FixedClock) -> Tokens:
    return Tokens(clock, allow_private=True)


@pytest.mark.promise("CH2")
def test_a_token_is_kept_until_shortly_before_it_ends(provider: Provider) -> None:
    clock = FixedClock(AT)
    kept = tokens(clock)
    assert [asyncio.run(kept.token(provider.account())) for _ in range(2)] == ["at-1", "at-1"]
    assert provider.asked == [{"client_id": "ci", "client_secret": "cs", "grant_type": "refresh_token", "refresh_token": "rt"}]
    clock.advance(timedelta(minutes=56))
    provider.answer = (200, {"access_token": "at-2", "expires_in": "3600"})
    assert asyncio.run(kept.token(provider.account())) == "at-2"


def test_new_secrets_need_a_new_token_and_so_does_a_refused_one(provider: Provider) -> None:
    kept = tokens(FixedClock(AT))
    asyncio.run(kept.token(provider.account()))
    asyncio.run(kept.token(provider.account(refresh_token="rt-2")))
    kept.forget(provider.account())
    asyncio.run(kept.token(provider.account(refresh_token="rt-2")))
    assert len(provider.asked) == 3


def test_microsoft_signs_in_as_the_app_without_a_refresh_token(provider: Provider) -> None:
    asyncio.run(tokens(FixedClock(AT)).token(provider.account("microsoft", refresh_token="")))
    assert provider.asked[0]["grant_type"] == "client_credentials"
    assert provider.asked[0]["scope"] == "https://outlook.office365.com/.default"


@pytest.mark.promise("CH7")
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}), Broken),
        ((401, b"no json"), Broken),
        ((200, []), Broken),
        ((503, b""), Retry),
        ((429, {}), Retry),
    ],
)
def test_a_refusal_names_the_cure_and_a_fault_is_tried_again(
    provider: Provider, answer: tuple[int, Any], error: type[Exception]
) -> None:
    provider.answer = answer
    with pytest.raises(error) as raised:
        asyncio.run(tokens(FixedClock(AT)).token(provider.account()))
    if isinstance(raised.value, Broken):
        assert "Consent" in raised.value.cure or "consent" in raised.value.cure


def test_a_missing_refresh_token_is_said(provider: Provider) -> None:
    with pytest.raises(Broken, match="refresh token is missing"):
        asyncio.run(tokens(FixedClock(AT)).token(provider.account(refresh_token="")))
