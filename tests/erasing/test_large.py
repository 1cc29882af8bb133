"""An erasure in a large database: everything it looks for has an index, and nobody waits while it looks through copies."""

import asyncio

import pytest
from sqlalchemy import func, insert, select, text

from firstline.channels.tables import raw_delivery
from firstline.contacts.tables import contact
from firstline.erasing import commands, finding, jobs, removing
from firstline.erasing.rules import COPIES, Person, Step
from firstline.erasing.shapes import belongs, named_in, reached
from firstline.erasing.tables import erasure
from firstline.kit.database import Tx
from firstline.schema import metadata
from tests.erasing.test_erasing import known
from tests.erasing.world import Known
from tests.world import Shop

__all__ = ["known"]

_LEADS = text("""
select c.relname as of, a.attname as leads from pg_index i join pg_class c on c.oid = i.indrelid
join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
where i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = format('(%s IS NOT NULL)', a.attname)
""")


@pytest.mark.promise("OP2")
def test_every_column_by_which_an_erasure_finds_rows_has_an_index(known: Known) -> None:
    leads = {(row.of, row.leads) for row in known.run(lambda tx: tx.rows(_LEADS))}
    wanted = {(name, edge.column) for name, edges in reached().edges.items() for edge in edges}
    assert wanted - leads == set(), "add an index of all rows, or of those where the column is not null"


def test_no_table_is_read_as_a_whole_to_find_what_belongs_to_somebody(known: Known) -> None:
    start = finding.roots(known.run(finding.person, known.contact))

    def read(tx: Tx, name: str) -> str:
        tx.execute(text("set local enable_seqscan = off"))
        table = metadata.tables[name]
        asked = table.select().where(belongs(name, start)).compile(tx.connection, compile_kwargs={"render_postcompile": True})
        return "\n".join(row[0] for row in tx.connection.exec_driver_sql(f"explain {asked}", asked.params))

    for name in reached().order:
        assert "Seq Scan" not in known.run(read, name), name


def test_looking_for_copies_writes_nothing_so_that_readers_of_the_log_do_not_wait(known: Known) -> None:
    asked = known.run(commands.erase, known.contact, known.shop.ines)
    known.run(removing.begin, asked)
    known.run(removing.cut_off, asked)

    def looked(tx: Tx, name: str) -> tuple[int, object]:
        keys = removing.copies_of(tx, asked, name)
        return len(keys), tx.scalar(text("select pg_current_xact_id_if_assigned()::text"))

    found = {name: known.run(looked, name) for name in COPIES}
    assert sum(count for count, _ in found.values()) > 5
    assert {number for _, number in found.values()} == {None}


def test_many_copies_go_in_several_transactions(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    asked = known.run(commands.erase, known.contact, known.shop.ines)
    eraser = known.parts.jobs.names[commands.JOB].__self__  # type: ignore[attr-defined]
    while known.run(lambda tx: tx.scalar(erasure.select().with_only_columns(erasure.c.step))) != Step.DELIVERIES:
        now = known.run(lambda tx: tx.scalar(erasure.select().with_only_columns(erasure.c.step)))
        asyncio.run(eraser.one(Step(now), asked))
    gone = known.run(lambda tx: tx.scalar(erasure.select().with_only_columns(erasure.c.gone)))
    assert gone["raw_delivery"] >= 2
    assert known.run(removing.copies_of, asked, raw_delivery.name) == []


def test_an_erasure_that_is_done_looks_for_nothing(known: Known) -> None:
    asked = known.run(commands.erase, known.contact, known.shop.ines)
    eraser = known.parts.jobs.names[commands.JOB].__self__  # type: ignore[attr-defined]
    asyncio.run(eraser.erase(asked))
    assert [known.run(removing.copies_of, asked, name) for name in COPIES] == [[]] * len(COPIES)
    known.run(removing.drop_copies, asked, "event", [(1,)])
    known.run(removing.copies_done, asked)
    assert known.run(lambda tx: tx.scalar(erasure.select().with_only_columns(erasure.c.step))) == Step.DONE


@pytest.mark.promise("OP2")
def test_large_deliveries_are_read_a_few_at_a_time_and_every_one_of_them(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = known.run(commands.erase, known.contact, known.shop.ines)
    known.run(removing.begin, asked)
    known.run(removing.cut_off, asked)
    r = raw_delivery.c
    accounts_ = Person.read(known.run(lambda tx: tx.scalar(select(erasure.c.person)))).accounts
    before = known.run(lambda tx: {one.id for one in tx.rows(select(r.id).where(r.channel_account_id.in_(accounts_), ~r.waits))})
    assert len(before) > 3
    monkeypatch.setattr(removing, "ROOM", 1)
    seen: list[str] = []
    while some := known.run(removing.deliveries_after, asked, 50):
        (row,) = some[1]
        seen.append(row.id)
        known.run(removing.drop_deliveries, asked, [], row.id)
    assert seen == sorted(before)


@pytest.mark.promise("OP2")
@pytest.mark.parametrize(("words", "found"), [([], 0), (["nobody"], 0), (["mira", "nobody"], 1), (["%"], 0), (["_ira"], 0)])
def test_a_row_is_found_by_words_as_they_are_and_by_none_where_none_are_looked_for(
    shop: Shop, words: list[str], found: int
) -> None:
    shop.database.run(lambda tx: tx.execute(insert(contact).values(id="con_mira", name="Mira Holm", created_at=tx.now)))
    query = select(func.count()).select_from(contact).where(contact.c.id == "con_mira", named_in(contact, words))
    assert shop.database.run(lambda tx: tx.scalar(query)) == found
