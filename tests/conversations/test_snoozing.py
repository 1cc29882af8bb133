"""Putting conversations off."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from firstline.console.later import chosen, later
from firstline.console.view.common import Times
from firstline.conversations import closing, ownership, queries, replying, snoozing
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Conflict, Invalid
from tests.conftest import NOW
from tests.world import Shop

SOON = NOW + timedelta(hours=3)


def _views(shop: Shop, conversation_id: str) -> set[str]:
    views = ("mine", "unassigned", "snoozed", "all", "closed")
    return {
        view
        for view in views
        if conversation_id in {line.conversation.id for line in shop.database.run(queries.lines, shop.ines, view=view)}
    }


@pytest.mark.promise("IN3")
def test_a_conversation_that_is_put_off_leaves_the_open_lists_until_its_time_or_until_the_customer_writes(shop: Shop) -> None:
    heard = shop.hears("Where is my bicycle?").conversation_id
    shop.database.run(ownership.take_over, heard, shop.ines)
    assert _views(shop, heard) == {"mine", "all"}
    shop.database.run(snoozing.snooze, heard, SOON, shop.ines)
    assert _views(shop, heard) == {"snoozed", "all"}
    assert shop.database.run(queries.counts, shop.ines) == {"mine": 0, "unassigned": 0, "agent": 0, "snoozed": 1}
    shop.database.run(snoozing.wake, heard, shop.ines)
    assert _views(shop, heard) == {"mine", "all"}
    shop.database.run(snoozing.snooze, heard, SOON, shop.ines)
    shop.hears("Are you there?")
    assert _views(shop, heard) == {"mine", "all"}


@pytest.mark.promise("IN3")
def test_what_cannot_be_put_off_is_refused_with_what_to_do(shop: Shop, clock: FixedClock) -> None:
    heard = shop.hears("Hello").conversation_id
    for wrong, says in (
        (NOW, "passed already"),
        (NOW.replace(tzinfo=None) + timedelta(days=1), "no offset"),
        (NOW + timedelta(days=400), "more than a year"),
    ):
        with pytest.raises(Invalid, match=says):
            shop.database.run(snoozing.snooze, heard, wrong, shop.ines)
    shop.gives_to_agent(heard)
    with pytest.raises(Conflict, match="Take it over first"):
        shop.database.run(snoozing.snooze, heard, SOON, shop.ines)
    shop.database.run(ownership.take_over, heard, shop.ines)
    shop.database.run(snoozing.snooze, heard, SOON, shop.ines)
    shop.gives_to_agent(heard)
    assert shop.database.run(queries.which, heard).snoozed_until is None, "the agent does not wait"
    shop.database.run(ownership.take_over, heard, shop.ines)
    shop.database.run(replying.reply, heard, "Tomorrow.", shop.ines)
    shop.database.run(closing.close, heard, shop.ines)
    with pytest.raises(Conflict, match="Reopen it first"):
        shop.database.run(snoozing.snooze, heard, SOON, shop.ines)


@pytest.mark.parametrize(
    ("now", "labels"),
    [
        ("2026-11-22T09:46", ["In three hours 12:46", "This evening 18:00", "Tomorrow morning Mon 09:00"]),
        ("2026-11-24T17:30", ["In three hours 20:30", "Tomorrow morning Wed 09:00", "Next Monday Mon 09:00"]),
        (
            "2026-10-24T08:00",
            ["In three hours 11:00", "This evening 18:00", "Tomorrow morning Sun 09:00", "Next Monday Mon 09:00"],
        ),
    ],
)
def test_the_times_that_are_offered_are_those_of_the_readers_clock(now: str, labels: list[str]) -> None:
    zone = ZoneInfo("Europe/Berlin")
    offered = later(Times(datetime.fromisoformat(now).replace(tzinfo=zone).astimezone(UTC), zone))
    assert [f"{one.label} {one.at}" for one in offered] == labels


def test_another_time_is_read_on_the_readers_clock() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert chosen("", "2026-12-01T09:00", berlin).astimezone(UTC) == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert chosen("2026-12-01T08:00:00+00:00", "", berlin) == datetime(2026, 12, 1, 8, tzinfo=UTC)
    for until, on in (("", ""), ("soon", ""), ("", "tomorrow")):
        with pytest.raises(Invalid, match="day and a time"):
            chosen(until, on, berlin)
