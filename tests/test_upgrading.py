"""Every migration runs over a database that is in use: the first release's tables, each with a row in it."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from alembic import command
from sqlalchemy import Column, MetaData, Table, Text, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB

from firstline.kit.database import Database, Tx
from firstline.kit.migrate import configuration, migrate, newest, present
from tests.conftest import url_of

FIRST = "0001"
AT = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)

KNOWN: dict[tuple[str, str], Any] = {
    ("account", "languages"): ["de", "en"],
    ("agent", "handoff"): {"destination": None, "off_destination": None, "message_available": "Jonas kommt.", "message_away": ""},
    ("audit_entry", "by_kind"): "teammate",
    ("conversation", "owner_kind"): "nobody",
    ("conversation", "status"): "open",
    ("conversation", "workspace"): "inbox",
    ("channel_account", "kind"): "live_chat",
    ("channel_account", "workspace"): "inbox",
    ("entry", "kind"): "message",
    ("entry", "by_kind"): "contact",
    ("entry", "text"): "Hallo",
    ("ledger", "kind"): "grant",
    ("source", "kind"): "text",
    ("source", "state"): "ready",
    ("source", "access"): "public",
    ("teammate", "email"): "ines@veloria.example",
    ("teammate", "role"): "admin",
    ("usage_settings", "chargeable_event"): "conversation",
    ("deployment", "mode"): "live",
    ("deployment", "hours"): {"mode": "all"},
    ("deployment", "fallback"): {"kind": "nobody", "ids": []},
}
"""What stands where a made-up value would not be one."""

WRITTEN_LIKE = {"TSVECTOR": "'a':1", "HALFVEC": str([0.1] * 384)}
FILLED = {str: "x", int: 1, bool: True, bytes: b"x", datetime: AT, float: 1.0, dict: {}, list: []}


@pytest.fixture
def first_release(server_dsn: str) -> Iterator[Database]:
    """A database at the first release's schema."""
    name = f"upgrade_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        connection.execute(f"create database {name}")
        database = Database(url_of(server_dsn, name), threads=2)
        with database.engine.connect() as migrating:
            config = configuration()
            config.attributes["connection"] = migrating
            command.upgrade(config, FIRST)
            migrating.commit()
        yield database
        database.close()
        connection.execute(f"drop database {name} with (force)")


def value_of(database: Database, table: Table, column: Column[Any]) -> Any:
    """Something that the column takes: what is known, the row that a key points to, or anything of its type."""
    if (table.name, column.name) in KNOWN:
        return KNOWN[table.name, column.name]
    for key in column.foreign_keys:
        return database.run(lambda tx, at=key.column: tx.scalar(select(at).limit(1)))  # type: ignore[misc]
    for kind, example in WRITTEN_LIKE.items():
        if str(column.type).upper().startswith(kind):
            return text(f"'{example}'") if kind == "HALFVEC" else text("to_tsvector('simple', 'a')")
    if isinstance(column.type, JSONB):
        return {}
    return f"{table.name}_1" if isinstance(column.type, Text) else FILLED[column.type.python_type]


def fill(database: Database) -> list[str]:
    """A row in every table that is empty; names of the tables, referenced ones first."""
    metadata = MetaData()
    metadata.reflect(database.engine)
    tables = [table for table in metadata.sorted_tables if not table.name.startswith(("procrastinate_", "alembic_"))]
    for table in tables:
        if database.run(lambda tx, of=table: tx.row(select(text("1")).select_from(of).limit(1))):  # type: ignore[misc]
            continue
        values = {
            column.name: value_of(database, table, column)
            for column in table.columns
            if (not column.nullable and column.server_default is None and column.identity is None)
            or (table.name, column.name) in KNOWN
        }
        database.run(lambda tx, of=table, row=values: tx.execute(insert(of).values(**row)))  # type: ignore[misc]
    return [table.name for table in tables]


@pytest.mark.promise("OP2")
def test_a_first_release_with_data_in_every_table_migrates_and_loses_no_row(first_release: Database) -> None:
    names = fill(first_release)
    assert len(names) > 25
    migrate(first_release)
    assert present(first_release) == newest()
    for name in names:
        assert first_release.run(lambda tx, of=name: tx.scalar(text(f"select count(*) from {of}"))) >= 1, name  # type: ignore[misc]


