"""The event log and its cursor."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from firstline.kit.database import Database, Event, Tx
from firstline.kit.events import START, Cursor, emit, last_settled, read_after


def test_events_come_back_in_the_order_they_were_committed(database: Database) -> None:
    for number in range(5):
        database.run(emit, "thing.happened", "t", number=number)
    found = database.run(read_after, START)
    assert [event.data["number"] for _, event in found] == [0, 1, 2, 3, 4]


def test_a_reader_never_steps_over_an_event_that_is_committed_later(database: Database) -> None:
    """The first writer has the lower id and commits last; a cursor by id alone would lose it."""
    written, go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        emit(tx, "slow.happened", "t")
        written.set()
        assert go_on.wait(10)

    writer = threading.Thread(target=database.run, args=(slow,))
    writer.start()
    assert written.wait(10)
    database.run(emit, "fast.happened", "t")
    before = database.run(read_after, START)
    assert before == []
    go_on.set()
    writer.join()
    kinds = [event.kind for _, event in database.run(read_after, START)]
    assert sorted(kinds) == ["fast.happened", "slow.happened"]


def test_reading_goes_on_after_the_cursor(database: Database) -> None:
    for number in range(7):
        database.run(emit, "thing.happened", "t", number=number)
    cursor, seen = START, []
    while found := database.run(read_after, cursor, limit=3):
        seen += [event.data["number"] for _, event in found]
        cursor = found[-1][0]
    assert seen == list(range(7))
    assert database.run(last_settled) == cursor


def test_what_follows_an_event_happens_in_the_same_transaction(dsn: str) -> None:
    def follow(tx: Tx, event: Event) -> None:
        tx.execute(text("insert into sweep values (:name, now())"), {"name": event.subject})

    database = Database(dsn, followers={"thing.happened": (follow,)}, threads=1)

    def fail(tx: Tx) -> None:
        emit(tx, "thing.happened", "gone")
        raise RuntimeError("no")

    database.run(emit, "thing.happened", "kept")
    with pytest.raises(RuntimeError):
        database.run(fail)
    names = database.run(lambda tx: [row.name for row in tx.rows(text("select name from sweep"))])
    database.close()
    assert names == ["kept"]


@given(st.integers(0, 2**62), st.integers(0, 2**62))
def test_a_cursor_reads_back_what_it_wrote(xid: int, id: int) -> None:
    assert Cursor.parse(str(Cursor(xid, id))) == Cursor(xid, id)


@given(st.text(max_size=60))
def test_a_cursor_from_anywhere_is_read_or_refused_but_never_raises(written: str) -> None:
    parsed = Cursor.parse(written)
    assert parsed is None or parsed >= START
