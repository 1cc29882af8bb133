"""What a custom channel shows while an answer is being written: read marks and typing, once, and only where declared."""

import asyncio
import json
from typing import Any

import pytest

from firstline.channels import accounts
from firstline.channels.custom import queries
from firstline.channels.custom.config import Threading
from firstline.channels.tending import Tender
from firstline.kit.signing import check
from tests.channels.custom.receiver import Receiver
from tests.channels.custom.test_publishing import Office, receiver
from tests.world import KEYRING, Shop

__all__ = ["receiver"]
pytestmark = pytest.mark.promise("CC1", "CH8")


def shown(office: Office, talk: str) -> None:
    asyncio.run(Tender(office.database, office.channels, KEYRING).acknowledge(talk))


def told(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _headers, body in receiver.got]


def test_read_marks_and_typing_are_posted_signed_where_they_are_declared(shop: Shop, receiver: Receiver) -> None:
    office = Office(shop, url=receiver.url, typing=True, marks_read=True, threading=Threading.INTEGRATION_THREAD_ID)
    talk = office.publish("Hello", "m1", thread_id="t1").json()["conversation_id"]
    shown(office, talk)
    read, typing = told(receiver)
    assert (read["type"], typing["type"]) == ("message.read", "typing.started")
    data = typing["data"]
    assert (data["message_id"], data["thread_id"], data["recipient"]) == ("m1", "t1", {"id": "mira"})
    assert (data["conversation_id"], data["account_id"]) == (talk, office.account)
    ids = {check([office.secret], headers, body, shop.database.clock.now()) for headers, body in receiver.got}
    assert len(ids) == 2
    office.reply(talk, "Hi")
    shown(office, talk)
    assert len(receiver.got) == 2, "nobody waits for an answer any more"


def test_what_is_not_declared_is_not_shown(shop: Shop, receiver: Receiver) -> None:
    for declared, wanted in (({}, []), ({"typing": True}, ["typing.started"])):
        office = Office(shop, url=receiver.url, **declared)
        shown(office, office.talk())
        assert [one["type"] for one in told(receiver)] == wanted
    silent = Office(shop, typing=True)
    shown(silent, silent.talk())
    assert len(receiver.got) == 1


def test_a_receiver_that_refuses_them_is_left_in_peace_and_the_log_says_so(shop: Shop) -> None:
    refusing = Receiver(404)
    office = Office(shop, url=refusing.url, typing=True, marks_read=True)
    shown(office, office.talk())
    assert len(refusing.got) == 1, "the second would fare no better"
    assert shop.database.run(accounts.which, office.account).attention is None
    (attempt,) = shop.database.run(queries.attempts, office.channel)
    assert (attempt.type, attempt.status, attempt.message_id) == ("message.read", 404, None)
    refusing.close()


def test_conversations_of_a_custom_channel_count_as_messaging(shop: Shop) -> None:
    """Capacities, clocks and read marks go by the family of the account."""
    office = Office(shop)
    assert shop.database.run(accounts.family_of, office.account) == office.custom.capabilities.family == "messaging"


def test_a_delivery_that_says_that_a_colleague_writes_holds_the_agent_back_with_that_customer(shop: Shop) -> None:
    office = Office(shop)
    echo = {"direction": "outgoing", "idempotency_id": "o1", "text": "Me", "sender": {"id": "jo"}, "recipient": {"id": "mírä"}}
    word = {"customer": {"id": "ana"}}
    events = [
        {"type": "message.published", "data": echo},
        {"type": "message.published", "data": {**echo, "sender": {"id": "bot", "kind": "ai"}, "recipient": {"id": "bo"}}},
        {"type": "control.taken", "data": word},
        {"type": "control.returned", "data": {"customer": {"id": "cy"}}},
    ]
    account = shop.database.run(accounts.which, office.account)

    def held(body: bytes) -> tuple[str, ...]:
        return shop.database.run(lambda tx: office.custom.takes_the_word_with(tx, account, office.raw(body)))

    assert held(json.dumps(events).encode()) == ("mírä", "ana")
    assert held(json.dumps(events[:2]).encode()) == ("mírä",)
    assert held(json.dumps(events[3:]).encode()) == ()
    for broken in (b"", b'{"outgoing"', b'"outgoing"' * 3, b"[" * 60_000 + b"outgoing", b"\xffoutgoing"):
        assert held(broken) == ()
