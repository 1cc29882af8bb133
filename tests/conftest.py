"""A real PostgreSQL for every test: one embedded server a run, one fresh clone of a migrated template a test."""

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from argon2 import PasswordHasher
from sqlalchemy import Dialect, Engine, create_engine

from firstline.kit import database as database_module
from firstline.kit.clock import FixedClock
from firstline.kit.database import Database
from firstline.kit.migrate import migrate
from firstline.people import passwords
from tests.world import Shop, found_shop


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A module's tests in a browser run one after the other in one process, so that it is started once a module."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


NOW = datetime(2026, 11, 22, 9, 46, tzinfo=UTC)
"""A Sunday morning, 10:46 in Leipzig."""


@pytest.fixture(scope="session", autouse=True)
def plain_log() -> None:
    """An exception that is logged is printed as the product does. structlog's own default draws it with every local variable in
    reach: 20 seconds of processor time for one of SQLAlchemy's, minutes in a process that holds more."""
    structlog.configure(
        processors=[structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Passwords of tests are worth nothing: a hash that costs as much as the product's would be most of a test's set-up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Iterator[None]:
    """What one engine has compiled the engines of later tests know: a test makes a few, and compiled every statement anew."""
    compiled: dict[Any, Any] = {}
    dialects: list[Dialect] = []

    def make(*args: Any, **options: Any) -> Engine:
        engine = create_engine(*args, execution_options={"compiled_cache": compiled}, **options)
        dialects.append(engine.dialect)
        engine.dialect = dialects[0]
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database_module, "create_engine", make)
        yield


_IN_MEMORY = Path("/dev/shm")
_ROOM = 3 * 2**30
"""Bytes that must be free there for the databases of one process of pytest."""


def _fast_folder() -> str | None:
    """Where a file of a database is made fastest: memory, where there is room; else None, for the usual place.

    A fresh clone is some 400 files. Measured on ext4 mounted with ``discard``: .52 s a clone on the disk, .018 s in memory.
    """
    try:
        return str(_IN_MEMORY) if os.access(_IN_MEMORY, os.W_OK) and shutil.disk_usage(_IN_MEMORY).free > _ROOM else None
    except OSError:
        return None


@pytest.fixture(scope="session")
def server_dsn() -> Iterator[str]:
    """Address of the server, ending in the name of its first database.

    Its folder is not below pytest's own: each run of pytest closes that to others, and as root PostgreSQL is another user.
    """
    if given := os.environ.get("FIRSTLINE_TEST_DATABASE_URL"):
        yield given
        return
    from firstline.kit.postgres import Server

    with tempfile.TemporaryDirectory(prefix="firstline-tests-", dir=_fast_folder()) as folder:
        server = Server.start(Path(folder), durable=False)
        yield server.dsn("postgres")
        server.stop()


@pytest.fixture(scope="session")
def template(server_dsn: str) -> Iterator[str]:
    """Name of a migrated, empty database that tests are cloned from."""
    with _temporary(server_dsn, "template") as name:
        database = Database(url_of(server_dsn, name), threads=1)
        migrate(database)
        database.close()
        yield name


@pytest.fixture(scope="session")
def shop_template(server_dsn: str, template: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name of a database in which Veloria is set up, and who is in it."""
    with _temporary(server_dsn, "shop", template) as name:
        database = Database(url_of(server_dsn, name), FixedClock(NOW), threads=1)
        people = database.run(found_shop)
        database.close()
        yield name, people


@contextlib.contextmanager
def _temporary(server_dsn: str, kind: str, template: str = "template1") -> Iterator[str]:
    """A database of that name while the block lasts, cloned from another."""
    name = f"{kind}_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template} strategy file_copy")
        yield name
        connection.execute(f"drop database {name} with (force)")


def url_of(dsn: str, name: str) -> str:
    """The same server as a URL, for another database."""
    parts = psycopg.conninfo.conninfo_to_dict(dsn)
    host, port = str(parts.get("host", "")), parts.get("port")
    return f"postgresql://{parts.get('user', 'postgres')}@/{name}?host={host}" + (f"&port={port}" if port else "")


@pytest.fixture
def dsn(server_dsn: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a fresh, migrated database: empty, or with Veloria in it for tests that ask for the shop."""
    shop = "shop" in request.fixturenames
    wanted = request.getfixturevalue("shop_template")[0] if shop else request.getfixturevalue("template")
    with _temporary(server_dsn, "test", wanted) as name:
        yield url_of(server_dsn, name)


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
def shop(database: Database, shop_template: tuple[str, dict[str, Any]]) -> Shop:
    """Veloria, in a fresh database."""
    return Shop(database=database, **shop_template[1])
