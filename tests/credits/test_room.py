"""Whether one more conversation can be paid, and what is bought for it; what counts as resolved: pure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstline.credits.resolution import Outcome, judge
from firstline.credits.room import Books, Growth, Room, next_pack, room_for_one

SIZES = (1_000, 2_500, 5_000)
EMPTY = Books(price=1, free=0, spoken_for=1_000, packs=SIZES)
WITH_PACK = replace(EMPTY, pack=1_000)


@pytest.mark.promise("SW3")
@pytest.mark.parametrize(
    ("books", "expected"),
    [
        (replace(EMPTY, free=1), Room(True, "Credits left")),
        (EMPTY, Room(False, "No credits left")),
        (replace(EMPTY, free=49, price=50), Room(False, "No credits left")),
        (replace(EMPTY, free=-3), Room(False, "No credits left")),
        (replace(EMPTY, growth=Growth.OVERAGE), Room(False, "No credits left")),
    ],
)
def test_without_a_pack_the_agent_stops_when_nothing_is_left(books: Books, expected: Room) -> None:
    assert room_for_one(books) == expected


@pytest.mark.promise("SW4")
@pytest.mark.parametrize(
    ("books", "expected"),
    [
        (WITH_PACK, Room(True, "Paid by the upgrade to the pack of 2,500 credits", pack=2_500)),
        (replace(WITH_PACK, free=1), Room(True, "Credits left")),
        (replace(WITH_PACK, price=2_000), Room(True, "Paid by the upgrade to the pack of 5,000 credits", pack=5_000)),
        (replace(WITH_PACK, pack=5_000), Room(False, "No credits left, and there is no larger pack")),
        (replace(WITH_PACK, growth=Growth.OVERAGE), Room(True, "Paid as overage", overage=1)),
        (replace(WITH_PACK, growth=Growth.OVERAGE, price=50, free=20), Room(True, "Paid as overage", overage=30)),
        (replace(WITH_PACK, cap=1_000), Room(False, "The monthly cap of 1,000 credits is reached")),
        (replace(WITH_PACK, cap=1_000, free=500), Room(False, "The monthly cap of 1,000 credits is reached")),
        (replace(WITH_PACK, cap=1_001), Room(True, "Paid by the upgrade to the pack of 2,500 credits", pack=2_500)),
        (replace(WITH_PACK, growth=Growth.OVERAGE, cap=1_000), Room(False, "The monthly cap of 1,000 credits is reached")),
    ],
)
def test_with_a_pack_the_next_one_or_overage_is_bought_up_to_the_cap(books: Books, expected: Room) -> None:
    assert room_for_one(books) == expected


books = st.builds(
    Books,
    price=st.integers(1, 60),
    free=st.integers(-100, 100),
    spoken_for=st.integers(0, 5_000),
    pack=st.sampled_from((0, *SIZES)),
    packs=st.just(SIZES),
    growth=st.sampled_from(Growth),
    cap=st.none() | st.integers(0, 6_000),
)


@pytest.mark.promise("SW3", "SW4")
@given(books=books)
def test_whoever_gets_room_can_pay_for_it_and_nobody_goes_above_the_cap(books: Books) -> None:
    room = room_for_one(books)
    if room.there:
        bought = room.overage + (room.pack - books.pack if room.pack else 0)
        assert books.free + bought >= books.price
        assert books.cap is None or books.spoken_for + books.price <= books.cap
        assert not bought or books.pack
    else:
        assert (room.pack, room.overage) == (None, 0)
        assert room.why


def test_the_next_pack_is_the_smallest_that_is_larger() -> None:
    assert (next_pack(0, SIZES), next_pack(1_000, SIZES), next_pack(5_000, SIZES)) == (1_000, 2_500, None)


GOOD = Outcome(answered=True, handed_over=False, asked_for_person=False, person_replied=False)


@pytest.mark.promise("TE5")
@pytest.mark.parametrize(
    ("outcome", "resolved"),
    [
        (GOOD, True),
        (replace(GOOD, feedback="up"), True),
        (replace(GOOD, feedback="down"), False),
        (replace(GOOD, answered=False), False),
        (replace(GOOD, handed_over=True), False),
        (replace(GOOD, asked_for_person=True), False),
        (replace(GOOD, person_replied=True), False),
    ],
)
def test_a_resolution_is_an_answer_that_nobody_objected_to(outcome: Outcome, resolved: bool) -> None:
    judgement = judge(outcome)
    assert judgement.resolved is resolved
    assert judgement.why
