"""Availability: by hand, by working hours, out of office (RT4)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.hours.document import from_json
from firstline.hours.public import countries, public_holidays
from firstline.hours.rules import is_open
from firstline.kit.clock import FixedClock
from firstline.kit.database import Database
from firstline.kit.errors import Forbidden, Invalid, NotFound
from firstline.people import commands as people
from firstline.people.availability import commands, queries
from firstline.people.availability.queries import Presence
from firstline.people.availability.rules import Absence, Plan, Why, said
from firstline.people.rules import Actor
from tests.conftest import NOW
from tests.world import Shop

OFFICE = {
    "mode": "during",
    "timezone": "Europe/Berlin",
    "rows": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}],
}
MONDAY_NINE = datetime(2026, 11, 23, 8, tzinfo=UTC)
MONDAY_FIVE = datetime(2026, 11, 23, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def shop(dsn: str, clock: FixedClock, shop_template: tuple[str, dict[str, Any]]) -> Iterator[Shop]:
    """Veloria, where it is noted who switched whom."""
    database = Database(dsn, clock, followers={"teammate.availability_changed": (commands.note_switch,)}, threads=4)
    yield Shop(database=database, **shop_template[1])
    database.close()


def samira(shop: Shop) -> Presence:
    return shop.database.run(queries.presence_of, shop.samira.id)


def sweep(shop: Shop) -> list[str]:
    due = list(shop.database.run(queries.due))
    for teammate_id in due:
        shop.database.run(commands.switch_due, teammate_id)
    return due


def set_hours(shop: Shop, hours: Any, by: Actor | None = None) -> None:
    shop.database.run(commands.set_working_hours, shop.samira.id, hours, by=by or shop.samira)


def leaves(shop: Shop, start: datetime | None, end: datetime, note: str = "", by: Actor | None = None) -> None:
    shop.database.run(commands.leave, shop.samira.id, start, end, note, by=by or shop.samira)


@pytest.mark.promise("RT4")
def test_working_hours_switch_a_teammate_at_their_ends(shop: Shop, clock: FixedClock) -> None:
    set_hours(shop, OFFICE)
    assert (samira(shop).available, samira(shop).why, samira(shop).next_change) == (False, Why.WORKING_HOURS, MONDAY_NINE)
    clock.set(MONDAY_NINE - timedelta(seconds=1))
    assert sweep(shop) == []
    clock.set(MONDAY_NINE)
    assert sweep(shop) == [shop.samira.id]
    assert (samira(shop).available, samira(shop).next_change) == (True, MONDAY_FIVE)
    clock.set(MONDAY_FIVE + HOUR)  # the worker was away for an hour
    sweep(shop)
    assert (samira(shop).available, samira(shop).next_change) == (False, MONDAY_NINE + timedelta(days=1))


@pytest.mark.promise("RT4")
def test_a_switch_by_hand_holds_until_the_hours_change_the_next_time(shop: Shop, clock: FixedClock) -> None:
    set_hours(shop, OFFICE)
    shop.database.run(people.set_available, shop.samira.id, True, by=shop.samira)
    assert (samira(shop).available, samira(shop).why) == (True, Why.BY_HAND)
    clock.set(MONDAY_NINE)
    sweep(shop)
    clock.set(MONDAY_FIVE)
    sweep(shop)
    assert (samira(shop).available, samira(shop).why) == (False, Why.WORKING_HOURS)


@pytest.mark.promise("RT4")
def test_out_of_office_switches_away_at_its_start_and_back_at_its_end(shop: Shop, clock: FixedClock) -> None:
    leaves(shop, NOW + HOUR, NOW + 3 * HOUR, "Dentist")
    assert samira(shop).available
    clock.set(NOW + HOUR)
    sweep(shop)
    assert (samira(shop).available, samira(shop).why, samira(shop).next_change) == (False, Why.OUT_OF_OFFICE, NOW + 3 * HOUR)
    assert samira(shop).plan.absence == Absence(NOW + HOUR, NOW + 3 * HOUR, "Dentist")
    clock.set(NOW + 3 * HOUR)
    sweep(shop)
    assert (samira(shop).available, samira(shop).plan.absence) == (True, None)


@pytest.mark.promise("RT4")
def test_whoever_comes_back_outside_working_hours_stays_away_until_they_begin(shop: Shop, clock: FixedClock) -> None:
    set_hours(shop, OFFICE)
    leaves(shop, None, NOW + HOUR)
    clock.set(NOW + HOUR)
    sweep(shop)
    assert (samira(shop).available, samira(shop).next_change) == (False, MONDAY_NINE)


def test_an_absence_can_be_called_off(shop: Shop) -> None:
    leaves(shop, None, NOW + HOUR)
    assert not samira(shop).available
    shop.database.run(commands.come_back, shop.samira.id, by=shop.samira)
    assert (samira(shop).available, samira(shop).plan) == (True, Plan())


def test_an_absence_that_lies_ahead_does_not_make_somebody_available_who_went_away_by_hand(shop: Shop) -> None:
    shop.database.run(people.set_available, shop.samira.id, False, by=shop.samira)
    leaves(shop, NOW + HOUR, NOW + 2 * HOUR)
    assert not samira(shop).available


@pytest.mark.promise("RT4", "PM1")
def test_others_are_set_only_with_the_permission_and_they_can_see_who_did_it(shop: Shop) -> None:
    attempts: tuple[tuple[Any, tuple[Any, ...]], ...] = (
        (people.set_available, (False,)),
        (commands.set_working_hours, (OFFICE,)),
        (commands.leave, (None, NOW + HOUR)),
        (commands.come_back, ()),
    )
    for command, values in attempts:
        with pytest.raises(Forbidden, match="Availability management"):
            shop.database.run(command, shop.samira.id, *values, by=shop.jonas)
    shop.database.run(people.set_available, shop.samira.id, False, by=shop.ines)
    assert (samira(shop).switched_by, samira(shop).switched_by_somebody_else) == (shop.ines.id, True)
    shop.database.run(people.set_available, shop.samira.id, True, by=shop.samira)
    assert not samira(shop).switched_by_somebody_else


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (NOW, NOW, "before the start"),
        (NOW + HOUR, NOW, "before the start"),
        (NOW - 2 * HOUR, NOW - HOUR, "passed"),
        (NOW.replace(tzinfo=None), NOW + HOUR, "offset"),
    ],
)
def test_an_absence_that_cannot_be_meant_is_refused(shop: Shop, start: datetime, end: datetime, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        leaves(shop, start, end)


def test_hostile_plans_are_refused_and_nothing_is_lost(shop: Shop) -> None:
    set_hours(shop, OFFICE)
    hostile: tuple[Any, ...] = (
        {"mode": "during"},
        [],
        "x",
        {"mode": "during", "timezone": "Mars/Olympus", "rows": OFFICE["rows"]},
    )
    for wrong in hostile:
        with pytest.raises(Invalid):
            set_hours(shop, wrong)
    with pytest.raises(Invalid, match="limit"):
        leaves(shop, None, NOW + HOUR, "x" * 500)
    with pytest.raises(NotFound):
        shop.database.run(commands.set_working_hours, "tmt_nobody", None, by=shop.ines)
    assert samira(shop).plan.hours == from_json(OFFICE)
    set_hours(shop, {"mode": "all"})
    assert (samira(shop).plan.hours, samira(shop).next_change) == (None, None)


instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))


@pytest.mark.promise("RT4")
@settings(max_examples=150, deadline=None, derandomize=True)
@given(instants, instants, st.integers(1, 100_000), st.booleans())
def test_a_plan_says_the_same_until_the_instant_it_names(
    at: datetime, start: datetime, minutes: int, works_in_an_office: bool
) -> None:
    absence = Absence(start, start + timedelta(minutes=minutes))
    plan = Plan(from_json(OFFICE) if works_in_an_office else None, absence)
    now = said(plan, at)
    away = absence.start <= at < absence.end
    assert now.available == (not away and (plan.hours is None or is_open(plan.hours, at)))
    if now.until is not None:
        assert now.until > at
        for share in (0.001, 0.5, 0.999):
            assert said(plan, at + (now.until - at) * share).available == now.available


def test_the_business_hours_are_set_by_whoever_manages_the_account(shop: Shop) -> None:
    assert shop.database.run(queries.the_business_hours).mode == "all"
    with pytest.raises(Forbidden):
        shop.database.run(commands.set_business_hours, OFFICE, by=shop.samira)
    shop.database.run(commands.set_business_hours, OFFICE, by=shop.ines)
    assert shop.database.run(queries.the_business_hours) == from_json(OFFICE)
    shop.database.run(commands.set_business_hours, {"mode": "all"}, by=shop.ines)
    assert shop.database.run(queries.the_business_hours).mode == "all"


@pytest.mark.promise("WH2")
def test_public_holidays_come_by_country_region_and_year() -> None:
    saxony = [day.isoformat() for day, _ in public_holidays("de", 2026, "SN")]
    assert {"2026-10-31", "2026-11-18", "2026-12-25"} <= set(saxony)
    assert "2026-11-18" not in [day.isoformat() for day, _ in public_holidays("DE", 2026)]
    assert len(countries()) > 200
    for country, year, region in (("XX", 2026, ""), ("DE", 1, ""), ("DE", 2026, "Mars"), ("", 2026, "")):
        with pytest.raises(Invalid):
            public_holidays(country, year, region)
