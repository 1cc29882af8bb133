"""The audit log: who changed what, without secrets, and nobody can change it unnoticed."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from firstline.kit.clock import FixedClock
from firstline.kit.database import Database, Tx
from firstline.kit.secrets import Keyring
from firstline.people import audit, commands, sealing
from firstline.people.audit import without_secrets
from firstline.people.tables import audit_entry, audit_seal
from tests.world import KEYRING, Shop

OTHER = Keyring(b"o" * 32)


def _write(shop: Shop, times: int = 1, verb: str = "thing.change") -> None:
    def write(tx: Tx) -> None:
        for n in range(times):
            audit.record(tx, shop.ines, verb, "x", after={"n": n})

    shop.database.run(write)


def _whole(shop: Shop, keyring: Keyring = KEYRING) -> sealing.Verdict:
    return shop.database.run(sealing.verify, keyring)


def _tamper(shop: Shop, *statements: str) -> None:
    """As whoever owns the database can: without the triggers."""

    def change(tx: Tx) -> None:
        tx.execute(text("set local session_replication_role = replica"))
        for statement in statements:
            tx.execute(text(statement))

    shop.database.run(change)


@pytest.mark.promise("PM4")
@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set verb = 'x'",
        "delete from audit_entry",
        "truncate audit_entry cascade",
        "update audit_seal set seal = '\\x00'",
        "delete from audit_seal",
        "truncate audit_seal",
    ],
)
def test_the_database_refuses_to_change_the_log(shop: Shop, statement: str) -> None:
    shop.database.run(sealing.seal_new, KEYRING)
    with pytest.raises(DBAPIError, match="cannot be changed"):
        shop.database.run(lambda tx: tx.execute(text(statement)))


@pytest.mark.promise("PM4")
def test_every_entry_is_sealed_once_and_the_chain_is_whole(shop: Shop) -> None:
    _write(shop, 3)
    before = shop.database.run(sealing.seal_new, KEYRING)
    _write(shop)
    assert shop.database.run(sealing.seal_new, KEYRING) == 1
    assert shop.database.run(sealing.seal_new, KEYRING, thorough=True) == 0
    verdict = _whole(shop)
    assert (verdict.entries, verdict.problems) == (before + 1, ())


@pytest.mark.promise("PM4")
@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "update audit_entry set after = '{\"n\": 9}' where id = (select max(id) - 1 from audit_entry)",
            "is not what was sealed",
        ),
        ("update audit_entry set by_id = 'tmt_other' where id = (select min(id) from audit_entry)", "is not what was sealed"),
        ("delete from audit_entry where id = (select max(id) - 1 from audit_entry)", "entry of seal"),
        ("delete from audit_seal where number = 2", "Seals 2 to 2 are missing"),
        ("update audit_seal set entry_id = entry_id + 100000 where number = 2", "entry of seal 2 is missing"),
    ],
)
def test_what_was_changed_behind_its_back_is_found(shop: Shop, statement: str, found: str) -> None:
    _write(shop, 4)
    shop.database.run(sealing.seal_new, KEYRING)
    _tamper(shop, statement)
    assert any(found in problem for problem in _whole(shop).problems)


@pytest.mark.promise("PM4")
def test_two_entries_that_are_exchanged_are_found(shop: Shop) -> None:
    _write(shop, 2)
    shop.database.run(sealing.seal_new, KEYRING)
    last = "(select max(number) from audit_seal)"
    _tamper(
        shop,
        f"create temp table swap on commit drop as select number, entry_id from audit_seal where number >= {last} - 1",
        f"update audit_seal set entry_id = -number where number >= {last} - 1",
        "update audit_seal a set entry_id = s.entry_id from swap s where a.number >= (select min(number) from swap)"
        " and a.number <> s.number",
    )
    assert len(_whole(shop).problems) == 2


@pytest.mark.promise("PM4")
def test_a_seal_made_without_the_key_is_found_and_so_is_a_log_of_another_key(shop: Shop) -> None:
    _write(shop)
    shop.database.run(sealing.seal_new, KEYRING)
    _write(shop)
    shop.database.run(sealing.seal_new, OTHER)
    (problem,) = _whole(shop).problems
    assert "another secret key" in problem


def test_an_entry_that_stays_without_a_seal_is_told(shop: Shop, clock: FixedClock) -> None:
    shop.database.run(sealing.seal_new, KEYRING)
    _write(shop)
    assert _whole(shop).problems == ()
    clock.advance(timedelta(minutes=6))
    assert "not sealed" in _whole(shop).problems[0]


@pytest.mark.promise("PM4")
def test_a_late_commit_is_sealed_after_newer_entries(shop: Shop) -> None:
    with shop.database.engine.connect() as slow, slow.begin():
        audit.record(Tx(slow, shop.database.clock.now()), shop.ines, "late.change", "x")
        _write(shop)
        shop.database.run(sealing.seal_new, KEYRING)
    assert shop.database.run(sealing.seal_new, KEYRING) == 1
    newest = select(audit_entry.c.verb).join(audit_seal, audit_seal.c.entry_id == audit_entry.c.id)
    assert shop.database.run(lambda tx: tx.scalar(newest.order_by(audit_seal.c.number.desc()))) == "late.change"
    assert _whole(shop).problems == ()


@pytest.mark.promise("PM4")
def test_four_writers_and_two_sealers_at_once_leave_one_whole_chain(shop: Shop, dsn: str) -> None:
    database = Database(dsn, shop.database.clock, threads=6)
    other = Shop(**{**shop.__dict__, "database": database})

    def work(number: int) -> None:
        if number % 3 == 2:
            database.run(sealing.seal_new, KEYRING)
        else:
            _write(other, 2)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(60)))
    while database.run(sealing.seal_new, KEYRING):
        pass
    count = database.run(lambda tx: tx.scalar(text("select count(*) from audit_entry")))
    database.close()
    verdict = _whole(shop)
    assert (verdict.entries, verdict.problems) == (count, ())


@pytest.mark.promise("PM4")
def test_secrets_never_reach_the_log(shop: Shop) -> None:
    shop.database.run(commands.change_teammate, shop.samira.id, password="a brand new secret", by=shop.ines)
    rows = shop.database.run(lambda tx: tx.rows(select(audit_entry)))
    assert "brand new" not in json.dumps([[row.before, row.after] for row in rows])
    kept = without_secrets({"a": [{"client_secret": "x", "token": None}], "secrets": {"k": "v"}, "password": "changed", "n": "y"})
    assert kept == {"a": [{"client_secret": "•••", "token": None}], "secrets": "•••", "password": "changed", "n": "y"}


def test_an_entry_says_which_key_acted(shop: Shop) -> None:
    from dataclasses import replace

    shop.database.run(lambda tx: audit.record(tx, replace(shop.ines, key="Shop system"), "thing.change", "x"))
    name = shop.database.run(lambda tx: tx.scalar(select(audit_entry.c.by_name).order_by(audit_entry.c.id.desc())))
    assert name == "Ines Moreau (API key Shop system)"
