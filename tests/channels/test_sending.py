"""Sending as each channel can: parts, buttons, files, windows, rates, and reports that come whenever they come."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from firstline.channels import accounts
from firstline.channels.base import Account, Broken, Capabilities, Outbound, Rate, Receipt
from firstline.channels.deliver import Outbox
from firstline.channels.intake import Intake
from firstline.conversations import attaching, deliveries, queries, replying
from firstline.conversations.record import locked
from firstline.conversations.rules import Attachment, Delivery, Entry
from firstline.conversations.tables import conversation
from firstline.kit.clock import FixedClock
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Retry, Unknown
from firstline.people.rules import Actor
from firstline.wiring import FOLLOWS
from tests.channels.courier import EPOCH, Courier, connect, delivery, says
from tests.world import KEYRING, Shop

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


@pytest.fixture
def account(shop: Shop) -> Account:
    return connect(shop)


class Desk:
    """The courier with its account, as one object that tests talk to."""

    def __init__(self, shop: Shop, account: Account) -> None:
        self.shop, self.account, self.courier = shop, account, Courier()

    def can(self, **capabilities: Any) -> None:
        self.courier.capabilities = replace(self.courier.capabilities, **capabilities)

    def take(self, *items: Mapping[str, Any]) -> None:
        intake = Intake(self.shop.database, {"courier": self.courier})
        assert asyncio.run(intake.take(self.account, delivery(*items)))

    def hears(self, who: str = "mira", at: int = EPOCH) -> str:
        self.take(says("Hello", f"{who}-{at}", who=who, at=at))
        newest = select(conversation.c.id).where(conversation.c.channel_account_id == self.account.id)
        return str(self.shop.database.run(lambda tx: tx.scalar(newest.order_by(conversation.c.id.desc()))))

    def reply(self, talk: str, text: str, **data: Any) -> str:
        def write(tx: Tx) -> str:
            return replying.reply(tx, talk, text, self.shop.jonas, data=data).id

        return self.shop.database.run(write)

    def deliver(self, talk: str) -> list[Outbound]:
        before = len(self.courier.sent)
        asyncio.run(Outbox(self.shop.database, {"courier": self.courier}, KEYRING, "https://desk.example").deliver(talk))
        return self.courier.sent[before:]

    def entry(self, entry_id: str) -> Entry:
        return self.shop.database.run(queries.one_entry, entry_id)

    def status(self, state: str, at: int = EPOCH, **more: Any) -> None:
        self.take({"type": "status", "state": state, "at": at, **more})


@pytest.fixture
def desk(shop: Shop, account: Account) -> Desk:
    return Desk(shop, account)


@pytest.mark.promise("CH8")
def test_a_long_reply_goes_out_in_parts_and_counts_when_all_are_there(desk: Desk) -> None:
    talk = desk.hears()
    reply = desk.reply(talk, "A sentence of thirty letters. " * 8)
    sent = desk.deliver(talk)
    assert [(one.part, one.parts) for one in sent] == [(0, 3), (1, 3), (2, 3)]
    desk.status("delivered", id=f"p-{reply}")
    assert desk.entry(reply).delivery == "sent"
    for part in (1, 2):
        desk.status("delivered", id=f"p-{reply}.{part}")
    assert desk.entry(reply).delivery == "delivered"


@pytest.mark.promise("CH8")
def test_a_message_that_waits_for_its_next_attempt_can_be_tried_at_once(desk: Desk, shop: Shop) -> None:
    shop.database.followers = FOLLOWS
    talk = desk.hears()
    reply = desk.reply(talk, "Hi")
    answers: list[Any] = [Retry(600.0, "The other side is down."), Receipt(Delivery.SENT, "p1")]

    def answer(message: Outbound) -> Receipt:
        found = answers.pop(0)
        if isinstance(found, Retry):
            raise found
        return found  # type: ignore[no-any-return]

    desk.courier.answer = answer
    desk.deliver(talk)
    assert (desk.entry(reply).delivery, desk.entry(reply).delivery_reason) == ("pending", "The other side is down.")
    desk.deliver(talk)
    assert len(answers) == 1
    shop.database.run(deliveries.try_again, reply, shop.jonas)
    desk.deliver(talk)
    assert desk.entry(reply).delivery == "sent"
    with pytest.raises(Conflict):
        shop.database.run(deliveries.try_again, reply, shop.jonas)


def test_after_a_part_failed_only_what_is_missing_is_sent_again(desk: Desk, shop: Shop) -> None:
    talk = desk.hears()
    reply = desk.reply(talk, "A sentence of thirty letters. " * 8)
    desk.courier.answer = lambda message: (
        _raise(Unknown("gone")) if message.part == 1 else Receipt(Delivery.SENT, message.correlation)
    )
    assert len(desk.deliver(talk)) == 2
    assert desk.entry(reply).delivery == "unknown"
    with pytest.raises(Conflict, match="twice"):
        shop.database.run(deliveries.try_again, reply, shop.jonas)
    shop.database.run(deliveries.try_again, reply, shop.jonas, even_if_sent=True)
    desk.courier.answer = lambda message: Receipt(Delivery.SENT, message.correlation)
    assert [one.part for one in desk.deliver(talk)] == [1, 2]
    assert desk.entry(reply).delivery == "sent"


def _raise(error: Exception) -> Any:
    raise error


@pytest.mark.promise("CH8")
def test_choices_are_buttons_where_there_are_some_and_numbers_elsewhere(desk: Desk) -> None:
    talk = desk.hears()
    desk.reply(talk, "Which?", options=["Returns", "Repairs"])
    (plain,) = desk.deliver(talk)
    assert (plain.text, plain.buttons) == ("Which?\n1. Returns\n2. Repairs", ())
    desk.can(buttons=3)
    desk.reply(talk, "Which?", options=["Returns", "Repairs"])
    (tapped,) = desk.deliver(talk)
    assert tapped.text == "Which?"
    assert [one.title for one in tapped.buttons] == ["Returns", "Repairs"]
    desk.reply(talk, "Which?", options=["Returns", "A title that is much longer than a button"])
    (too_long,) = desk.deliver(talk)
    assert not too_long.buttons
    assert too_long.text.startswith("Which?\n1. Returns\n2. A title")


@pytest.mark.promise("CH8")
def test_a_file_the_channel_cannot_carry_becomes_a_link(desk: Desk, shop: Shop) -> None:
    talk = desk.hears()

    def write(tx: Tx) -> None:
        files = [Attachment("image", "wheel.png", content=PNG), Attachment("audio", "sound.ogg", content=b"OggS" + b"0" * 40)]
        replying.reply(tx, talk, "Look", shop.jonas, attachments=files)

    desk.can(media=frozenset({"image"}), text_limit=1000)
    shop.database.run(write)
    (sent,) = desk.deliver(talk)
    assert [(one.name, one.content) for one in sent.attachments] == [("wheel.png", PNG)]
    assert "sound.ogg: https://desk.example/files/" in sent.text


def test_a_file_alone_is_a_message(desk: Desk, shop: Shop) -> None:
    talk = desk.hears()
    files = [Attachment("image", "wheel.png", content=PNG)]
    shop.database.run(lambda tx: replying.reply(tx, talk, "", shop.jonas, attachments=files))
    (sent,) = desk.deliver(talk)
    assert (sent.text, sent.attachments[0].media_type) == ("", "image/png")


@pytest.mark.promise("CH8")
def test_outside_the_window_nothing_is_sent_and_the_cure_is_named(desk: Desk, clock: FixedClock) -> None:
    desk.can(window=timedelta(hours=24), window_cure="template")
    talk = desk.hears(at=EPOCH - 23 * 3600)
    inside = desk.reply(talk, "In time")
    assert len(desk.deliver(talk)) == 1
    assert desk.entry(inside).delivery == "sent"
    clock.advance(timedelta(hours=2))
    outside = desk.reply(talk, "Too late")
    template = desk.reply(talk, "Hello again", template={"name": "hello", "language": "en"})
    assert [one.entry_id for one in desk.deliver(talk)] == [template]
    assert "approved template" in (desk.entry(outside).delivery_reason or "")


def test_people_may_write_longer_than_machines_where_there_is_a_tag_for_them(desk: Desk, shop: Shop) -> None:
    desk.can(window=timedelta(hours=24), window_cure="tag", human_window=timedelta(days=7))
    talk = desk.hears(at=EPOCH - 30 * 3600)
    shop.gives_to_agent(talk)

    def answer(tx: Tx) -> str:
        return replying.agent_reply(tx, locked(tx, talk), "An answer", Actor.agent("agt_velo"), {}, turn_id="trn_1").id

    by_agent = shop.database.run(answer)
    by_person = desk.reply(talk, "A person's answer")
    assert [one.entry_id for one in desk.deliver(talk)] == [by_person]
    assert desk.entry(by_agent).delivery == "failed"


def test_one_customer_who_has_to_wait_holds_up_nobody_else(desk: Desk, clock: FixedClock) -> None:
    mira, zoe = desk.hears("mira"), desk.hears("zoe")
    desk.reply(mira, "for Mira")
    desk.reply(zoe, "for Zoe")
    desk.courier.answer = lambda one: _raise(Retry(20, "Slow down.")) if one.to == "mira" else Receipt(Delivery.SENT)
    desk.deliver(mira)
    desk.deliver(zoe)
    assert [one.text for one in desk.courier.sent] == ["for Mira", "for Zoe"]
    desk.courier.answer = lambda _: Receipt(Delivery.SENT)
    desk.reply(mira, "later")
    assert desk.deliver(mira) == [], "the provider said when"
    clock.advance(timedelta(seconds=22))
    assert [one.text for one in desk.deliver(mira)] == ["for Mira", "later"]


def test_rates_hold_for_an_account_and_for_each_customer(desk: Desk, clock: FixedClock) -> None:
    desk.can(rate=Rate(1.0, 3), pair_rate=Rate(6.0, 1))
    mira, zoe = desk.hears("mira"), desk.hears("zoe")
    for number in range(3):
        desk.reply(mira, f"m{number}")
        desk.reply(zoe, f"z{number}")
    assert [one.text for one in desk.deliver(mira)] == ["m0"]
    assert [one.text for one in desk.deliver(zoe)] == ["z0"]
    clock.advance(timedelta(seconds=3))
    assert desk.deliver(mira) == []
    clock.advance(timedelta(seconds=3))
    assert [one.text for one in desk.deliver(mira)] == ["m1"]


STORIES = [
    (["read", "delivered"], "read"),
    (["delivered", "read"], "read"),
    (["read", "failed"], "read"),
    (["delivered", "failed"], "delivered"),
    (["failed", "sent"], "failed"),
    (["failed", "delivered"], "delivered"),
    (["sent", "sent", "failed"], "failed"),
]


@pytest.mark.promise("IN2")
@pytest.mark.parametrize(("states", "ends"), STORIES)
def test_reports_in_any_order_end_where_the_message_is(desk: Desk, states: list[str], ends: str) -> None:
    talk = desk.hears()
    reply = desk.reply(talk, "one")
    desk.deliver(talk)
    for number, state in enumerate(states):
        desk.status(state, at=EPOCH + number, id=f"p-{reply}", reason="why" if state == "failed" else None)
    assert desk.entry(reply).delivery == ends


def test_a_failure_that_is_not_final_is_outdone_by_a_success(desk: Desk) -> None:
    talk = desk.hears()
    reply = desk.reply(talk, "one")
    desk.deliver(talk)
    desk.status("failed", id=f"p-{reply}", final=False, reason="Trying again")
    assert desk.entry(reply).delivery == "failed"
    desk.status("sent", id=f"p-{reply}", at=EPOCH + 1)
    desk.status("delivered", id=f"p-{reply}", at=EPOCH + 2)
    assert desk.entry(reply).delivery == "delivered"


def test_a_report_that_comes_before_we_know_the_id_is_held_and_applied(desk: Desk) -> None:
    talk = desk.hears()
    reply = desk.reply(talk, "one")
    desk.status("read", id=f"p-{reply}")
    desk.status("delivered", id="nobody's")
    desk.deliver(talk)
    assert desk.entry(reply).delivery == "read"


def test_an_echo_settles_a_send_that_nobody_knew_about(desk: Desk) -> None:
    talk = desk.hears()
    reply = desk.reply(talk, "one")
    desk.courier.answer = lambda _: _raise(Unknown("The line went dead."))
    desk.deliver(talk)
    assert desk.entry(reply).delivery == "unknown"
    desk.take({"type": "echo", "to": "mira", "id": "p-77", "text": "one", "at": EPOCH + 1, "ours": reply})
    assert desk.entry(reply).delivery == "sent"
    desk.status("delivered", id="p-77", at=EPOCH + 2)
    assert desk.entry(reply).delivery == "delivered"
    assert len(desk.shop.database.run(queries.said, talk)) == 2, "the echo is no message of its own"


def test_a_watermark_means_everything_sent_until_then(desk: Desk, clock: FixedClock) -> None:
    talk = desk.hears()
    first = desk.reply(talk, "one")
    desk.deliver(talk)
    clock.advance(timedelta(minutes=5))
    second = desk.reply(talk, "two")
    desk.deliver(talk)
    desk.status("read", to="zoe", up_to=EPOCH + 9999)
    desk.status("read", to="mira", up_to=EPOCH + 60)
    assert [desk.entry(one).delivery for one in (first, second)] == ["read", "sent"]


@pytest.mark.promise("CH7")
def test_an_account_that_is_refused_needs_attention_until_a_message_goes_through(desk: Desk, shop: Shop) -> None:
    talk = desk.hears()
    desk.courier.answer = lambda _: _raise(Broken("token", "The access token expired.", "Make a new one under Settings."))
    failed = desk.reply(talk, "one")
    desk.deliver(talk)
    trouble = shop.database.run(accounts.which, desk.account.id).attention
    assert trouble is not None
    assert (trouble["cause"], trouble["cure"]) == ("The access token expired.", "Make a new one under Settings.")
    desk.courier.answer = lambda _: Receipt(Delivery.SENT)
    shop.database.run(deliveries.try_again, failed, shop.jonas)
    desk.deliver(talk)
    assert shop.database.run(accounts.which, desk.account.id).attention is None


def test_answers_go_to_the_address_the_customer_used_last(desk: Desk) -> None:
    talk = desk.hears("u1")
    desk.take({"type": "moved", "old": "u1", "new": "u2", "at": EPOCH})
    desk.take(says("It is me", "m9", who="u2", at=EPOCH + 9))
    desk.reply(talk, "one")
    (sent,) = desk.deliver(talk)
    assert sent.to == "u2"
    assert sent.history == (f"u1-{EPOCH}", "m9")


def test_a_file_of_a_customer_is_fetched_and_named_by_what_it_is(desk: Desk, shop: Shop) -> None:
    from firstline.channels.base import Fetched
    from firstline.channels.fetching import Fetcher
    from firstline.kit.errors import Rejected
    from firstline.settings import Settings

    files = [
        {"kind": "image", "ref": "a", "name": "../../evil\u202egnp.exe"},
        {"kind": "image", "ref": "b"},
        {"kind": "file", "ref": "c"},
    ]
    desk.take(says("", "m1", files=files))
    talk = desk.shop.database.run(lambda tx: str(tx.scalar(select(conversation.c.id))))
    (message,) = desk.shop.database.run(queries.said, talk)
    desk.courier.files = {"a": Fetched(b"MZ virus", "image/png"), "b": Rejected("The file has expired."), "c": Retry(1, "busy")}
    fetcher = Fetcher(shop.database, {"courier": desk.courier}, KEYRING, Settings())
    for _ in range(attaching.ATTEMPTS - 1):
        with pytest.raises(Retry):
            asyncio.run(fetcher.fetch(message.id))
    asyncio.run(fetcher.fetch(message.id))
    found = shop.database.run(attaching.of_entries, [message.id])[message.id]
    assert [(one.state, one.media_type or one.reason) for one in found] == [
        ("ready", "application/x-msdownload"),
        ("gone", "The file has expired."),
        ("gone", "busy"),
    ]
    assert found[0].name == "evil gnp.exe"


def test_capabilities_default_to_the_careful_side() -> None:
    can = Capabilities(text_limit=100)
    assert (can.repeatable, can.buttons, can.media, can.starts) == (False, 0, frozenset(), False)
