"""Migrations make the tables that the code describes."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from firstline.kit.database import Database
from firstline.kit.migrate import migrate
from firstline.schema import metadata


def _ours(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


def test_a_migrated_database_has_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _ours, "compare_server_default": False})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    migrate(database)
    versions = database.run(lambda tx: [row.version_num for row in tx.rows(text("select version_num from alembic_version"))])
    assert len(versions) == 1


def test_vectors_are_kept_in_line_and_token_vectors_outside(database: Database) -> None:
    storage = text(
        "select attname, attstorage::text from pg_attribute where attrelid = 'passage_vector'::regclass and attnum > 1"
    )
    kept = database.run(lambda tx: {row.attname: row.attstorage for row in tx.rows(storage)})
    assert kept | {"vector": "p", "question": "p", "tokens": "e"} == kept
