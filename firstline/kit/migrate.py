"""Bringing a database to the schema of this release."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from firstline.kit.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 0x66690001
_NAME = re.compile(r'^revision(?:: str)? = "(\w+)"', re.MULTILINE)
_BEFORE = re.compile(r'^down_revision(?:: [^=]+)? = "(\w+)"', re.MULTILINE)


def _folder() -> Path:
    package = Path(__file__).parents[1]
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


@cache
def newest() -> str:
    """The revision that this release needs: the one that no other comes after. A number says when a migration was begun, not when
    it was added, so the highest need not be the last."""
    files = [path.read_text(encoding="utf-8") for path in (_folder() / "versions").glob("[0-9]*_*.py")]
    before: set[str] = {name for file in files for name in _BEFORE.findall(file)}
    names: set[str] = {name for file in files for name in _NAME.findall(file)}
    (last,) = names - before
    return last


def present(database: Database) -> str | None:
    """The revision a database is at; None if it is empty."""
    with database.engine.connect() as connection:
        if connection.execute(text("select to_regclass('alembic_version')")).scalar() is None:
            return None
        found: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
        return found


def configuration() -> "Config":
    """Where Alembic finds the migrations, and how it names new ones."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_folder()))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def migrate(database: Database) -> None:
    """Upgrade to the newest revision; several processes may call it at once, one does the work."""
    if present(database) == newest():
        return
    from alembic import command

    config = configuration()
    with database.engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        try:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()
