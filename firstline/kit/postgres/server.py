"""Starting, sharing and leaving the embedded server of a data folder."""

import atexit
import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from firstline.kit import locks
from firstline.kit.postgres import install, keeper, processes
from firstline.kit.postgres.account import Account, CannotStart, account_for, open_way

DATABASE = "firstline"
STARTS_WITHIN = 90.0
"""Seconds that a start may take: crash recovery on a slow disk included."""
_LONGEST_SOCKET = 103
"""Characters of a socket's path that every system allows."""
_PORT = 5432


@dataclass
class Server:
    """One process's hold on the server of a data folder; :meth:`stop` lets go, and the last to let go stops it."""

    data: Path
    socket: Path
    started_it: bool
    _users: int
    _process: int = field(default_factory=os.getpid)
    _leaving: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def start(cls, data: Path, *, durable: bool = True) -> "Server":
        """Start the server of a data folder, or join those who use it; returns when it takes connections.

        The database ``firstline`` with the extension ``vector`` exists afterwards. It is let go at the end of this process
        at the latest.

        :param data: the data folder; the database is in ``postgres`` in it. Made if it is missing.
        :param durable: False lets a power failure destroy the data, for tests.
        :raises CannotStart: with the reason and the cure.
        """
        data = data.absolute()
        try:
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
            run = data.resolve() / "run"
            run.mkdir(mode=0o700, exist_ok=True)
            server = cls._join(data.resolve(), run, durable)
        except TimeoutError:
            raise CannotStart(f"Another process has been starting the database in {data} for more than a minute.") from None
        except OSError as error:
            raise CannotStart(f"The database in {data} cannot be started: {error.strerror}: {error.filename or data}") from error
        atexit.register(server.stop)
        try:
            _prepare(server)
        except psycopg.Error as error:
            server.stop()
            raise CannotStart(f"The database in {data} does not answer: {error}") from error
        return server

    @classmethod
    def _join(cls, data: Path, run: Path, durable: bool) -> "Server":
        folder = data / "postgres"
        with locks.exclusively(run / "postgres.start", STARTS_WITHIN):
            users = locks.opened(run / "postgres.users")
            try:
                alone = locks.tried(users, fcntl.LOCK_EX)
                locks.wait_for(users, fcntl.LOCK_SH, STARTS_WITHIN)
                kept, said = locks.is_held(run / "postgres.keeper"), _log_size(run)
                if not kept and (alone or not processes.living_in(folder)):
                    _begin(folder, run, durable)
                    kept = started = True
                else:
                    started = False
                return cls(data, _ready(folder, run, kept, said), started, users)
            except BaseException:
                os.close(users)
                raise

    def dsn(self, database: str = DATABASE) -> str:
        """The address of a database of this server, for libpq, psycopg and SQLAlchemy."""
        place = quote(str(self.socket), safe="/")
        return f"postgresql://{install.ROLE}@/{quote(database, safe='')}?host={place}&port={_PORT}"

    def stop(self) -> None:
        """Let go of the server. If nobody else uses it, it is stopped, and this returns when it is gone."""
        if os.getpid() != self._process:
            return
        with self._leaving:
            if self._users < 0:
                return
            atexit.unregister(self.stop)
            run, folder = self.data / "run", self.data / "postgres"
            with contextlib.suppress(TimeoutError, FileNotFoundError), locks.exclusively(run / "postgres.start", STARTS_WITHIN):
                os.close(self._users)
                self._users = -1
                while locks.is_held(run / "postgres.keeper") and not locks.is_shared(run / "postgres.users"):
                    time.sleep(0.01)
                if not locks.is_held(run / "postgres.users"):
                    processes.end_all(folder)
            if self._users >= 0:
                os.close(self._users)
                self._users = -1


def _prepare(server: Server) -> None:
    """Make the product's database, if this is the first start."""
    try:
        connection = psycopg.connect(server.dsn(), autocommit=True)
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as first:
            first.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
        connection = psycopg.connect(server.dsn(), autocommit=True)
    with connection:
        connection.execute("set client_min_messages = warning")
        connection.execute("create extension if not exists vector")
        connection.execute("alter extension vector update")


def _begin(folder: Path, run: Path, durable: bool) -> None:
    """Start a server in a folder where none is wanted to go on. The caller holds the start lock."""
    account = account_for(folder)
    if account:
        open_way(folder, account)
        open_way(install.program("postgres"), account)
        install.open_programs()
    if not processes.end_all(folder):
        raise CannotStart(f"Another user's PostgreSQL runs in {folder}. Stop it first.")
    if not folder.exists():
        install.make(folder, account, durable=durable)
    install.check_version(folder)
    (folder / "postmaster.pid").unlink(missing_ok=True)
    install.configure(folder, account, socket=_socket_folder(folder, account), durable=durable)
    _spawn_keeper(folder, run, account)


def _socket_folder(folder: Path, account: Account | None) -> Path:
    """The folder of the socket: the database's own, or a short one for paths that are too long for sockets."""
    if len(os.fsencode(folder)) + len(f"/.s.PGSQL.{_PORT}") <= _LONGEST_SOCKET:
        return folder
    owner = account.uid if account else os.geteuid()
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    short = Path(tempfile.gettempdir(), f"firstline-{owner}-{name}")
    with contextlib.suppress(FileExistsError):
        short.mkdir(mode=0o700)
        if account:
            os.chown(short, account.uid, account.gid)
    found = short.lstat()
    if found.st_uid != owner or not short.is_dir() or short.is_symlink() or found.st_mode & 0o077:
        raise CannotStart(
            f"{short}, where the database's socket belongs, was made by somebody else. Remove it, or use a shorter path."
        )
    if account:
        open_way(short, account)
    return short


def _spawn_keeper(folder: Path, run: Path, account: Account | None) -> None:
    """Start the keeper, in a session of its own, with its lock already taken."""
    alive, log = locks.opened(run / "postgres.keeper"), _log(run)
    log.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        fcntl.flock(alive, fcntl.LOCK_EX)
        arguments = [str(install.program("postgres")), str(folder), str(run / "postgres.users"), str(log), str(alive)]
        if account:
            arguments += [str(account.uid), str(account.gid)]
        with log.open("ab") as said:
            subprocess.run(
                [sys.executable, "-I", "-S", str(Path(keeper.__file__)), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd="/",
                env=install.environment(),
                start_new_session=True,
                pass_fds=(alive,),
                check=False,
            )
    finally:
        os.close(alive)


def _log(run: Path) -> Path:
    return run.parent / "log" / "postgres.log"


def _log_size(run: Path) -> int:
    return _log(run).stat().st_size if _log(run).exists() else 0


def _ready(folder: Path, run: Path, kept: bool, said: int) -> Path:
    """Wait until the server takes connections; returns the folder of its socket.

    :raises CannotStart: with what the server said, if it ended instead.
    """
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        try:
            lines = (folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            lines = []
        if len(lines) > 7 and lines[7].strip() == "ready":
            return Path(lines[4])
        if kept and not locks.is_held(run / "postgres.keeper"):
            raise CannotStart(f"PostgreSQL ended while it was starting: {_last_words(run, said)}")
        time.sleep(0.01)
    raise CannotStart(f"PostgreSQL was not ready after {STARTS_WITHIN:.0f} seconds: {_last_words(run, said)}")


def _last_words(run: Path, said: int) -> str:
    """What the log says after its first ``said`` bytes."""
    text = _log(run).read_bytes()
    return install.reason(text[said if said <= len(text) else 0 :].decode(errors="replace"))
