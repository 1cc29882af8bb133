"""The webhook route: what providers are answered."""

from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text
from starlette.testclient import TestClient

from firstline import problems
from firstline.channels.base import Account
from firstline.channels.intake import hooks
from firstline.channels.intake.hooks import Door
from firstline.channels.intake.receiving import Receiving
from firstline.channels.tables import dead_letter, raw_delivery
from firstline.conversations.tables import entry
from firstline.kit.errors import Refused
from tests.channels.courier import SECRET, Courier, connect, delivery, says, sign
from tests.world import KEYRING, Shop


@pytest.fixture
def courier(shop: Shop) -> Account:
    return connect(shop)


@pytest.fixture
def web(shop: Shop) -> TestClient:
    app = FastAPI(exception_handlers={Refused: problems.refused, Exception: problems.bug})
    app.state.database = shop.database
    app.state.door = Door(shop.database, Receiving({"courier": Courier()}, KEYRING))
    app.state.settings = SimpleNamespace(base_url="https://desk.example")
    app.include_router(hooks.router)
    return TestClient(app, raise_server_exceptions=False)


def post(web: TestClient, account: Account, *items: dict[str, Any], **headers: str) -> int:
    request = delivery(*items)
    sent = {"x-signature": request.headers["x-signature"], **headers}
    return web.post(f"/hooks/courier/{account.id}", content=request.body, headers=sent).status_code


def count(shop: Shop, table: Any) -> int:
    return int(shop.database.run(lambda tx: tx.scalar(select(func.count()).select_from(table))) or 0)


def test_a_signed_delivery_is_taken_in(shop: Shop, courier: Account, web: TestClient) -> None:
    assert post(web, courier, says("Hello", "m1")) == 200
    assert count(shop, entry) == 1


def test_a_forged_delivery_is_refused_and_nothing_of_it_is_kept(shop: Shop, courier: Account, web: TestClient) -> None:
    assert post(web, courier, says("Hello", "m1"), **{"x-signature": sign(b"something else")}) == 401
    assert post(web, courier, says("Hello", "m1"), **{"x-signature": ""}) == 401
    assert count(shop, raw_delivery) == 0


def test_the_signature_is_checked_on_the_bytes_as_they_came(courier: Account, web: TestClient) -> None:
    body = b'{"items": [ ]}'
    assert web.post(f"/hooks/courier/{courier.id}", content=body, headers={"x-signature": sign(body)}).status_code == 200
    assert (
        web.post(f"/hooks/courier/{courier.id}", content=body, headers={"x-signature": sign(b'{"items":[]}')}).status_code == 401
    )


def test_a_handshake_is_answered_as_the_channel_says(courier: Account, web: TestClient) -> None:
    at = f"/hooks/courier/{courier.id}"
    right = web.get(at, params={"token": SECRET, "challenge": "1158201444"})
    assert (right.status_code, right.text) == (200, "1158201444")
    assert web.get(at, params={"token": "wrong", "challenge": "1"}).status_code == 403


def test_a_delivery_that_cannot_be_read_is_answered_200_and_kept(shop: Shop, courier: Account, web: TestClient) -> None:
    body = b"{broken"
    assert web.post(f"/hooks/courier/{courier.id}", content=body, headers={"x-signature": sign(body)}).status_code == 200
    assert (count(shop, dead_letter), count(shop, raw_delivery)) == (1, 1)


def test_when_nothing_can_be_stored_the_provider_keeps_it(shop: Shop, courier: Account, web: TestClient) -> None:
    shop.database.run(lambda tx: tx.execute(text("alter table raw_delivery rename to gone")))
    assert post(web, courier, says("Hello", "m1")) == 500
    shop.database.run(lambda tx: tx.execute(text("alter table gone rename to raw_delivery")))
    assert post(web, courier, says("Hello", "m1")) == 200


@pytest.mark.parametrize("path", ["courier/cha_nobody", "pigeon/cha_nobody", "live_chat/{chat}", "courier/{chat}"])
def test_deliveries_for_nobody_are_not_found(shop: Shop, web: TestClient, path: str) -> None:
    body = b'{"items": []}'
    at = "/hooks/" + path.format(chat=shop.chat.channel_account_id)
    assert web.post(at, content=body, headers={"x-signature": sign(body)}).status_code == 404


def test_a_delivery_over_the_channels_limit_is_refused(courier: Account, web: TestClient) -> None:
    body = b" " * 4_000_001
    assert web.post(f"/hooks/courier/{courier.id}", content=body, headers={"x-signature": sign(body)}).status_code == 413
