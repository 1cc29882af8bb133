"""Addresses that cannot be written to: marked with the reason, said before anybody writes, taken back by a message."""

import pytest

from firstline.channels import writing
from firstline.channels.base import Account
from firstline.simulators.meta.posting import whatsapp
from firstline.simulators.meta.world import Fault
from tests.channels.meta import ANA, Meta


def warnings(meta: Meta, talk: str) -> tuple[str, ...]:
    return meta.shop.database.run(lambda tx: writing.desk_of(tx, meta.channels, meta.talk(talk)).warnings)


@pytest.fixture(params=["whatsapp", "messenger", "instagram"])
def account(meta: Meta, request: pytest.FixtureRequest) -> Account:
    return meta.account(request.param)


@pytest.mark.promise("CH8")
def test_a_customer_who_left_is_marked_and_the_composer_says_so_until_they_write_again(meta: Meta, account: Account) -> None:
    talk = meta.hears(account)
    assert warnings(meta, talk) == ()
    meta.world.gone.add(ANA)
    reply = meta.replies(talk)
    meta.delivers(talk)
    assert meta.entry(reply).delivery == "failed"
    assert "could not be delivered" in warnings(meta, talk)[0]
    meta.world.gone.clear()
    meta.hears(account, "I am back", "in2")
    assert warnings(meta, talk) == ()


@pytest.mark.promise("CH8")
def test_a_failure_told_later_marks_the_address_too_even_if_it_names_no_recipient(meta: Meta) -> None:
    account = meta.account("whatsapp")
    talk = meta.hears(account)
    reply = meta.replies(talk)
    sent = meta.delivers(talk)[0]
    now = str(int(meta.world.now()))
    error = {"code": 131026, "title": "Message undeliverable"}
    failed = {"id": sent["id"], "status": "failed", "timestamp": now, "errors": [error]}
    meta.take(account, whatsapp(statuses=[failed]))
    assert meta.entry(reply).delivery == "failed"
    assert "cannot reach this customer" in warnings(meta, talk)[0]
    again = meta.replies(talk, "Once more")
    sent = meta.delivers(talk)[0]
    meta.take(account, whatsapp(statuses=[{"id": sent["id"], "status": "delivered", "timestamp": now, "recipient_id": ANA}]))
    assert meta.entry(again).delivery == "delivered"
    assert warnings(meta, talk) == ()


def test_only_errors_about_the_address_mark_it(meta: Meta) -> None:
    account = meta.account("whatsapp")
    for code, dead in ((131062, False), (131047, False), (131049, False), (131030, True), (131026, True)):
        talk = meta.hears(account, who=f"49{code}", id=f"in{code}")
        meta.world.faults.append(Fault(code))
        meta.replies(talk)
        meta.delivers(talk)
        assert bool(warnings(meta, talk)) is dead, code


def test_an_echo_takes_nothing_back(meta: Meta) -> None:
    account = meta.account("messenger")
    talk = meta.hears(account)
    meta.world.gone.add(ANA)
    meta.replies(talk)
    meta.delivers(talk)
    meta.take(account, meta.event(account, own=True, message={"mid": "e1", "is_echo": True, "text": "Hi"}))
    assert warnings(meta, talk) != ()
