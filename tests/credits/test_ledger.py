"""The switch and the ledger, in a real database."""

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from firstline.credits import commands, holding, packs, queries
from firstline.credits.export import csv_lines
from firstline.credits.rules import ALLOWANCE, EntryKind, LedgerEntry
from firstline.credits.tables import ledger
from firstline.kit.clock import FixedClock
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Forbidden, Invalid, NotFound
from firstline.kit.events import event
from tests.world import Shop


def lines(shop: Shop) -> list[tuple[str, int, int]]:
    """Kind, amount and balance of every entry, oldest first."""
    return [(one.kind.value, one.amount, one.balance) for one in shop.database.run(lambda tx: list(queries.all_entries(tx)))]


def allow(shop: Shop, allowance: int) -> None:
    shop.database.run(commands.change_settings, {"allowance": allowance}, by=shop.ines)


@pytest.mark.promise("SW2")
def test_the_allowance_is_granted_once_a_period(shop: Shop, clock: FixedClock) -> None:
    for _ in range(3):
        shop.database.run(commands.open_period)
    assert lines(shop) == [("grant", ALLOWANCE, ALLOWANCE)]
    clock.set(datetime(2026, 12, 1, 8, tzinfo=UTC))
    for _ in range(3):
        shop.database.run(commands.open_period)
    assert lines(shop) == [("grant", ALLOWANCE, ALLOWANCE), ("expiry", -ALLOWANCE, 0), ("grant", ALLOWANCE, ALLOWANCE)]


@pytest.mark.promise("SW2")
def test_the_allowance_does_not_roll_over_but_a_grant_by_hand_stays(shop: Shop, clock: FixedClock) -> None:
    allow(shop, 10)
    shop.database.run(commands.grant, 5, "Sorry for the outage", by=shop.ines)
    for n in range(4):
        shop.database.run(holding.charge, f"cnv_{n}")
    clock.set(datetime(2026, 12, 1, 8, tzinfo=UTC))
    assert shop.database.run(commands.open_period).id == "2026-12-01"
    assert lines(shop)[-2:] == [("expiry", -6, 5), ("grant", 10, 15)]


@pytest.mark.promise("SW2")
def test_more_than_the_allowance_is_taken_from_what_was_granted_by_hand(shop: Shop, clock: FixedClock) -> None:
    allow(shop, 2)
    shop.database.run(commands.grant, 5, "A gift", by=shop.ines)
    for n in range(4):
        shop.database.run(holding.charge, f"cnv_{n}")
    clock.set(datetime(2026, 12, 1, 8, tzinfo=UTC))
    shop.database.run(commands.open_period)
    assert lines(shop)[-1] == ("grant", 2, 5)
    assert "expiry" not in [line[0] for line in lines(shop)[4:]]


@pytest.mark.promise("SW2")
@pytest.mark.promise("SW6")
def test_a_conversation_is_charged_once_however_often_it_is_asked(shop: Shop) -> None:
    asked = [shop.database.run(holding.charge, "cnv_1") for _ in range(3)]
    assert asked == [True, False, False]
    assert lines(shop) == [("grant", ALLOWANCE, ALLOWANCE), ("charge", -1, ALLOWANCE - 1)]
    (charge,) = shop.database.run(queries.entries, kind=EntryKind.CHARGE)
    assert (charge.conversation_id, charge.reason, charge.by_kind) == ("cnv_1", "First agent reply", "system")


@pytest.mark.promise("SW6")
def test_charges_at_the_same_moment_are_each_written_once(shop: Shop) -> None:
    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(lambda n: shop.database.run(holding.charge, f"cnv_{n % 5}"), range(40)))
    assert sum(written) == 5
    assert shop.database.run(queries.balance) == ALLOWANCE - 5
    assert [line[0] for line in lines(shop)].count("grant") == 1


def test_a_charge_that_is_rolled_back_is_not_there(shop: Shop) -> None:
    def fail(tx: Tx) -> None:
        holding.charge(tx, "cnv_1")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        shop.database.run(fail)
    assert shop.database.run(queries.charged, "cnv_1") == 0


def test_the_price_is_what_a_charge_takes(shop: Shop) -> None:
    shop.database.run(commands.change_settings, {"price": 50}, by=shop.ines)
    shop.database.run(holding.charge, "cnv_1")
    assert shop.database.run(queries.charged, "cnv_1") == 50