@pytest.mark.promise("OP2")
def test_nothing_is_fetched_for_deliveries_that_were_stored_before(first_release: Database) -> None:
    with first_release.engine.connect() as migrating:
        config = configuration()
        config.attributes["connection"] = migrating
        command.upgrade(config, "0024")
        migrating.commit()
    fill(first_release)
    migrate(first_release)
    kept = first_release.run(lambda tx: tx.rows(text("select bring_at, bring_failures, brought from raw_delivery")))
    assert [tuple(row) for row in kept] == [(None, 0, None)]


@pytest.mark.promise("OP2", "HO7")
def test_a_stored_handoff_shows_no_exception_any_more(first_release: Database) -> None:
    fill(first_release)
    raw = "The agent could not answer: KeyError: 'Mira Vogt, DE89 3704'"
    other = {"code": "waits", "text": "Nobody is available"}
    reason = {"code": "unable", "text": raw}
    handoff = {"reason": reason, "brief": {"wants": raw, "mood": "calm"}}
    kept = {"reason": {"code": "unable", "text": "The agent could not answer: the turn was tried 3 times"}, "brief": {}}

    def store(tx: Tx) -> None:
        tx.execute(text("delete from entry"))
        copy = {"conversation": tx.scalar(text("select id from conversation")), "epoch": 1, "at": AT}
        said: dict[str, list[Any]] = {
            "handoff": [handoff, kept],
            "assignment": [{"reasons": [other, reason]}, {"reasons": [other]}],
        }
        rows = [(kind, data) for kind, found in said.items() for data in found]
        for seq, (kind, data) in enumerate(rows):
            values = {"id": f"e{seq}", "kind": kind, "seq": seq, "data": json.dumps(data), **copy}
            tx.execute(
                text(
                    "insert into entry (id, conversation_id, kind, by_kind, seq, epoch, data, at)"
                    " values (:id, :conversation, :kind, 'agent', :seq, :epoch, cast(:data as jsonb), :at)"
                ),
                values,
            )

    first_release.run(store)
    migrate(first_release)
    now = first_release.run(lambda tx: [row.data for row in tx.rows(text("select data from entry order by seq"))])
    plain = "A technical error kept the agent from answering"
    assert now[0] == {"reason": {"code": "unable", "text": plain}, "brief": {"wants": "Not said.", "mood": "calm"}}
    assert now[1] == kept
    assert now[2] == {"reasons": [other, {"code": "unable", "text": plain}]}
    assert now[3] == {"reasons": [other]}


@pytest.mark.promise("OP2", "HO4")
def test_own_words_of_a_handoff_become_those_of_the_accounts_first_language(first_release: Database) -> None:
    fill(first_release)
    migrate(first_release)
    handoff = first_release.run(lambda tx: tx.scalar(text("select handoff from agent")))
    assert handoff["messages"] == {"now": {"de": "Jonas kommt."}}
    assert "message_available" not in handoff


@pytest.mark.promise("OP2")
def test_an_address_that_a_customer_typed_stays_with_them_and_leads_nobody_there(first_release: Database) -> None:
    fill(first_release)

    def store(tx: Tx) -> None:
        tx.execute(text("delete from identity"))
        whose = {"contact": tx.scalar(text("update contact set email = 'mira@example.org' returning id")), "at": AT}
        for id, kind, value, evidence in (
            ("idn_visitor", "visitor", "v1", "chat"),
            ("idn_typed", "email", "mira@example.org", "given to contact"),
            ("idn_entered", "email", "m@example.org", "given to Ines Reuter"),
        ):
            tx.execute(
                text(
                    "insert into identity (id, contact_id, kind, scope, value, verified, evidence, created_at)"
                    " values (:id, :contact, :kind, '', :value, false, :evidence, :at)"
                ),
                {"id": id, "kind": kind, "value": value, "evidence": evidence, **whose},
            )

    first_release.run(store)
    migrate(first_release)
    kept = first_release.run(lambda tx: [row.id for row in tx.rows(text("select id from identity order by id"))])
    assert kept == ["idn_entered", "idn_visitor"]
    assert first_release.run(lambda tx: tx.scalar(text("select email from contact"))) == "mira@example.org"
