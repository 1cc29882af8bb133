"""Whatever happens in whatever order: the balance is the sum, nothing is written twice, the allowance never rolls over (SW6)."""

import contextlib
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstline.credits import commands, holding, packs, queries
from firstline.credits.rules import EntryKind
from firstline.kit.clock import FixedClock
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid
from tests.world import Shop

steps = st.one_of(
    st.tuples(st.just("charge"), st.integers(0, 6)),
    st.tuples(st.just("refund"), st.integers(0, 6)),
    st.tuples(st.just("grant"), st.integers(1, 20)),
    st.tuples(st.just("allowance"), st.integers(0, 8)),
    st.tuples(st.just("price"), st.integers(1, 3)),
    st.tuples(st.just("pack"), st.sampled_from([0, 5, 10, 20])),
    st.tuples(st.just("cap"), st.integers(0, 30)),
    st.tuples(st.just("growth"), st.integers(0, 1)),
    st.tuples(st.just("take"), st.integers(0, 6)),
    st.tuples(st.just("let_go"), st.integers(0, 6)),
    st.tuples(st.just("days"), st.integers(0, 45)),
)


class Undo(Exception):
    """Takes an example's rows away again."""


@pytest.mark.promise("SW6")
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(steps, max_size=25))
def test_the_books_balance_after_any_history(shop: Shop, clock: FixedClock, history: list[tuple[str, int]]) -> None:
    def live(tx: Tx) -> None:
        commands.change_settings(tx, {"packs": [5, 10, 20]}, by=shop.ines)
        for verb, number in history:
            _do(tx, shop, verb, number)
            _check(tx)
        raise Undo

    with pytest.raises(Undo):
        shop.database.run(live)


def _do(tx: Tx, shop: Shop, verb: str, number: int) -> None:
    if verb == "charge":
        before = queries.charged(tx, f"cnv_{number}")
        written = holding.charge(tx, f"cnv_{number}")
        assert written or before == queries.charged(tx, f"cnv_{number}")
    elif verb == "refund":
        for charge in queries.entries(tx, kind=EntryKind.CHARGE, conversation_id=f"cnv_{number}"):
            try:
                commands.refund(tx, charge.id, "disputed", by=shop.ines)
            except Conflict:
                assert queries.charged(tx, f"cnv_{number}") == 0
    elif verb == "pack":
        with contextlib.suppress(Conflict, Invalid):
            (packs.buy if number else packs.choose_for_next_period)(tx, number, by=shop.ines)
    elif verb == "growth":
        commands.change_settings(tx, {verb: ("upgrade", "overage")[number]}, by=shop.ines)
    elif verb == "take":
        free = queries.books(tx, queries.settings(tx)).free
        taken = holding.take(tx, f"cnv_{number}").credits_left
        assert queries.books(tx, queries.settings(tx)).free >= (0 if taken and free >= 0 else free)
    elif verb == "let_go":
        holding.let_go(tx, f"cnv_{number}")
    elif verb == "grant":
        commands.grant(tx, number, "by hand", by=shop.ines)
    elif verb == "days":
        tx.now += timedelta(days=number)
        commands.open_period(tx)
    else:
        commands.change_settings(tx, {verb: number}, by=shop.ines)


def _check(tx: Tx) -> None:
    entries = list(queries.all_entries(tx))
    assert queries.balance(tx) == sum(one.amount for one in entries) == (entries[-1].balance if entries else 0)
    charges = Counter(one.conversation_id for one in entries if one.kind is EntryKind.CHARGE)
    refunds = Counter(one.refers_to for one in entries if one.kind is EntryKind.REFUND)
    assert max([*charges.values(), *refunds.values()], default=1) == 1
    by_hand = sum(
        one.amount
        for one in entries
        if one.kind is EntryKind.OVERAGE
        or (one.by_kind == "teammate" and one.kind is EntryKind.GRANT and "Allowance" not in one.reason)
    )
    refunded = sum(one.amount for one in entries if one.kind is EntryKind.REFUND)
    last = queries.last_period(tx)
    allowance = queries.granted_in(tx, last.id) if last else 0
    # What is there now came from this period's allowance, from hands, or was given back: nothing rolled over.
    assert queries.balance(tx) <= max(allowance, 0) + by_hand + refunded
