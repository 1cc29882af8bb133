"""Is this installation well: configuration, health, and what must always hold."""

import json
import shutil
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import typer

from firstline.cli.environment import Data, Json, database_of, settings_of

if TYPE_CHECKING:
    from firstline.kit.database import Database, Tx
    from firstline.settings import Settings

OLDEST_POSTGRESQL = 150_000
LEAST_DISK = 1 << 30
"""Bytes that should be free where the data is."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. A warning may be intended; what is wrong is not."""

    state: Literal["ok", "warning", "wrong"]
    what: str
    cure: str = ""


def doctor(as_json: Json = False, data: Data = None) -> None:
    """Check configuration, health, and the invariants. Exit status 1 if something is wrong."""
    findings = list(_look(settings_of(data)))
    if as_json:
        print(json.dumps({"findings": [asdict(one) for one in findings]}, ensure_ascii=False, indent=2))
    else:
        marks = {"ok": "✓", "warning": "!", "wrong": "✗"}
        for one in findings:
            print(f"{marks[one.state]} {one.what}" + (f"\n    {one.cure}" if one.cure else ""))
    if any(one.state == "wrong" for one in findings):
        raise typer.Exit(1)


def _look(settings: "Settings") -> Iterator[Finding]:
    from firstline.kit.database import Database

    yield from _files(settings)
    if settings.database_url is None and not (settings.data / "postgres").exists():
        yield Finding("warning", f"There is no database in {settings.data} yet", "The first start makes it: bin/start")
        return
    with database_of(settings) as dsn:
        database = Database(dsn, threads=1)
        try:
            yield from _database(database)
            yield from _audit_log(database, settings)
        finally:
            database.close()


def _audit_log(database: "Database", settings: "Settings") -> Iterator[Finding]:
    """Whether the audit log is what was written."""
    from firstline.kit.migrate import newest, present
    from firstline.kit.secrets import Keyring
    from firstline.people.sealing import verify

    given = settings.secret_key.get_secret_value() if settings.secret_key else None
    if present(database) != newest() or (given is None and not (settings.data / "secret.key").exists()):
        return
    try:
        keyring = Keyring.at(settings.data, given)
    except ValueError as wrong:
        yield Finding(
            "wrong", f"The secret key cannot be used: {wrong}", "Restore it from a backup: nothing else opens what it sealed"
        )
        return
    verdict = database.run(verify, keyring)
    if not verdict.problems:
        head = f"; its newest seal begins with {verdict.head}" if verdict.head else ""
        yield Finding("ok", f"The audit log is whole: {verdict.entries} sealed entries{head}")
    for problem in verdict.problems:
        yield Finding(
            "wrong", f"The audit log was changed: {problem}", "Compare it with a backup, and find out who can write there"
        )


def _files(settings: "Settings") -> Iterator[Finding]:
    from firstline.cli.fetching import LIBRARIES, libraries_folder
    from firstline.kit.fetch import missing
    from firstline.knowledge import models

    if models.present(settings.models.expanduser()):
        yield Finding("ok", f"The model's files are in {settings.models}")
    else:
        yield Finding("warning", f"The model's files are not in {settings.models}", "Fetch them: bin/firstline prepare")
    if gone := missing(LIBRARIES, libraries_folder()):
        yield Finding("warning", f"The console lacks {', '.join(gone)}", "Fetch it: bin/firstline prepare")
    key = settings.data / "secret.key"
    if settings.secret_key is None and key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        yield Finding("wrong", f"Others may read {key}, which opens all secrets", f"chmod 600 {key}")
    if settings.data.exists() and (free := shutil.disk_usage(settings.data).free) < LEAST_DISK:
        yield Finding("warning", f"Only {free >> 20} MB are free where the data is", "Free some disk space")


def _database(database: "Database") -> Iterator[Finding]:
    from sqlalchemy import text

    from firstline.kit.migrate import newest, present

    def versions(tx: "Tx") -> tuple[int, str | None]:
        vector = tx.scalar(text("select extversion from pg_extension where extname = 'vector'"))
        return int(tx.scalar(text("show server_version_num"))), vector

    server, vector = database.run(versions)
    written = f"PostgreSQL {server // 10_000}.{server % 10_000}"
    if server < OLDEST_POSTGRESQL:
        yield Finding("wrong", f"{written} is too old", "Use PostgreSQL 15 or newer")
    elif vector is None:
        yield Finding("wrong", f"{written} has no extension vector", "As an administrator: create extension vector")
    else:
        yield Finding("ok", f"{written} with pgvector {vector} answers")
    schema = present(database)
    if schema != newest():
        state = f"is at {schema}" if schema else "is empty"
        yield Finding("warning", f"The schema {state}; this release needs {newest()}", "The next start migrates it: bin/start")
        return
    yield Finding("ok", f"The schema is up to date ({schema})")
    yield from database.run(_work)
    yield from database.run(_invariants)


def _work(tx: "Tx") -> list[Finding]:
    """Whether the work is being done."""
    from sqlalchemy import text

    found = []
    workers = tx.scalar(text("select count(*) from procrastinate_workers where last_heartbeat > now() - interval '30 seconds'"))
    waiting = tx.scalar(
        text("select count(*) from procrastinate_jobs where status = 'todo' and coalesce(scheduled_at, now()) <= now()")
    )
    if workers:
        found.append(Finding("ok", f"{workers} lanes of workers are alive, {waiting} jobs wait"))
    elif waiting:
        found.append(Finding("warning", f"Nobody works, and {waiting} jobs wait", "Start it: bin/start"))
    failed = tx.rows(
        text("select task_name, count(*) as times from procrastinate_jobs where status = 'failed' group by 1 order by 1")
    )
    if failed:
        listed = ", ".join(f"{row.task_name} ({row.times})" for row in failed)
        found.append(
            Finding(
                "warning", f"Jobs that were given up: {listed}", "The log says why; the list of them is in procrastinate_jobs"
            )
        )
    attention = tx.rows(text("select name from channel_account where attention is not null and removed_at is null order by name"))
    found += [
        Finding("warning", f"The channel account “{row.name}” needs attention", "Open it in the console") for row in attention
    ]
    return found


def _invariants(tx: "Tx") -> list[Finding]:
    from firstline.invariants import INVARIANTS, violations

    broken = violations(tx)
    found = [
        Finding("wrong", f"{one.invariant.sentence} Not so {one.count} times: {'; '.join(one.examples)}", one.invariant.cure)
        for one in broken
    ]
    return found or [Finding("ok", f"All {len(INVARIANTS)} invariants hold")]
