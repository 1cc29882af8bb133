"""Credits kept from the moment the agent gets a conversation: charged with its answer or its resolution, else free again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from firstline.conversations import closing, feedback, handoff, ownership, replying
from firstline.conversations.record import locked
from firstline.conversations.rules import NOBODY
from firstline.credits import commands, holding, queries
from firstline.credits.rules import EntryKind
from firstline.credits.tables import credit_hold
from firstline.kit.clock import FixedClock
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Conflict
from firstline.people.rules import Actor
from firstline.wiring import FOLLOWS
from tests.world import Shop

VELO = Actor.agent("agt_velo", "Velo")


@pytest.fixture
def database(dsn: str, clock: FixedClock) -> Database:
    """With everything that follows: it is wiring that is tested."""
    return Database(dsn, clock, followers=FOLLOWS, threads=4)


def allow(shop: Shop, credits: int, **more: object) -> None:
    shop.database.run(commands.change_settings, {"allowance": credits, **more}, by=shop.ines)


def begin(shop: Shop, visitor: str = "mira") -> str:
    """A conversation that the agent has."""
    conversation_id = shop.hears("Where is my order?", visitor=visitor).conversation_id
    shop.gives_to_agent(conversation_id)
    return conversation_id


def answers(shop: Shop, conversation_id: str, **data: object) -> str:
    def say(tx: Tx) -> str:
        found = locked(tx, conversation_id)
        return replying.agent_reply(tx, found, "In two days.", VELO, {"decision": "answer", **data}, turn_id="trn_1").id

    return shop.database.run(say)


def ledger(shop: Shop) -> list[tuple[str, int, str]]:
    found = reversed(shop.database.run(queries.entries))
    return [(one.kind.value, one.amount, one.reason) for one in found if one.kind in (EntryKind.CHARGE, EntryKind.FREE)]


def judge_after(shop: Shop, clock: FixedClock, conversation_id: str, hours: float) -> None:
    clock.advance(timedelta(hours=hours))
    shop.database.run(holding.judge_resolution, conversation_id)


@pytest.mark.promise("SW3")
def test_the_last_credit_is_kept_for_the_conversation_that_got_the_agent(shop: Shop) -> None:
    allow(shop, 1)
    first = begin(shop)
    assert (shop.database.run(queries.balance), shop.database.run(queries.held)) == (1, 1)
    second = shop.hears("Hello", visitor="yusuf").conversation_id
    with pytest.raises(Conflict, match="No credits left, so the agent takes no new conversation"):
        shop.gives_to_agent(second)
    answers(shop, first)
    assert (shop.database.run(queries.balance), shop.database.run(queries.held)) == (0, 0)
    answers(shop, first)
    assert ledger(shop) == [("charge", -1, "First agent reply")]


@pytest.mark.promise("SW2")
def test_a_handoff_without_an_answer_costs_nothing_and_the_ledger_says_so(shop: Shop) -> None:
    allow(shop, 1)
    one = begin(shop)
    epoch = shop.database.run(locked, one).epoch
    shop.database.run(
        handoff.hand_off, one, epoch=epoch, by=VELO, reason={"code": "not_covered", "text": "Not covered"}, brief={},
        destination=NOBODY, destination_reasons=(), message="A colleague will answer.", turn_id=None,
    )  # fmt: skip
    assert ledger(shop) == [("free", 0, "Went to people without an answer of the agent")]
    assert shop.database.run(queries.held) == 0
    begin(shop, "yusuf")


@pytest.mark.promise("SW2")
def test_what_was_charged_once_is_free_after_a_return_even_without_credits(shop: Shop) -> None:
    allow(shop, 1)
    one = begin(shop)
    answers(shop, one)
    shop.database.run(ownership.take_over, one, shop.samira)
    shop.database.run(ownership.return_to_agent, one, shop.samira)
    answers(shop, one)
    assert ledger(shop) == [("charge", -1, "First agent reply")]


@pytest.mark.promise("SW3")
def test_a_customer_who_comes_back_to_the_agent_is_answered_whatever_is_left(shop: Shop) -> None:
    allow(shop, 1)
    one = begin(shop)
    shop.database.run(closing.close, one, shop.samira)
    assert shop.database.run(queries.held) == 0
    answers(shop, begin(shop, "yusuf"))
    shop.hears("Are you still there?")
    answers(shop, one)
    assert shop.database.run(queries.balance) == -1


@pytest.mark.promise("SW2", "TE5")
def test_per_resolution_a_conversation_is_charged_72_hours_after_its_last_message(shop: Shop, clock: FixedClock) -> None:
    allow(shop, 5, chargeable_event="resolution", price=2)
    one = begin(shop)
    answers(shop, one)
    judge_after(shop, clock, one, 71)
    assert (ledger(shop), shop.database.run(queries.held)) == ([], 2)
    shop.hears("Thanks")
    judge_after(shop, clock, one, 71)
    assert ledger(shop) == []
    judge_after(shop, clock, one, 1)
    judge_after(shop, clock, one, 100)
    assert ledger(shop) == [("charge", -2, "Resolved by the agent")]


@pytest.mark.promise("SW2", "TE5")
def test_per_resolution_what_was_not_resolved_costs_nothing(shop: Shop, clock: FixedClock) -> None:
    allow(shop, 5, chargeable_event="resolution")
    taken_over, unhelpful, greeted, closed = (begin(shop, name) for name in ("a", "b", "c", "d"))
    answers(shop, taken_over)
    shop.database.run(replying.reply, taken_over, "I do this.", shop.samira)
    shop.database.run(feedback.rate, answers(shop, unhelpful), "down", Actor.contact("ctc"))
    answers(shop, greeted, courtesy=True)
    answers(shop, closed)
    shop.database.run(closing.close, closed, shop.samira)
    for one in (taken_over, unhelpful, greeted, closed):
        judge_after(shop, clock, one, 80)
    assert ledger(shop) == [
        ("free", 0, "Went to people before it was resolved"),
        ("free", 0, "The customer said that it did not help"),
        ("free", 0, "The agent gave no answer"),
        ("charge", -1, "Resolved by the agent"),
    ]


@pytest.mark.promise("SW2")
def test_a_changed_price_or_event_counts_for_conversations_from_then_on(shop: Shop) -> None:
    one = begin(shop)
    shop.database.run(commands.change_settings, {"price": 7, "chargeable_event": "resolution"}, by=shop.ines)
    answers(shop, one)
    assert ledger(shop) == [("charge", -1, "First agent reply")]
    two = begin(shop, "yusuf")
    answers(shop, two)
    (row,) = shop.database.run(lambda tx: tx.rows(select(credit_hold).where(credit_hold.c.state == "held")))
    assert (row.conversation_id, row.amount, row.event) == (two, 7, "resolution")
