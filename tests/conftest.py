"""A real PostgreSQL for every test: one embedded server a run, one fresh clone of a migrated template a test."""

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from firstline.kit.clock import FixedClock
from firstline.kit.database import Database
from firstline.kit.migrate import migrate
from tests.world import Shop, found_shop

NOW = datetime(2026, 11, 22, 9, 46, tzinfo=UTC)
"""A Sunday morning, 10:46 in Leipzig."""


@pytest.fixture(scope="session")
def server_dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the server, ending in the name of its first database."""
    if given := os.environ.get("FIRSTLINE_TEST_DATABASE_URL"):
        yield given
        return
    from firstline.kit.postgres import Server

    server = Server.start(Path(tmp_path_factory.mktemp("data")))
    yield server.dsn("postgres")
    server.stop()


def _with_name(dsn: str, name: str) -> str:
    return psycopg.conninfo.make_conninfo(dsn, dbname=name)


@pytest.fixture(scope="session")
def template(server_dsn: str) -> Iterator[str]:
    """Name of a migrated database that tests are cloned from."""
    name = f"template_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    database = Database(_url(server_dsn, name), threads=1)
    migrate(database)
    database.close()
    yield name
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def _url(dsn: str, name: str) -> str:
    """The same server as a URL, for another database."""
    parts = psycopg.conninfo.conninfo_to_dict(dsn)
    host, port = str(parts.get("host", "")), parts.get("port")
    return f"postgresql://{parts.get('user', 'postgres')}@/{name}?host={host}" + (f"&port={port}" if port else "")


@pytest.fixture
def dsn(server_dsn: str, template: str) -> Iterator[str]:
    """Address of a fresh, migrated, empty database."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template} strategy file_copy")
    yield _url(server_dsn, name)
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def clock() -> FixedClock:
    """A clock that tests move."""
    return FixedClock(NOW)


@pytest.fixture
def database(dsn: str, clock: FixedClock) -> Iterator[Database]:
    """A fresh database without followers: commands are tested for what they do, not for what follows."""
    made = Database(dsn, clock, threads=4)
    yield made
    made.close()


@pytest.fixture
def shop(database: Database) -> Shop:
    """Veloria, in a fresh database."""
    return Shop(database=database, **database.run(found_shop))
