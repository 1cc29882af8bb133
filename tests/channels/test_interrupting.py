"""A person's word that has arrived and is not applied yet already keeps the agent's messages from leaving."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from firstline.channels.base import Account, Outbound, RawRequest, Receipt
from firstline.channels.deliver import Outbox
from firstline.channels.intake import Intake
from firstline.channels.intake.backlog import Backlog, keep_for_later
from firstline.channels.interrupting import WITHDRAWN
from firstline.conversations import queries, replying
from firstline.conversations.record import locked
from firstline.conversations.rules import Delivery, OwnerKind
from firstline.conversations.tables import conversation
from firstline.kit.database import Tx
from firstline.people.rules import Actor
from tests.channels.courier import EPOCH, Courier, connect, delivery, says
from tests.channels.meta import Meta
from tests.channels.test_leaving import Careful
from tests.world import KEYRING, Shop


class Run:
    """One customer on the courier's account, with everything that happens noted in order."""

    number = 0

    def __init__(self, shop: Shop, account: Account) -> None:
        Run.number += 1
        self.shop, self.account, self.who = shop, account, f"run{Run.number}"
        self.courier = Courier()
        self.log: list[tuple[str, str]] = []
        self.echoes = 0
        self.courier.answer = self.leaves
        intake = Intake(shop.database, {"courier": self.courier})
        asyncio.run(intake.take(account, delivery(says("Hello", f"{self.who}-1", who=self.who))))
        newest = select(conversation.c.id).where(conversation.c.channel_account_id == account.id)
        self.talk = str(shop.database.run(lambda tx: tx.scalar(newest.order_by(conversation.c.id.desc()))))
        shop.gives_to_agent(self.talk)

    def leaves(self, message: Outbound) -> Receipt:
        self.log.append(("left", message.entry_id))
        return Receipt(Delivery.SENT, f"p-{message.correlation}")

    def agent_says(self) -> None:
        def say(tx: Tx) -> str | None:
            found = locked(tx, self.talk)
            if not found.held_by_agent:
                return None
            by = Actor.agent("agt_velo", "Velo")
            return replying.agent_reply(tx, found, "Velo here.", by, {}, turn_id="trn_test").id

        if said := self.shop.database.run(say):
            self.log.append(("committed", said))

    def arrives(self, item: dict[str, Any]) -> None:
        self.shop.database.run(keep_for_later, self.account, [delivery(item)], self.courier)

    def person_writes(self) -> None:
        self.echoes += 1
        echo = {"type": "echo", "to": self.who, "id": f"{self.who}-e{self.echoes}", "text": "Ines here.", "at": EPOCH}
        self.arrives(echo)
        self.log.append(("person", str(self.echoes)))

    def somebody_else_writes(self) -> None:
        Run.number += 1
        self.arrives({"type": "echo", "to": "a stranger", "id": f"other-{Run.number}", "text": "Hi", "at": EPOCH})

    def applies(self) -> None:
        parser = Intake(self.shop.database, {"courier": self.courier}).parser
        asyncio.run(Backlog(self.shop.database, parser, KEYRING).take_in(self.account.id))
        self.log.append(("applied", ""))

    def returned(self) -> None:
        """A teammate gives the conversation back, once nothing waits."""
        self.applies()
        self.shop.gives_to_agent(self.talk)
        self.log.append(("returned", ""))

    def delivers(self) -> None:
        asyncio.run(Outbox(self.shop.database, {"courier": self.courier}, KEYRING).deliver(self.talk))


ACTS: dict[str, Callable[[Run], None]] = {
    "agent": Run.agent_says,
    "person": Run.person_writes,
    "other": Run.somebody_else_writes,
    "apply": Run.applies,
    "deliver": Run.delivers,
    "return": Run.returned,
}


@pytest.mark.slow
@pytest.mark.promise("CH9", "HO9")
def test_in_whatever_order_things_happen_no_word_of_the_agent_leaves_after_a_persons_arrived(shop: Shop) -> None:
    account = connect(shop)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(sorted(ACTS)), max_size=12))
    def holds(acts: list[str]) -> None:
        run = Run(shop, account)
        for act in (*acts, "apply", "deliver"):
            ACTS[act](run)
        for at, (what, entry) in enumerate(run.log):
            if what == "left":
                committed = run.log.index(("committed", entry))
                between = [one for one, _ in run.log[committed:at]]
                assert "person" not in between, run.log
        said = {entry for what, entry in run.log if what == "committed"}
        left = {entry for what, entry in run.log if what == "left"}
        for entry in said - left:
            found = shop.database.run(queries.one_entry, entry)
            assert (found.delivery, found.delivery_reason) == ("failed", WITHDRAWN)

    holds()


@pytest.mark.promise("CH9")
def test_a_message_waits_for_a_delivery_about_its_customer_only_and_a_persons_own_waits_for_none(shop: Shop) -> None:
    run = Run(shop, connect(shop))
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
    run = Run(shop, connect(shop))
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
