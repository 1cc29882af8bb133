"""Delivery: outbox rows in order, once, with a receipt."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from pydantic import BaseModel
from sqlalchemy import select, text, update

from firstline.channels.base import Account, Capabilities, Outbound, Receipt
from firstline.channels.deliver import Outbox
from firstline.channels.unsettled import Unsettled
from firstline.conversations import deliveries, queries, replying
from firstline.conversations.record import locked
from firstline.conversations.rules import Delivery
from firstline.conversations.tables import entry
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Conflict, Rejected, Retry, Unknown
from firstline.kit.events import event
from firstline.people.rules import Actor
from tests.world import KEYRING, AnySettings, Shop


class Post:
    """A channel whose other end is a list."""

    kind = "live_chat"
    title = "Post"
    capabilities = Capabilities(text_limit=100)
    config: type[BaseModel] = AnySettings

    def __init__(self, answer: Callable[[Outbound], Receipt]) -> None:
        self.answer = answer
        self.sent: list[str] = []

    async def send(self, account: Account, message: Outbound) -> Receipt:
        self.sent.append(message.text)
        return self.answer(message)

    async def check(self, account: Account) -> str:
        return "fine"

    def address(self, account: Account) -> str:
        return "here"


def _fails(error: Exception) -> Callable[[Outbound], Receipt]:
    def answer(_: Outbound) -> Receipt:
        raise error

    return answer


def _deliver(shop: Shop, post: Post, conversation_id: str) -> None:
    asyncio.run(Outbox(shop.database, {"live_chat": post}, KEYRING).deliver(conversation_id))


def _said(shop: Shop, conversation_id: str) -> list[tuple[str | None, str | None]]:
    found = shop.database.run(queries.said, conversation_id)
    return [(one.delivery, one.delivery_reason) for one in found if one.direction == "out"]


def _conversation(shop: Shop, *texts: str, visitor: str = "mira") -> str:
    conversation = shop.hears("Hello", visitor=visitor).conversation_id
    for said in texts:
        shop.database.run(replying.reply, conversation, said, shop.jonas)
    return conversation


def test_messages_are_sent_in_order_and_once(shop: Shop) -> None:
    conversation = _conversation(shop, "one", "two", "three")
    post = Post(lambda message: Receipt(Delivery.SENT, f"p-{message.entry_id}"))
    _deliver(shop, post, conversation)
    _deliver(shop, post, conversation)
    assert post.sent == ["one", "two", "three"]
    assert _said(shop, conversation) == [("sent", None)] * 3


@pytest.mark.promise("IN2")
def test_a_refused_message_fails_with_its_reason_and_can_be_tried_again(shop: Shop) -> None:
    conversation = _conversation(shop, "one")
    _deliver(shop, Post(_fails(Rejected("The number does not exist."))), conversation)
    assert _said(shop, conversation) == [("failed", "The number does not exist.")]
    failed = shop.database.run(queries.said, conversation)[-1].id
    shop.database.run(deliveries.try_again, failed, shop.jonas)
    with pytest.raises(Conflict):
        shop.database.run(deliveries.try_again, failed, shop.jonas)
    _deliver(shop, Post(lambda _: Receipt(Delivery.SENT)), conversation)
    assert _said(shop, conversation) == [("sent", None)]


def test_what_nobody_can_tell_is_unknown_and_not_sent_again(shop: Shop) -> None:
    conversation = _conversation(shop, "one")
    _deliver(shop, Post(_fails(Unknown("The line went dead."))), conversation)
    again = Post(lambda _: Receipt(Delivery.SENT))
    _deliver(shop, again, conversation)
    assert again.sent == []
    assert _said(shop, conversation) == [("unknown", "The line went dead.")]


def test_a_message_left_in_the_middle_by_a_crash_is_unknown_not_repeated(shop: Shop) -> None:
    conversation = _conversation(shop, "one", "two")
    first = next(one for one in shop.database.run(queries.said, conversation) if one.text == "one")
    shop.database.run(lambda tx: tx.execute(update(entry).where(entry.c.id == first.id).values(delivery="sending")))
    post = Post(lambda _: Receipt(Delivery.SENT))
    _deliver(shop, post, conversation)
    assert post.sent == ["two"]
    assert [state for state, _ in _said(shop, conversation)] == ["unknown", "sent"]


def test_a_message_left_in_the_middle_is_sent_again_where_that_does_no_harm(shop: Shop) -> None:
    conversation = _conversation(shop, "one")
    shop.database.run(lambda tx: tx.execute(update(entry).where(entry.c.direction == "out").values(delivery="sending")))
    post = Post(lambda _: Receipt(Delivery.SENT))
    post.capabilities = Capabilities(text_limit=100, repeatable=True)
    _deliver(shop, post, conversation)
    assert _said(shop, conversation) == [("sent", None)]


def test_messages_that_a_broken_provider_refused_come_back_one_after_the_other(shop: Shop, clock: FixedClock) -> None:
    talks = [_conversation(shop, "one", visitor=f"v{number}") for number in range(12)]
    for talk in talks:
        _deliver(shop, Post(_fails(Retry(100, "It does not work now."))), talk)
    back: list[int] = []
    for _ in range(12):
        clock.advance(timedelta(seconds=1 if back else 99))
        post = Post(lambda _: Receipt(Delivery.SENT))
        for talk in talks:
            _deliver(shop, post, talk)
        back.append(len(post.sent))
    assert back[0] == 0
    assert sum(back) == len(talks)
    assert max(back) < len(talks)


def test_a_busy_provider_is_asked_again_when_it_said_and_given_up_in_the_end(shop: Shop, clock: FixedClock) -> None:
    conversation = _conversation(shop, "one")
    busy = Post(_fails(Retry(30, "The provider is busy.")))
    attempts = busy.capabilities.attempts
    for _ in range(attempts):
        _deliver(shop, busy, conversation)
        _deliver(shop, busy, conversation)
        clock.advance(timedelta(seconds=30 * 1.1))
    assert len(busy.sent) == attempts
    assert _said(shop, conversation) == [("failed", "The provider is busy.")]


def test_reports_only_move_forward(shop: Shop) -> None:
    conversation = _conversation(shop, "one")
    _deliver(shop, Post(lambda _: Receipt(Delivery.SENT)), conversation)
    message = shop.database.run(queries.said, conversation)[-1].id
    moved = [
        shop.database.run(deliveries.report_delivery, message, Delivery(state))
        for state in ("read", "delivered", "sent", "read", "failed")
    ]
    assert moved == [True, False, False, False, False]
    assert _said(shop, conversation) == [("read", None)]


def _told(shop: Shop) -> list[str]:
    """Reasons of messages that are told to have reached nobody."""
    query = select(event.c.data["reason"].as_string().label("reason")).where(event.c.kind == "message.undelivered")
    return [row.reason for row in shop.database.run(lambda tx: tx.rows(query))]


@pytest.mark.promise("RT7")
def test_an_unknown_message_of_the_agent_is_told_after_a_while_unless_it_arrived_or_the_customer_went_on(shop: Shop) -> None:
    def lost(visitor: str) -> str:
        conversation = shop.hears("Hello", visitor=visitor).conversation_id
        velo = Actor.agent("agt_velo", "Velo")
        said = shop.database.run(lambda tx: replying.agent_reply(tx, locked(tx, conversation), "Yes.", velo, {}, turn_id="trn_1"))
        _deliver(shop, Post(_fails(Unknown("The line went dead."))), conversation)
        return said.id

    arrived, went_on, silent = lost("one"), lost("two"), lost("three")
    shop.database.run(lambda tx: tx.execute(update(entry).where(entry.c.id == arrived).values(delivery="delivered")))
    shop.hears("Are you there?", visitor="two")
    for one in (arrived, went_on, silent, "ent_gone"):
        asyncio.run(Unsettled(shop.database).settle(one))
    assert _told(shop) == ["Nobody knows whether it arrived. The line went dead."]
    waiting = text("select count(*) from procrastinate_jobs where task_name = 'channels.settle_unknown'")
    assert shop.database.run(lambda tx: tx.scalar(waiting)) == 3
