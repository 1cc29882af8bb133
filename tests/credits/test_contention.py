"""Several workers at once, each with connections of its own: the last credit goes to one, the books balance (SW3, SW6)."""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from firstline.agent import commands as agents
from firstline.agent.surroundings import SURROUNDINGS
from firstline.conversations.rules import OwnerKind
from firstline.conversations.tables import conversation
from firstline.credits import commands, holding, packs, queries
from firstline.credits.rules import EntryKind
from firstline.credits.tables import credit_hold
from firstline.credits.writing import locked_settings
from firstline.kit.clock import FixedClock
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Conflict, Invalid, NotFound
from firstline.routing import commands as routing
from firstline.routing import deciding
from firstline.wiring import FOLLOWS
from tests.world import Shop

WORKERS = 4


@pytest.fixture
def workers(dsn: str, clock: FixedClock) -> Iterator[list[Database]]:
    """Four processes' worth of databases over one server."""
    made = [Database(dsn, clock, followers=FOLLOWS, threads=1) for _ in range(WORKERS)]
    yield made
    for one in made:
        one.close()


@pytest.mark.promise("SW3")
def test_four_workers_that_route_at_the_same_moment_give_the_agent_no_more_than_can_be_paid(
    shop: Shop, workers: list[Database]
) -> None:
    velo = shop.database.run(agents.create, {"name": "Velo"}, by=shop.ines)
    chat = shop.chat.channel_account_id
    shop.database.run(routing.deploy, SURROUNDINGS, agent_id=velo, channel_account_id=chat, by=shop.ines)
    shop.database.run(commands.change_settings, {"allowance": 5}, by=shop.ines)
    waiting = [shop.hears("Hello", visitor=f"visitor-{n}").conversation_id for n in range(24)]

    def route(n: int) -> None:
        for conversation_id in waiting[n::WORKERS]:
            workers[n].run(deciding.route, SURROUNDINGS, conversation_id)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(route, range(WORKERS)))
    agents_own = select(func.count()).select_from(conversation).where(conversation.c.owner_kind == OwnerKind.AGENT)
    assert shop.database.run(lambda tx: tx.scalar(agents_own)) == 5
    assert shop.database.run(queries.held) == 5
    stopped = [one for one in waiting if _reason(shop, one) == "No credits left"]
    assert len(stopped) == 19


def _reason(shop: Shop, conversation_id: str) -> str:
    query = select(conversation.c.routing).where(conversation.c.id == conversation_id)
    reasons = shop.database.run(lambda tx: tx.scalar(query))["reasons"]
    return next((one["text"] for one in reasons if not one["holds"]), "")


@pytest.mark.slow
@pytest.mark.promise("SW2", "SW3", "SW4", "SW6")
@pytest.mark.parametrize("seed", range(6))
def test_random_histories_on_four_workers_keep_the_books_whole(
    shop: Shop, workers: list[Database], clock: FixedClock, seed: int
) -> None:
    shop.database.run(commands.change_settings, {"allowance": 12, "packs": [3, 6, 9]}, by=shop.ines)

    def live(n: int) -> None:
        dice = random.Random(seed * 10 + n)
        for _ in range(60):
            try:
                workers[n].run(_deed, shop, dice)
            except (Conflict, Invalid, NotFound):
                continue
            if n == 0 and dice.random() < 0.08:
                clock.advance(timedelta(days=dice.randint(1, 40)))

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(live, range(WORKERS)))
    shop.database.run(_whole)


def _deed(tx: Tx, shop: Shop, dice: random.Random) -> None:
    """Something of a day: mostly conversations, now and then a purchase, a refund, a changed mind."""
    name = f"cnv_{dice.randint(0, 60)}"
    deed = dice.choices(("take", "charge", "let_go", "refund", "grant", "settings", "pack"), (40, 25, 12, 6, 4, 8, 5))[0]
    if deed == "take":
        before = _known(tx, name)
        if holding.take(tx, name).credits_left and not before:
            assert queries.books(tx, queries.settings(tx)).free >= 0, "an assignment at zero"
    elif deed == "charge":
        for _ in range(dice.choice((1, 1, 3))):
            holding.charge(tx, name)
    elif deed == "let_go":
        holding.let_go(tx, name)
    elif deed == "refund":
        charges = queries.entries(tx, kind=EntryKind.CHARGE, limit=5)
        if charges:
            commands.refund(tx, dice.choice(charges).id, "disputed", by=shop.ines)
    elif deed == "grant":
        commands.grant(tx, dice.randint(1, 3), "by hand", by=shop.ines, key=f"key-{dice.randint(0, 9)}")
    elif deed == "settings":
        some: list[dict[str, Any]] = [
            {"growth": dice.choice(("upgrade", "overage"))},
            {"cap": dice.choice((None, 10, 30))},
            {"price": dice.randint(1, 3)},
        ]
        commands.change_settings(tx, dice.choice(some), by=shop.ines)
    elif dice.random() < 0.5:
        packs.buy(tx, dice.choice((3, 6, 9)), by=shop.ines)
    else:
        packs.choose_for_next_period(tx, dice.choice((0, 3, 6, 9)), by=shop.ines)


def _known(tx: Tx, name: str) -> bool:
    """Whether its credits are kept or taken already; asked under the lock, so that nobody changes it meanwhile."""
    locked_settings(tx)
    held = select(credit_hold.c.state).where(credit_hold.c.conversation_id == name, credit_hold.c.state == "held")
    return queries.was_charged(tx, name) or tx.scalar(held) is not None


def _whole(tx: Tx) -> None:
    entries = list(queries.all_entries(tx))
    assert len(entries) > 10
    assert queries.balance(tx) == sum(one.amount for one in entries) == entries[-1].balance
    charges = Counter(one.conversation_id for one in entries if one.kind is EntryKind.CHARGE)
    refunds = Counter(one.refers_to for one in entries if one.kind is EntryKind.REFUND)
    assert max([*charges.values(), *refunds.values()], default=1) == 1
    held = tx.rows(select(credit_hold).where(credit_hold.c.state == "held"))
    assert queries.held(tx) == sum(one.amount for one in held)
    assert not {one.conversation_id for one in held} & set(charges)
