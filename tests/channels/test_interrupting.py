"""A person's word that has arrived and is not applied yet already keeps the agent's messages from leaving."""

import asyncio

import pytest
from hypothesis import strategies as st
from sqlalchemy import text

from firstline.channels.base import Account, Outbound, RawRequest, Receipt
from firstline.channels.deliver import Outbox
from firstline.channels.intake import Intake
from firstline.channels.intake.backlog import keep_for_later
from firstline.channels.interrupting import WITHDRAWN
from firstline.conversations import queries, replying
from firstline.conversations.rules import Delivery, OwnerKind
from tests.channels.courier import EPOCH, Courier, connect, delivery, says
from tests.channels.interleaving import Run, no_word_leaves_after_a_persons
from tests.channels.meta import Meta
from tests.channels.test_leaving import Careful
from tests.world import KEYRING, Shop


class Told(Run):
    """On the courier's account; people's words come as echoes."""

    number = 0

    def __init__(self, shop: Shop, account: Account) -> None:
        Told.number += 1
        self.courier = Courier(self.leaves)
        super().__init__(shop, account, self.courier)
        self.who, self.echoes = f"run{Told.number}", 0
        intake = Intake(shop.database, {"courier": self.courier})
        asyncio.run(intake.take(account, delivery(says("Hello", f"{self.who}-1", who=self.who))))
        self.begins()

    def leaves(self, message: Outbound) -> Receipt:
        self.left_now(message)
        return Receipt(Delivery.SENT, f"p-{message.correlation}")

    def word_of_a_person(self) -> RawRequest:
        self.echoes += 1
        return delivery({"type": "echo", "to": self.who, "id": f"{self.who}-e{self.echoes}", "text": "Ines here.", "at": EPOCH})

    def somebody_else_writes(self) -> None:
        Told.number += 1
        self.keeps(delivery({"type": "echo", "to": "a stranger", "id": f"other-{Told.number}", "text": "Hi", "at": EPOCH}))


@pytest.mark.slow
@pytest.mark.promise("CH9", "HO9")
def test_in_whatever_order_things_happen_no_word_of_the_agent_leaves_after_a_persons_arrived(shop: Shop) -> None:
    account = connect(shop)
    no_word_leaves_after_a_persons(st.just(lambda: Told(shop, account)))


@pytest.mark.promise("CH9")
def test_a_message_waits_for_a_delivery_about_its_customer_only_and_a_persons_own_waits_for_none(shop: Shop) -> None:
    run = Told(shop, connect(shop))
    run.somebody_else_writes()
    run.agent_says()
    run.delivers()
    assert len(run.courier.sent) == 1
    run.person_writes()
    run.agent_says()
    run.delivers()
    assert len(run.courier.sent) == 1
    shop.database.run(replying.reply, run.talk, "Jonas here.", shop.jonas)
    run.applies()
    run.delivers()
    assert [one.text for one in run.courier.sent] == ["Velo here.", "Jonas here."]


@pytest.mark.promise("CH9")
def test_a_delivery_that_arrives_while_the_connection_is_made_still_stops_the_message(shop: Shop) -> None:
    run = Told(shop, connect(shop))
    post = Careful()

    async def meanwhile() -> None:
        await asyncio.to_thread(run.person_writes)

    post.meanwhile = meanwhile
    run.agent_says()
    asyncio.run(Outbox(shop.database, {"courier": post}, KEYRING).deliver(run.talk))
    assert post.sent == []
    entry = run.log[0][1]
    assert shop.database.run(queries.one_entry, entry).delivery == "pending"
    run.applies()
    post.meanwhile = None
    asyncio.run(Outbox(shop.database, {"courier": post}, KEYRING).deliver(run.talk))
    assert post.sent == []
    assert shop.database.run(queries.which, run.talk).owner.kind is OwnerKind.NOBODY


@pytest.mark.parametrize(
    ("kind", "body", "stops"),
    [
        ("whatsapp", b'{"field":"smb_message_echoes"}', True),
        ("whatsapp", b'{"field":"standby"}', True),
        ("whatsapp", b'{"field":"messages"}', False),
        ("messenger", b'{"message":{"is_echo":true}}', True),
        ("messenger", b'{"pass_thread_control":{}}', True),
        ("messenger", b'{"message":{"text":"Hi"}}', False),
    ],
)
def test_which_deliveries_of_meta_may_stop_the_agent(kind: str, body: bytes, stops: bool) -> None:
    from firstline.channels.messenger.channel import Messenger
    from firstline.channels.whatsapp.channel import WhatsApp

    channel = WhatsApp(None) if kind == "whatsapp" else Messenger()  # type: ignore[arg-type]
    assert channel.interrupts(RawRequest(body=body)) is stops


@pytest.mark.promise("CH9")
def test_metas_echo_in_a_burst_holds_the_agents_answer_back(meta: Meta) -> None:
    import json

    account = meta.account("messenger")
    talk = meta.hears(account)
    meta.gives_to_agent(talk)
    body = meta.event(account, own=True, message={"mid": "e1", "is_echo": True, "text": "Hi"})
    raw = RawRequest(body=json.dumps(body).encode())
    meta.shop.database.run(keep_for_later, account, [raw], meta.channels["messenger"])
    spoke = meta.agent_says(talk)
    assert meta.delivers(talk) == []
    jobs = text("select count(*) from procrastinate_jobs where task_name = 'channels.deliver' and scheduled_at is not null")
    assert meta.shop.database.run(lambda tx: tx.scalar(jobs)) == 1
    meta.takes_in(account)
    assert meta.delivers(talk) == []
    assert meta.entry(spoke).delivery_reason == WITHDRAWN
