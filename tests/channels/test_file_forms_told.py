"""What Meta tells of a file that it refused, in any order, twice, early and late: the file goes out once in each form."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from firstline.channels.deliver import Outbox
from firstline.channels.interrupting import WITHDRAWN
from firstline.channels.tables import delivery_report, dispatch
from firstline.conversations import deliveries
from firstline.kit.database import Tx
from firstline.simulators.meta.posting import whatsapp
from firstline.simulators.meta.world import Fault
from tests.channels.meta import ANA, Meta
from tests.channels.number import Number, bill, is_plain_jpeg, picture
from tests.world import KEYRING


@pytest.fixture
def number(meta: Meta) -> Number:
    return Number(meta)


@pytest.mark.promise("CH3")
def test_the_same_fault_told_by_both_ways_and_twice_is_answered_once(number: Number) -> None:
    number.dislikes(told="both")
    reply = number.writes("Your bike", picture())
    (one,) = number.delivers()
    assert is_plain_jpeg(number, one)
    for _ in range(2):
        number.told("failed", "wamid.LATE", ours=reply)
        assert number.delivers() == []
    assert number.state(reply) == "sent"
    number.told("delivered", number.last_id())
    assert number.state(reply) == "delivered"


@pytest.mark.promise("CH3")
@pytest.mark.parametrize("named", ["theirs", "ours", "both"])
def test_a_failure_that_is_faster_than_the_answer_of_the_send_counts(number: Number, named: str) -> None:
    reply = number.writes("Your bike", picture())
    post = number.meta.world.number

    def meanwhile() -> int:
        made = post()
        if not number.meta.world.sent and number.meta.world.media:
            theirs = f"wamid.OUT{made}" if named != "ours" else ""
            number.told("failed", theirs, ours=reply if named != "theirs" else "")
        return made

    number.meta.world.number = meanwhile  # type: ignore[method-assign]
    sent = number.delivers()
    assert [one["type"] for one in sent] == ["image", "image"]
    assert is_plain_jpeg(number, sent[1])
    assert number.state(reply) == "sent"
    assert number.delivers() == []
    number.told("sent", number.meta.world.sent[0]["id"], later=1)
    number.told("delivered", number.last_id(), later=2)
    assert number.state(reply) == "delivered"


@pytest.mark.promise("IN2")
def test_only_the_refused_one_of_several_files_goes_again_and_what_came_after_waits_for_it(number: Number) -> None:
    reply = number.writes("All of it", bill(), picture())
    words, document, image = number.delivers()
    assert [words["type"], document["type"], image["type"]] == ["text", "document", "image"]
    ids = [one["id"] for one in number.meta.world.sent]
    for id in ids[:2]:
        number.told("delivered", id)
    number.told("failed", ids[2])
    later = number.writes("And one word more")
    again, more = number.delivers()
    assert (again["type"], more["type"]) == ("image", "text")
    assert [number.state(reply), number.state(later)] == ["sent", "sent"]
    number.told("delivered", number.meta.world.sent[-2]["id"])
    assert number.state(reply) == "delivered"


@pytest.mark.promise("CH8")
def test_if_the_window_closed_meanwhile_it_is_said_and_nothing_leaves(number: Number) -> None:
    reply = number.writes("Your bike", picture())
    number.delivers()
    number.later(25 * 60)
    number.told("failed", number.last_id())
    assert number.delivers() == []
    assert number.state(reply) == "failed"
    assert "reply window is closed" in number.reason(reply)


@pytest.mark.promise("CH9", "HO9")
def test_a_person_on_the_phone_is_faster_than_the_repetition_even_right_before_it_leaves(number: Number) -> None:
    said = number.agent_writes("Your bike", picture())
    number.delivers()
    refused = number.last_id()
    number.told("failed", refused)
    echo = {"from": "493415550100", "to": ANA, "id": "human1", "timestamp": str(int(number.meta.world.now())), "type": "text"}
    uploads = number.meta.world.number

    def meanwhile() -> int:
        number.takes(whatsapp("smb_message_echoes", message_echoes=[{**echo, "text": {"body": "Ines here."}}]))
        number.meta.world.number = uploads  # type: ignore[method-assign]
        return uploads()

    number.meta.world.number = meanwhile  # type: ignore[method-assign]
    assert number.delivers() == []
    assert number.delivers() == []
    assert (number.state(said), number.reason(said)) == ("failed", WITHDRAWN)


@pytest.mark.promise("IN2")
def test_a_file_that_arrived_after_all_is_not_sent_again(number: Number) -> None:
    reply = number.writes("Your bike", picture())
    number.delivers()
    first = number.last_id()
    number.told("failed", first)
    number.told("delivered", first, later=1)
    assert number.delivers() == []
    assert number.state(reply) == "delivered"


@pytest.mark.promise("IN2")
def test_a_late_sent_of_the_refused_form_does_not_pass_for_the_next_one(number: Number) -> None:
    reply = number.writes("Your bike", picture())
    number.delivers()
    first = number.last_id()
    number.told("failed", first)
    number.told("sent", first, later=1)
    assert number.state(reply) == "pending"
    assert len(number.delivers()) == 1


@pytest.mark.promise("IN2")
def test_an_old_failure_told_again_does_not_fail_what_somebody_tried_once_more(number: Number) -> None:
    reply = number.writes("Hello")
    number.delivers()
    first = number.last_id()
    number.told("failed", first, code=131000)
    assert number.state(reply) == "failed"
    number.meta.shop.database.run(deliveries.try_again, reply, number.meta.shop.jonas)
    number.delivers()
    number.told("failed", first, code=131000)
    assert number.state(reply) == "sent"


def test_trouble_on_the_way_does_not_use_up_a_form(number: Number) -> None:
    number.dislikes()
    reply = number.writes("Your bike", picture())
    uploads = number.meta.world.number

    def meanwhile() -> int:
        number.meta.world.faults.append(Fault(131016, status=503, path="/media"))
        number.meta.world.number = uploads  # type: ignore[method-assign]
        return uploads()

    number.meta.world.number = meanwhile  # type: ignore[method-assign]
    assert number.delivers() == []
    assert "Meta error 131016" in number.reason(reply)
    number.later(1)
    (one,) = number.delivers()
    assert is_plain_jpeg(number, one)


def test_messages_prepared_by_the_release_before_go_out_whole(number: Number) -> None:
    """Their files belong to no part, and come with the last one."""
    reply = number.writes("All of it", bill(), picture())
    number.meta.world.faults.append(Fault(131016, status=503))
    assert number.delivers() == []

    def as_before(tx: Tx) -> None:
        tx.execute(dispatch.delete().where(dispatch.c.entry_id == reply, dispatch.c.part > 0))
        tx.execute(update(dispatch).where(dispatch.c.entry_id == reply).values(parts=1, file_id=None, not_before=None))

    number.meta.shop.database.run(as_before)
    assert [one["type"] for one in number.delivers()] == ["text", "document", "image"]
    assert number.state(reply) == "sent"


STATES = st.sampled_from(["sent", "delivered", "read", "failed"])


@pytest.mark.slow
@pytest.mark.promise("IN2")
def test_whatever_is_told_in_whatever_order_each_form_leaves_at_most_once(number: Number) -> None:
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(STATES, st.integers(0, 3), st.sampled_from(["theirs", "ours", "both"])), max_size=8))
    def holds(told: list[tuple[str, int, str]]) -> None:
        number.later(1)
        reply = number.writes("Your bike", picture())
        left = number.delivers()
        begun = len(number.meta.world.sent) - len(left)
        for at, (state, which, named) in enumerate(told):
            sent = number.meta.world.sent[begun:]
            one = sent[which % len(sent)]
            ours = one["body"]["biz_opaque_callback_data"] if named != "theirs" else ""
            number.told(state, one["id"] if named != "ours" else "", ours=ours, later=at)
            left += number.delivers()
        names = [one["biz_opaque_callback_data"] for one in left]
        assert len(set(names)) == len(names) <= 3
        assert number.state(reply) in ("sent", "delivered", "read", "failed")
        arrived = [state for state, _, _ in told if state in ("delivered", "read")]
        if arrived and number.state(reply) == "failed":
            raise AssertionError(told)

    holds()


def test_reports_say_whether_the_file_was_the_trouble(number: Number) -> None:
    number.told("failed", "wamid.unknown")
    row = number.meta.shop.database.run(lambda tx: tx.row(select(delivery_report)))
    assert row is not None
    assert (row.refuses_file, row.entry_id) == (True, None)


@pytest.mark.promise("IN2", "CH3")
def test_a_part_waits_until_the_one_before_arrived_or_five_seconds(number: Number) -> None:
    outbox = Outbox(number.meta.shop.database, number.meta.channels, KEYRING)
    reply = number.writes("All of it", bill(), picture())

    def delivers() -> int:
        asyncio.run(outbox.deliver(number.talk))
        return len(number.meta.world.sent)

    assert (delivers(), delivers()) == (1, 1)
    number.told("sent", number.last_id())
    assert delivers() == 1
    number.told("delivered", number.last_id(), later=1)
    assert (delivers(), delivers()) == (2, 2)
    number.later(1)
    assert delivers() == 3
    assert number.state(reply) == "sent"