@pytest.mark.promise("SW6")
def test_the_ledger_cannot_be_changed_even_in_the_database(shop: Shop) -> None:
    shop.database.run(commands.open_period)
    for tamper in (update(ledger).values(amount=0), delete(ledger), text("truncate ledger")):
        with pytest.raises(DBAPIError, match="ledger is never changed"):
            shop.database.run(Tx.execute, tamper)
    assert lines(shop) == [("grant", ALLOWANCE, ALLOWANCE)]


@pytest.mark.promise("SW6")
def test_a_charge_can_be_disputed_and_refunded_once(shop: Shop) -> None:
    shop.database.run(holding.charge, "cnv_1")
    (charge,) = shop.database.run(queries.entries, kind=EntryKind.CHARGE)
    refund = shop.database.run(commands.refund, charge.id, "duplicate contact", by=shop.ines)
    assert (refund.amount, refund.balance, refund.refers_to, refund.conversation_id) == (1, ALLOWANCE, charge.id, "cnv_1")
    assert refund.reason == "Disputed by Ines Moreau: duplicate contact"
    with pytest.raises(Conflict, match="already"):
        shop.database.run(commands.refund, charge.id, "again", by=shop.ines)
    with pytest.raises(NotFound):
        shop.database.run(commands.refund, refund.id, "a refund is no charge", by=shop.ines)
    assert not shop.database.run(holding.charge, "cnv_1")
    assert shop.database.run(queries.charged, "cnv_1") == 0


@pytest.mark.promise("SW3")
def test_credits_run_out_and_come_back_with_the_reset(shop: Shop, clock: FixedClock) -> None:
    allow(shop, 2)
    assert shop.database.run(commands.standing).credits_left
    for n in range(3):  # the third was held when they ran out, and is finished
        shop.database.run(holding.charge, f"cnv_{n}")
    assert not shop.database.run(commands.standing).credits_left
    assert shop.database.run(queries.balance) == -1
    clock.set(datetime(2026, 12, 1, 8, tzinfo=UTC))
    assert shop.database.run(commands.standing).credits_left


@pytest.mark.promise("SW3")
def test_a_grant_by_hand_brings_credits_back_at_once(shop: Shop) -> None:
    allow(shop, 0)
    assert not shop.database.run(commands.standing).credits_left
    entry = shop.database.run(commands.grant, 3, "Bought by phone", by=shop.ines)
    assert (entry.kind, entry.amount, entry.by_id) == (EntryKind.GRANT, 3, shop.ines.id)
    assert shop.database.run(commands.standing).credits_left


def test_a_grant_with_the_same_key_adds_nothing(shop: Shop) -> None:
    first = shop.database.run(commands.grant, 3, "Once", by=shop.ines, key="form-1")
    again = shop.database.run(commands.grant, 3, "Once", by=shop.ines, key="form-1")
    assert again == first
    assert shop.database.run(queries.balance) == ALLOWANCE + 3


def test_a_changed_allowance_counts_at_once_and_never_takes_back_what_was_used(shop: Shop) -> None:
    allow(shop, 10)
    for n in range(4):
        shop.database.run(holding.charge, f"cnv_{n}")
    allow(shop, 1)
    assert shop.database.run(queries.balance) == 0
    allow(shop, 6)
    assert shop.database.run(queries.balance) == 5


@pytest.mark.promise("SW1")
def test_the_switch_is_on_until_somebody_switches_it_off_and_says_who(shop: Shop, clock: FixedClock) -> None:
    assert shop.database.run(queries.is_on)
    shop.database.run(commands.switch, False, by=shop.ines)
    chosen = shop.database.run(queries.settings)
    assert (chosen.on, chosen.switched_by, chosen.switched_at) == (False, shop.ines.id, clock.now())
    clock.advance(timedelta(hours=1))
    assert shop.database.run(commands.switch, False, by=shop.ines).switched_at == clock.now() - timedelta(hours=1)
    happened = shop.database.run(lambda tx: tx.rows(select(event.c.data).where(event.c.kind == "usage.switched")))
    assert [row.data for row in happened] == [{"on": False}]
    assert not shop.database.run(commands.standing).on


