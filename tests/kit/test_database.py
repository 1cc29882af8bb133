"""Transactions: what is asked once in one, and what a constant statement is given."""

from sqlalchemy import text

from firstline.kit.database import Database, Tx

_HOW_OFTEN = text("select last_value from pg_sequences where sequencename = 'counted'")


def counted(tx: Tx, of: str, more: int = 0) -> int:
    return int(tx.scalar(text("select nextval('counted')"))) * 0 + len(of) + more


def test_a_question_is_asked_once_a_transaction_for_each_thing_it_is_asked_about(database: Database) -> None:
    database.run(lambda tx: tx.execute(text("create sequence counted")))

    def ask(tx: Tx) -> list[int]:
        return [tx.once(counted, "a"), tx.once(counted, "ab"), tx.once(counted, "a"), tx.once(counted, "a", more=5)]

    assert database.run(ask) == [1, 2, 1, 6]
    assert database.run(lambda tx: tx.scalar(_HOW_OFTEN)) == 3
    assert database.run(ask) == [1, 2, 1, 6]
    assert database.run(lambda tx: tx.scalar(_HOW_OFTEN)) == 6, "the next transaction asks anew"


def test_a_question_without_an_answer_is_not_asked_again_either(database: Database) -> None:
    database.run(lambda tx: tx.execute(text("create sequence counted")))

    def none(tx: Tx) -> None:
        tx.scalar(text("select nextval('counted')"))

    database.run(lambda tx: [tx.once(none), tx.once(none)])
    assert database.run(lambda tx: tx.scalar(_HOW_OFTEN)) == 1


def test_a_statement_that_is_built_once_takes_its_values_each_time(database: Database) -> None:
    twice = text("select 2 * cast(:n as integer)")
    assert database.run(lambda tx: (tx.scalar(twice, {"n": 2}), tx.row(twice, {"n": 3}), tx.rows(twice, {"n": 4}))) == (
        4,
        (6,),
        [(8,)],
    )
