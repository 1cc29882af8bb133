"""Receiving messages."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from firstline.conversations import closing, queries
from firstline.conversations.rules import MESSAGE_LIMIT, EntryKind, subject_of
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Invalid
from firstline.kit.events import START, read_after
from tests.world import Shop


def test_a_first_message_makes_contact_conversation_and_message(shop: Shop) -> None:
    received = shop.hears("Rear derailleur clicks in two gears\nsince yesterday")
    found = shop.database.run(queries.which, received.conversation_id)
    assert (received.new, received.duplicate, received.seq) == (True, False, 1)
    assert found.subject == "Rear derailleur clicks in two gears"
    assert found.owner.kind.value == "nobody"
    assert found.waiting_since == shop.database.clock.now()


def test_a_second_message_joins_the_open_conversation(shop: Shop) -> None:
    first, second = shop.hears("Hello"), shop.hears("Is the first service free?")
    assert second.conversation_id == first.conversation_id
    assert second.seq == 2


def test_two_customers_have_two_conversations(shop: Shop) -> None:
    assert shop.hears("Hello").conversation_id != shop.hears("Hello", visitor="tobias").conversation_id


def test_the_same_provider_message_is_taken_once(shop: Shop) -> None:
    first, again = shop.hears("Hello", message="m1"), shop.hears("Hello", message="m1")
    assert again.duplicate
    assert again.entry_id == first.entry_id
    assert len(shop.database.run(queries.timeline, first.conversation_id)) == 1


def test_first_messages_at_the_same_moment_make_one_conversation(shop: Shop) -> None:
    with ThreadPoolExecutor(4) as pool:
        received = list(pool.map(lambda n: shop.hears(f"Message {n}", message=f"m{n % 8}"), range(16)))
    assert len({one.conversation_id for one in received}) == 1
    assert len({one.contact_id for one in received}) == 1
    entries = shop.database.run(queries.timeline, received[0].conversation_id)
    assert [entry.seq for entry in entries] == list(range(1, 9))


@pytest.mark.promise("IN4")
def test_a_message_soon_after_closing_reopens_and_later_starts_a_linked_conversation(shop: Shop, clock: FixedClock) -> None:
    first = shop.hears("Hello")
    shop.database.run(closing.close, first.conversation_id, shop.samira)
    clock.advance(timedelta(days=2))
    second = shop.hears("One more thing")
    assert second.conversation_id == first.conversation_id
    reopened = shop.database.run(queries.which, first.conversation_id)
    assert (reopened.status, reopened.engagement) == ("open", 1)
    shop.database.run(closing.close, first.conversation_id, shop.samira)
    clock.advance(timedelta(days=4))
    third = shop.hears("Something else")
    assert third.new
    assert shop.database.run(queries.which, third.conversation_id).previous_id == first.conversation_id


def test_a_message_too_long_or_empty_is_refused_and_nothing_is_kept(shop: Shop) -> None:
    for text in ("x" * (MESSAGE_LIMIT + 1), "  \n "):
        with pytest.raises(Invalid):
            shop.hears(text)
    assert shop.database.run(queries.lines, shop.ines) == []


def test_a_null_character_does_not_stop_a_message(shop: Shop) -> None:
    received = shop.hears("Hel\x00lo")
    assert shop.database.run(queries.timeline, received.conversation_id)[0].text == "Hello"


def test_everything_is_an_event_of_the_same_transaction(shop: Shop) -> None:
    before = len(shop.database.run(read_after, START))
    received = shop.hears("Hello")
    events = [event for _, event in shop.database.run(read_after, START)][before:]
    assert [event.kind for event in events] == ["contact.created", "conversation.created", "message.received"]
    assert events[-1].data["entry"] == received.entry_id


def test_a_title_is_one_line_cut_at_a_word() -> None:
    assert subject_of("\n  Where is   my order?\nThanks") == "Where is my order?"
    long = subject_of("word " * 40)
    assert len(long) <= 81
    assert long.endswith("word…")
    assert subject_of("") == ""


def test_the_timeline_says_that_a_customer_reopened(shop: Shop) -> None:
    first = shop.hears("Hello")
    shop.database.run(closing.close, first.conversation_id, shop.samira)
    shop.hears("Again")
    kinds = [entry.kind for entry in shop.database.run(queries.timeline, first.conversation_id)]
    assert kinds == [EntryKind.MESSAGE, EntryKind.STATUS, EntryKind.STATUS, EntryKind.MESSAGE]