def test_billing_needs_its_permission(shop: Shop) -> None:
    calls: list[Callable[[Tx], object]] = [
        lambda tx: commands.switch(tx, False, by=shop.samira),
        lambda tx: commands.grant(tx, 1, "x", by=shop.samira),
        lambda tx: commands.refund(tx, "led_1", "x", by=shop.samira),
        lambda tx: commands.change_settings(tx, {"price": 2}, by=shop.samira),
        lambda tx: packs.buy(tx, 1_000, by=shop.samira),
        lambda tx: packs.choose_for_next_period(tx, 0, by=shop.samira),
    ]
    for call in calls:
        with pytest.raises(Forbidden, match="Billing"):
            shop.database.run(call)


WRONG: list[tuple[dict[str, object], str]] = [
    ({"price": 0}, "price"),
    ({"price": True}, "price"),
    ({"price": "7"}, "price"),
    ({"allowance": -1}, "allowance"),
    ({"allowance": 10**12}, "allowance"),
    ({"reset_day": 32}, "reset_day"),
    ({"cap": -1}, "cap"),
    ({"packs": []}, "packs"),
    ({"packs": [0, 5]}, "packs"),
    ({"growth": "never"}, "growth"),
    ({"resolved_after_hours": 0}, "resolved_after_hours"),
    ({"chargeable_event": "message"}, "chargeable_event"),
    ({"chargeable_event": ["conversation"]}, "chargeable_event"),
    ({"warn_at": [0]}, "warn_at"),
    ({"warn_at": [True]}, "warn_at"),
    ({"warn_at": "75"}, "warn_at"),
    ({"on": False}, "on"),
]


def test_settings_and_grants_that_cannot_be_are_refused_by_name(shop: Shop) -> None:
    for changes, field in WRONG:
        with pytest.raises(Invalid) as refused:
            shop.database.run(commands.change_settings, changes, by=shop.ines)
        assert refused.value.field == field
    for amount, reason in ((0, "x"), (-5, "x"), (10**10, "x"), (1, " \x00 "), (1, "x" * 301)):
        with pytest.raises(Invalid):
            shop.database.run(commands.grant, amount, reason, by=shop.ines)


def test_usage_says_what_is_left_used_and_ahead(shop: Shop) -> None:
    allow(shop, 100)
    for n in range(22):
        shop.database.run(holding.charge, f"cnv_{n}")
    usage = shop.database.run(queries.usage)
    assert (usage.balance, usage.used, usage.credits, usage.percent) == (78, 22, 100, 22)
    assert usage.forecast is not None
    assert 29 <= usage.forecast.by_end <= 32
    assert usage.period is not None
    days = shop.database.run(queries.used_by_day, usage.period)
    assert (len(days), days[-1][1], sum(used for _, used in days)) == (22, 22, 22)


def test_the_ledger_is_read_page_by_page_with_the_balance_after_each_line(shop: Shop) -> None:
    allow(shop, 10)
    for n in range(5):
        shop.database.run(holding.charge, f"cnv_{n}")
    pages: list[LedgerEntry] = []
    while page := shop.database.run(queries.entries, before=pages[-1].seq if pages else None, limit=2):
        pages += page
    assert [one.balance for one in pages] == [5, 6, 7, 8, 9, 10, ALLOWANCE]
    assert [one.id for one in pages] == [one.id for one in shop.database.run(queries.entries, limit=50)]
    (only,) = shop.database.run(queries.entries, conversation_id="cnv_3")
    assert only.balance == 6
    assert shop.database.run(queries.count) == 7


@pytest.mark.promise("SW6")
def test_the_csv_has_every_line_and_nothing_a_spreadsheet_would_run(shop: Shop) -> None:
    shop.database.run(commands.grant, 3, '=HYPERLINK("https://evil.example")', by=shop.ines)
    written = "".join(shop.database.run(lambda tx: list(csv_lines(queries.all_entries(tx)))))
    head, *rows = csv.reader(io.StringIO(written))
    assert head[2:6] == ["kind", "amount", "balance", "reason"]
    assert [row[3:6] for row in rows] == [
        [str(ALLOWANCE), str(ALLOWANCE), "Monthly allowance"],
        ["3", str(ALLOWANCE + 3), '\'=HYPERLINK("https://evil.example")'],
    ]
