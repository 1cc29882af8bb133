"""What every command needs: settings, the database, and a sentence when something is wrong."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from firstline.app import Parts
    from firstline.kit.database import Database
    from firstline.settings import Settings

Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Data folder.", show_default="FIRSTLINE_DATA, or ./data")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Failed(Exception):
    """The command cannot do what was asked; the message says why and what to do."""


def told() -> tuple[type[Exception], ...]:
    """The exceptions that are told to the person in a sentence; anything else is a bug and shows its trace."""
    known: list[type[Exception]] = [Failed]
    for module, name in (
        ("firstline.kit.errors", "Refused"),
        ("firstline.kit.fetch", "FetchFailed"),
        ("firstline.kit.postgres.account", "CannotStart"),
        ("psycopg", "OperationalError"),
        ("sqlalchemy.exc", "OperationalError"),
        ("pydantic", "ValidationError"),
    ):
        if module in sys.modules:
            known.append(getattr(sys.modules[module], name))
    return tuple(known)


def sentence(error: BaseException) -> str:
    """What is said about it."""
    problems = getattr(error, "errors", None)
    if callable(problems):  # pydantic's: the settings
        return "\n".join(f"FIRSTLINE_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}." for one in problems())
    original = getattr(error, "orig", None)  # SQLAlchemy wraps the driver's
    return f"The database does not answer: {original or error}" if _is_operational(original or error) else str(error)


def _is_operational(error: object) -> bool:
    return type(error).__module__.startswith("psycopg")


def end_in_order_when_terminated() -> None:
    """SIGTERM ends a command as Ctrl-C does: everything it opened is closed."""

    def end(number: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)


def settings_of(data: Path | None, **given: Any) -> "Settings":
    """The settings of the environment, with what was given on the command line before them."""
    from firstline.settings import Settings

    values = {name: value for name, value in given.items() if value is not None}
    if data is not None:
        values["data"] = data
    settings = Settings(**values)
    if settings.database_url and not settings.database_url.startswith(("postgresql://", "postgres://")):
        raise Failed(
            "FIRSTLINE_DATABASE_URL is no address of a server. Write it as postgresql://USER:PASSWORD@HOST:5432/DATABASE"
        )
    return settings.model_copy(update={"data": settings.data.expanduser().absolute()})


@dataclass(frozen=True)
class Held:
    """A database in use: its address, and how to let go of it, which may be done twice and from any thread."""

    dsn: str
    let_go: Callable[[], None]


def hold_database(settings: "Settings") -> Held:
    """The database that was set, or the embedded server's.

    :raises CannotStart: if the embedded server cannot be started.
    """
    if settings.database_url:
        return Held(settings.database_url, lambda: None)
    from firstline.kit.postgres import Server

    server = Server.start(settings.data)
    return Held(server.dsn(), server.stop)


@contextlib.contextmanager
def database_of(settings: "Settings") -> Iterator[str]:
    """The address of the database while the block lasts.

    :raises CannotStart: if the embedded server cannot be started.
    """
    held = hold_database(settings)
    try:
        yield held.dsn
    finally:
        held.let_go()


@contextlib.contextmanager
def migrated(settings: "Settings") -> Iterator["Database"]:
    """A database of this release's schema, for a command that only needs transactions."""
    from firstline.kit.database import Database
    from firstline.kit.migrate import migrate
    from firstline.wiring import FOLLOWS

    with database_of(settings) as dsn:
        database = Database(dsn, followers=FOLLOWS, threads=2)
        try:
            migrate(database)
            yield database
        finally:
            database.close()


@contextlib.contextmanager
def parts_of(settings: "Settings") -> Iterator["Parts"]:
    """The parts of the product over a migrated database, for a command that needs the agent."""
    from firstline.app import put_together
    from firstline.kit.database import Database
    from firstline.kit.migrate import migrate

    with database_of(settings) as dsn:
        first = Database(dsn, threads=1)
        migrate(first)
        first.close()
        parts = put_together(settings, dsn)
        try:
            yield parts
        finally:
            parts.database.close()


def say(line: str) -> None:
    """Tell the person what is going on, beside the command's own output."""
    print(line, file=sys.stderr, flush=True)


def leave(status: int) -> NoReturn:
    """End now, whatever other threads are doing; the kernel closes what is open."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
