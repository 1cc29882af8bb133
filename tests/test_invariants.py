"""What must always hold is found when it does not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, update

from firstline.agent.tables import turn
from firstline.channels.tables import raw_delivery
from firstline.clocks.commands import wind
from firstline.clocks.tables import clock
from firstline.conversations import ownership, replying
from firstline.conversations.record import write
from firstline.conversations.rules import EntryKind, Owner, OwnerKind
from firstline.conversations.tables import conversation, entry
from firstline.credits.holding import charge, take
from firstline.credits.tables import credit_period, ledger
from firstline.invariants import INVARIANTS, SHOWN, violations
from firstline.kit.database import Tx
from firstline.kit.jobs import defer
from firstline.knowledge.tables import source
from firstline.people.rules import Actor
from firstline.people.tables import teammate
from firstline.routing.tables import waiting
from tests.world import Shop

Break = Callable[[Tx, Shop, str], object]


def broken(shop: Shop) -> set[str]:
    return {one.invariant.sentence for one in shop.database.run(violations)}


@pytest.fixture
def talk(shop: Shop) -> str:
    """A conversation that Samira has; nothing is wrong with it."""
    received = shop.hears("Is the first service free?")
    shop.database.run(ownership.assign, received.conversation_id, Owner(OwnerKind.TEAMMATE, shop.samira.id), shop.ines)
    shop.database.run(wind, received.conversation_id)
    assert broken(shop) == set()
    return received.conversation_id


def unread_by_agent(tx: Tx, shop: Shop, talk: str) -> None:
    tx.execute(update(conversation).values(owner_kind="agent", owner_id="agt_velo"))


def unrouted(tx: Tx, shop: Shop, talk: str) -> None:
    tx.execute(update(conversation).values(owner_kind="nobody", owner_id=None, epoch=0))


def unsent(tx: Tx, shop: Shop, talk: str) -> None:
    replying.reply(tx, talk, "Yes, within six weeks.", shop.samira)


def thinking_alone(tx: Tx, shop: Shop, talk: str) -> None:
    row = {"id": "trn_1", "conversation_id": talk, "agent_id": "agt_velo", "epoch": 1, "from_seq": 0, "upto_seq": 1}
    tx.execute(insert(turn).values(**row, state="thinking", started_at=tx.now))


def without_a_clock(tx: Tx, shop: Shop, talk: str) -> None:
    tx.execute(delete(clock))


def clock_that_stands_still(tx: Tx, shop: Shop, talk: str) -> None:
    tx.execute(update(clock).values(due_at=tx.now - timedelta(minutes=11)))


def thinking_for_an_hour(tx: Tx, shop: Shop, talk: str) -> None:
    thinking_alone(tx, shop, talk)
    tx.execute(update(turn).values(started_at=tx.now - timedelta(hours=1)))


def after_a_human(tx: Tx, shop: Shop, talk: str) -> None:
    replying.reply(tx, talk, "I am here.", shop.samira)
    out_of_turn(tx, shop, talk)


def charged_without_a_conversation(tx: Tx, shop: Shop, talk: str) -> None:
    row = {"id": "led_1", "kind": "charge", "amount": -1, "key": "charge:none", "period": "2026-11", "reason": "A charge"}
    tx.execute(insert(ledger).values(**row, at=tx.now, by_kind="system", by_id="system"))


def unread_source(tx: Tx, shop: Shop, talk: str) -> None:
    row = {"id": "src_1", "kind": "text", "title": "Returns", "access": "public", "state": "reading", "created_by": shop.ines.id}
    tx.execute(insert(source).values(**row, created_at=tx.now, changed_at=tx.now))


def out_of_turn(tx: Tx, shop: Shop, talk: str) -> None:
    write(tx, talk, EntryKind.MESSAGE, Actor.agent("agt_velo"), "I can help!", direction="out", delivery="sent")


def gone_owner(tx: Tx, shop: Shop, talk: str) -> None:
    tx.execute(update(teammate).where(teammate.c.id == shop.samira.id).values(disabled_at=tx.now))


def lost_entry(tx: Tx, shop: Shop, talk: str) -> None:
    tx.execute(delete(entry).where(entry.c.conversation_id == talk, entry.c.seq == 1))


def falling_epoch(tx: Tx, shop: Shop, talk: str) -> None:
    tx.execute(update(entry).where(entry.c.conversation_id == talk, entry.c.seq == 1).values(epoch=9))


def waiting_though_closed(tx: Tx, shop: Shop, talk: str) -> None:
    tx.execute(insert(waiting).values(conversation_id=talk, destination={}, epoch=1, since=tx.now))
    tx.execute(update(conversation).values(status="closed"))


def charged_for_nothing(tx: Tx, shop: Shop, talk: str) -> None:
    charge(tx, talk)


def books_do_not_balance(tx: Tx, shop: Shop, talk: str) -> None:
    row = {"id": "2026-10-01", "starts_at": tx.now, "ends_at": tx.now, "settled": 5, "settled_before": "2026-10-01"}
    tx.execute(insert(credit_period).values(**row))


def kept_for_nobody(tx: Tx, shop: Shop, talk: str) -> None:
    take(tx, talk)


def kept_and_forgotten(tx: Tx, shop: Shop, talk: str) -> None:
    row = {"id": "raw_1", "channel_account_id": shop.chat.channel_account_id, "method": "POST", "body": b"{}", "waits": True}
    tx.execute(insert(raw_delivery).values(**row, at=tx.now - timedelta(minutes=4)))


def elsewhere_and_forgotten(tx: Tx, shop: Shop, talk: str) -> None:
    row = {"id": "raw_1", "channel_account_id": shop.chat.channel_account_id, "method": "POST", "body": b"{}", "at": tx.now}
    tx.execute(insert(raw_delivery).values(**row, bring_at=tx.now - timedelta(minutes=4)))


def nobody_may(tx: Tx, shop: Shop, talk: str) -> None:
    tx.execute(update(teammate).values(role="teammate"))


BREAKS: tuple[tuple[Break, str], ...] = (
    (unread_by_agent, "A customer who waits for the agent has a turn coming."),
    (unrouted, "A new conversation that nobody has was routed, or is about to be."),
    (unsent, "A message to a customer is sent, failed, unknown, or about to be sent."),
    (thinking_alone, "A turn that thinks is being worked on."),
    (without_a_clock, "An open conversation has a clock."),
    (clock_that_stands_still, "A clock that has run out rings."),
    (thinking_for_an_hour, "A turn ends."),
    (after_a_human, "The agent says nothing after a human in the same epoch."),
    (charged_without_a_conversation, "A charge names its conversation."),
    (unread_source, "A source that is being read has work coming."),
    (out_of_turn, "The agent speaks only where it has the word."),
    (gone_owner, "An open conversation belongs to somebody who is there."),
    (lost_entry, "The entries of a conversation are numbered without gaps."),
    (falling_epoch, "Owner epochs only rise."),
    (waiting_though_closed, "What waits in a queue is open, and belongs to the owner it waits under."),
    (charged_for_nothing, "A conversation is charged once at most, and only if the agent answered in it."),
    (books_do_not_balance, "The balance is the sum of the ledger."),
    (
        kept_for_nobody,
        "Credits are kept only for conversations that the agent has, or whose resolution is about to be judged.",
    ),
    (kept_and_forgotten, "A delivery that was taken in is applied, or about to be."),
    (elsewhere_and_forgotten, "A message that lies elsewhere is fetched, or about to be."),
    (nobody_may, "Somebody may do everything."),
)


def test_every_invariant_is_tested() -> None:
    assert {sentence for _, sentence in BREAKS} == {invariant.sentence for invariant in INVARIANTS}


@pytest.mark.promise("RT7")
@pytest.mark.parametrize(("break_it", "sentence"), BREAKS, ids=[one.__name__ for one, _ in BREAKS])
def test_what_does_not_hold_is_found(shop: Shop, talk: str, break_it: Break, sentence: str) -> None:
    shop.database.run(break_it, shop, talk)
    found = [one for one in shop.database.run(violations) if one.invariant.sentence == sentence]
    assert [one.count for one in found] == [1]
    assert found[0].examples
    assert found[0].invariant.cure


@pytest.mark.promise("RT7")
def test_a_job_that_waits_is_a_clock(shop: Shop, talk: str) -> None:
    shop.database.run(unsent, shop, talk)
    shop.database.run(defer, "channels.deliver", key=talk, conversation_id=talk)
    assert broken(shop) == set()


def test_many_violations_are_counted_and_a_few_are_shown(shop: Shop) -> None:
    for visitor in range(SHOWN + 3):
        shop.database.run(wind, shop.hears("Hello", visitor=f"visitor-{visitor}").conversation_id)
    found = shop.database.run(violations)
    assert [(one.count, len(one.examples)) for one in found] == [(SHOWN + 3, SHOWN)]
