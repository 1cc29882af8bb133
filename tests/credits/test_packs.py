"""Packs, what happens when the credits run out, the cap, the warnings."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from firstline.credits import commands, holding, packs, queries
from firstline.credits.rules import EntryKind
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Conflict, Invalid
from firstline.people.tables import notice
from tests.world import Shop

DECEMBER = datetime(2026, 12, 2, tzinfo=UTC)


@pytest.fixture
def small(shop: Shop) -> Shop:
    """Veloria with 10 credits a month and packs of 5, 20 and 50."""
    shop.database.run(commands.change_settings, {"allowance": 10, "packs": [5, 20, 50]}, by=shop.ines)
    return shop


def use(shop: Shop, count: int, name: str = "cnv") -> list[bool]:
    """So many conversations get the agent and an answer; whether each was taken."""
    taken = []
    for n in range(count):
        taken.append(shop.database.run(holding.take, f"{name}_{n}").credits_left)
        if taken[-1]:
            shop.database.run(holding.charge, f"{name}_{n}")
    return taken


def mails(shop: Shop) -> list[tuple[str, str]]:
    return [(row.address, row.subject) for row in shop.database.run(lambda tx: tx.rows(select(notice).order_by(notice.c.id)))]


@pytest.mark.promise("SW4")
def test_a_pack_adds_its_credits_at_once_and_again_at_each_reset_without_rolling_over(small: Shop, clock: FixedClock) -> None:
    small.database.run(packs.buy, 20, by=small.ines)
    assert small.database.run(queries.balance) == 30
    assert all(use(small, 4))
    clock.set(DECEMBER)
    small.database.run(commands.open_period)
    assert small.database.run(queries.balance) == 30


@pytest.mark.promise("SW4")
def test_a_larger_pack_replaces_the_smaller_for_the_difference_and_a_smaller_one_waits_for_the_reset(
    small: Shop, clock: FixedClock
) -> None:
    small.database.run(packs.buy, 5, by=small.ines)
    small.database.run(packs.buy, 50, by=small.ines)
    assert small.database.run(queries.balance) == 60
    with pytest.raises(Conflict, match="from the next reset"):
        small.database.run(packs.buy, 20, by=small.ines)
    small.database.run(packs.choose_for_next_period, 20, by=small.ines)
    assert small.database.run(queries.balance) == 60
    clock.set(DECEMBER)
    small.database.run(commands.open_period)
    assert small.database.run(queries.balance) == 30
    small.database.run(packs.choose_for_next_period, 0, by=small.ines)
    clock.set(datetime(2027, 1, 2, tzinfo=UTC))
    small.database.run(commands.open_period)
    assert (small.database.run(queries.balance), small.database.run(queries.settings).pack) == (10, 0)


def test_a_pack_that_does_not_exist_is_refused_with_the_sizes_there_are(small: Shop) -> None:
    with pytest.raises(Invalid, match="5, 20, 50"):
        small.database.run(packs.buy, 7, by=small.ines)
    with pytest.raises(Conflict, match="no pack yet"):
        small.database.run(packs.choose_for_next_period, 0, by=small.ines)


@pytest.mark.promise("SW4")
def test_with_a_pack_running_out_upgrades_to_the_next_until_the_largest_is_used_up(small: Shop) -> None:
    small.database.run(packs.buy, 5, by=small.ines)
    assert use(small, 61) == [True] * 60 + [False]
    bought = [(one.amount, one.reason) for one in small.database.run(queries.entries, kind=EntryKind.PACK)]
    assert [amount for amount, _why in bought] == [30, 15, 5]
    assert bought[1][1] == "Upgraded from 5 to 20 credits a month: none were left"
    assert small.database.run(commands.standing).why == "No credits left, and there is no larger pack"


@pytest.mark.promise("SW4")
def test_with_overage_each_further_conversation_is_bought_until_the_cap(small: Shop) -> None:
    small.database.run(packs.buy, 5, by=small.ines)
    small.database.run(commands.change_settings, {"growth": "overage", "cap": 18}, by=small.ines)
    assert use(small, 20) == [True] * 18 + [False] * 2
    assert len(small.database.run(queries.entries, kind=EntryKind.OVERAGE)) == 3
    assert small.database.run(queries.balance) == 0
    assert small.database.run(commands.standing).why == "The monthly cap of 18 credits is reached"


@pytest.mark.promise("SW4")
def test_the_choice_holds_at_once_while_nothing_is_used_and_else_from_the_next_period(small: Shop, clock: FixedClock) -> None:
    small.database.run(packs.buy, 5, by=small.ines)
    chosen = small.database.run(commands.change_settings, {"growth": "overage"}, by=small.ines)
    assert (chosen.growth, chosen.growth_next) == ("overage", None)
    use(small, 1)
    chosen = small.database.run(commands.change_settings, {"growth": "upgrade"}, by=small.ines)
    assert (chosen.growth, chosen.growth_next) == ("overage", "upgrade")
    chosen = small.database.run(commands.change_settings, {"growth": "overage"}, by=small.ines)
    assert (chosen.growth, chosen.growth_next) == ("overage", None)
    small.database.run(commands.change_settings, {"growth": "upgrade"}, by=small.ines)
    clock.set(DECEMBER)
    small.database.run(commands.open_period)
    chosen = small.database.run(queries.settings)
    assert (chosen.growth, chosen.growth_next) == ("upgrade", None)


@pytest.mark.promise("SW5")
def test_those_who_pay_are_warned_by_mail_once_at_75_and_once_at_100_per_cent(small: Shop, clock: FixedClock) -> None:
    use(small, 7)
    assert mails(small) == []
    use(small, 3, "more")
    assert mails(small) == [
        ("ines@veloria.example", "75% of the customer agent’s credits are used"),
        ("ines@veloria.example", "The customer agent’s credits are used up"),
    ]
    assert use(small, 2, "late") == [False, False]
    small.database.run(commands.grant, 5, "A gift", by=small.ines)
    use(small, 5, "gift")
    assert len(mails(small)) == 2
    clock.set(DECEMBER)
    use(small, 8, "december")
    assert len(mails(small)) == 3


@pytest.mark.promise("SW5")
def test_a_warning_says_what_is_left_when_it_runs_out_and_what_happens_then(small: Shop) -> None:
    use(small, 8)
    (words,) = small.database.run(lambda tx: [row.words for row in tx.rows(select(notice))])
    assert "8 of 10 credits of this month are used; 2 are left." in words
    assert "At the present pace they run out on 27 November." in words
    assert "After that, new conversations go to people." in words
    assert "The reset is on 01 December 2026 at 00:00 (Europe/Berlin)." in words
