"""An empty account is filled with the demo company once, by the product's own verbs, and nothing runs that should not."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from firstline.agent.surroundings import SURROUNDINGS
from firstline.conversations import queries
from firstline.conversations.rules import Entry, EntryKind
from firstline.credits import queries as credits
from firstline.demo.load import Loaded, load
from firstline.demo.shop import first_chat
from firstline.demo.world import World
from firstline.kit.clock import FixedClock
from firstline.kit.database import Database, Tx
from firstline.people import signin
from firstline.routing.explaining import assignable
from firstline.wiring import FOLLOWS
from tests.conftest import NOW, _temporary, url_of
from tests.world import KEYRING, PASSWORD, Shop

SITE = "https://demo.example"


@pytest.fixture(scope="module")
def filled(server_dsn: str, template: str, world: World) -> Iterator[tuple[Database, Loaded]]:
    """A database with all consequences wired, and the demo company in it; the tests only read."""
    with _temporary(server_dsn, "demo", template) as name:
        database = Database(url_of(server_dsn, name), FixedClock(NOW), followers=FOLLOWS, threads=2)
        loaded = database.run(load, world, KEYRING, site=SITE, password=PASSWORD)
        assert loaded is not None
        yield database, loaded
        database.close()


def _all(database: Database, query: str) -> list[Any]:
    return list(database.run(lambda tx: tx.rows(text(query))))


def _timelines(database: Database) -> dict[str, list[Entry]]:
    def read(tx: Tx) -> dict[str, list[Entry]]:
        ids = [row.id for row in tx.rows(text("select id from conversation order by id"))]
        return {one: list(queries.timeline(tx, one)) for one in ids}

    return database.run(read)


def test_everything_of_the_world_is_there(filled: tuple[Database, Loaded], world: World) -> None:
    database, loaded = filled
    counted = {
        table: _all(database, f"select count(*) as n from {table}")[0].n
        for table in ("teammate", "team", "contact", "source", "conversation", "agent", "channel_account", "deployment")
    }
    assert counted == {
        "teammate": len(world.teammates),
        "team": len(world.teams),
        "contact": len(world.customers),
        "source": len(world.articles) + len(world.short_answers),
        "conversation": len(world.talks),
        "agent": 1,
        "channel_account": 1,
        "deployment": 1,
    }
    assert loaded.emails[0] == "ines@veloria.example"
    assert database.run(first_chat) == loaded.channel_account_id
    assert database.run(assignable, SURROUNDINGS, loaded.channel_account_id) == loaded.agent_id


def test_the_second_time_nothing_changes(filled: tuple[Database, Loaded], world: World) -> None:
    database, _ = filled
    before = _all(database, "select count(*), max(id) from event")
    assert database.run(load, world, KEYRING, site=SITE, password=PASSWORD) is None
    assert _all(database, "select count(*), max(id) from event") == before


def test_an_account_that_is_set_up_already_is_left_alone(shop: Shop, world: World) -> None:
    before = _all(shop.database, "select count(*), max(id) from event")
    assert shop.database.run(load, world, KEYRING, site=SITE, password=PASSWORD) is None
    assert _all(shop.database, "select count(*), max(id) from event") == before


def test_every_teammate_signs_in_with_the_password_that_was_given(filled: tuple[Database, Loaded]) -> None:
    database, loaded = filled
    for email in loaded.emails:
        assert database.run(signin.sign_in, email, PASSWORD)


def test_sources_wait_to_be_read_and_nothing_else_waits(filled: tuple[Database, Loaded], world: World) -> None:
    database, _ = filled
    jobs = Counter(row.task_name for row in _all(database, "select task_name from procrastinate_jobs"))
    assert jobs == {"knowledge.read": len(world.articles) + len(world.short_answers)}


def test_private_notes_are_private_sources_without_an_address(filled: tuple[Database, Loaded], world: World) -> None:
    database, _ = filled
    private = _all(database, "select title, url from source where access = 'private'")
    assert {row.title for row in private} == {one.title for one in world.articles if one.access == "private"}
    assert {row.url for row in private} == {None}
    public = _all(database, "select url from source where access = 'public' and kind = 'text'")
    assert {row.url for row in public} == {f"{SITE}/demo/help/{one.slug}" for one in world.public_articles}


@pytest.mark.promise("AN1")
def test_sample_answers_cite_public_sources_and_are_counted(filled: tuple[Database, Loaded]) -> None:
    database, _ = filled
    public = {row.id for row in _all(database, "select id from source where access = 'public'")}
    cited = [one for entries in _timelines(database).values() for entry in entries for one in entry.data.get("citations", [])]
    assert cited
    assert {one["source_id"] for one in cited} <= public
    assert all(one["quote"] for one in cited)
    assert _all(database, "select sum(citations) as n from source")[0].n == len(cited)


@pytest.mark.promise("HO9")
def test_in_the_sample_conversations_the_agent_is_quiet_after_a_human(filled: tuple[Database, Loaded]) -> None:
    database, _ = filled
    for entries in _timelines(database).values():
        by = [entry.by_kind for entry in entries if entry.kind is EntryKind.MESSAGE and entry.direction == "out"]
        assert by == sorted(by, key=lambda kind: kind == "teammate")
        assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


def test_sample_conversations_are_over_delivered_and_have_their_first_owner_by_a_decision(
    filled: tuple[Database, Loaded],
) -> None:
    database, loaded = filled
    timelines = _timelines(database)
    assert {entry.delivery for entries in timelines.values() for entry in entries if entry.direction == "out"} == {"read"}
    assert all(entry.at <= NOW for entries in timelines.values() for entry in entries)
    routed = _all(database, "select routing, status, owner_kind from conversation")
    assert {row.routing["owner"]["id"] for row in routed} == {loaded.agent_id}
    assert all(row.routing["reasons"] for row in routed)
    assert {(row.status, row.owner_kind) for row in routed} >= {("open", "agent"), ("open", "teammate"), ("open", "team")}


@pytest.mark.promise("SW6")
def test_the_ledger_has_a_charge_for_each_conversation_that_the_agent_answered(filled: tuple[Database, Loaded]) -> None:
    database, _ = filled
    answered = _all(database, "select count(*) as n from conversation where answered_by_agent")[0].n
    charges = _all(database, "select amount from ledger where kind = 'charge'")
    assert [row.amount for row in charges] == [-1] * answered
    assert database.run(credits.balance) > 0


def test_the_figures_of_sample_answers_stand_in_the_articles_they_cite(world: World) -> None:
    said = {one.slug: one.plain for one in world.articles} | {one.id: one.answer for one in world.short_answers}
    for talk in world.talks:
        for entry in talk.entry:
            if entry.kind == "message" and entry.by == "agent":
                sources = " ".join(said[slug] for slug in entry.cites)
                words = re.sub(r"\[[a-z0-9-]+\]", "", entry.text)
                for figure in re.findall(r"\d[\d.,:]*\d|\d", words):
                    assert figure in sources or not entry.cites, (talk.id, figure)
