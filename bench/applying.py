"""What it costs to apply webhooks that were kept: bench/run applying [MESSAGES] [CUSTOMERS].

Deliveries of one WhatsApp message each wait for one account. First the job that takes them in runs alone, then a worker runs
the jobs that followed from it (routing, above all). Processor time of this process and of PostgreSQL, statements and
transactions, each for one message; and the same for messages of customers who wrote before. The clock on the wall plays no part,
so other work on the machine disturbs little. No agent is deployed.
"""

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from bench.hooks import connected, master, processor_seconds, said
from bench.stage import server
from firstline.app import Parts, put_together
from firstline.channels import accounts
from firstline.channels.base import RawRequest
from firstline.channels.intake.backlog import Backlog, keep_for_later
from firstline.kit import log
from firstline.kit.database import Tx
from firstline.kit.migrate import migrate
from firstline.kit.worker import Worker
from firstline.settings import Settings
from tests.world import Shop, found_shop

_WAITING = text("select exists (select from procrastinate_jobs where status in ('todo', 'doing'))")
_JOBS = text("select task_name, count(*) as waiting from procrastinate_jobs where status = 'todo' group by 1 order by 1")


class Meter:
    """Processor time, statements and transactions since the last reading.

    :param parts: whose database. :param data: the folder of its server.
    """

    def __init__(self, parts: Parts, data: Path) -> None:
        self.server = master(data)
        self.kinds: Counter[str] = Counter()
        event.listen(parts.database.engine, "before_cursor_execute", self._counted)
        self._mark = self._read()

    def _counted(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        self.kinds[" ".join(statement.split())[:110]] += 1

    def _read(self) -> tuple[float, float]:
        return time.process_time(), processor_seconds(self.server)

    def begin(self) -> None:
        """Forget what was."""
        self.kinds.clear()
        self._mark = self._read()

    def each(self, count: int) -> dict[str, Any]:
        """What one of so many took."""
        (own, database), (own_before, database_before) = self._read(), self._mark
        return {
            "process_ms": round((own - own_before) * 1000 / count, 2),
            "database_ms": round((database - database_before) * 1000 / count, 2),
            "statements": round(self.kinds.total() / count, 1),
        }


def _kept(tx: Tx, account_id: str, numbers: range, customers: int, prefix: str) -> None:
    account = accounts.which(tx, account_id)
    requests = [
        RawRequest("POST", "", {}, {"content-type": "application/json"}, said(range(n, n + 1), customers, prefix), tx.now)
        for n in numbers
    ]
    keep_for_later(tx, account, requests, wakes=False)


async def _worked(parts: Parts) -> None:
    """Run a worker until nothing waits."""
    worker = asyncio.create_task(Worker(parts.jobs).run())
    while await parts.database.tx(lambda tx: tx.scalar(_WAITING)):  # noqa: ASYNC110 the queue is in the database
        await asyncio.sleep(0.2)
    worker.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await worker


def measured(count: int, customers: int) -> dict[str, Any]:
    """Everything that is printed."""
    with server(durable=True) as running, tempfile.TemporaryDirectory() as folder:
        parts = put_together(Settings(data=Path(folder), secret_key="k" * 32), running.dsn("postgres"))  # type: ignore[arg-type]
        database = parts.database
        migrate(database)
        shop = Shop(database=database, **database.run(found_shop))
        account = database.run(connected, shop)
        asyncio.run(_worked(parts))
        meter = Meter(parts, running.data)
        take_in = Backlog(database, parts.intake.parser, parts.keyring).take_in
        found: dict[str, Any] = {}
        for name, prefix, messages in (("warm_up", "W", 50), ("new_and_known", "N", count), ("known", "K", count)):
            database.run(_kept, account, range(messages), customers, prefix)
            found[name] = _phase(parts, meter, messages, lambda: take_in(account))
        stored = database.run(lambda tx: tx.scalar(text("select count(*) from entry where direction = 'in'")))
        database.close()
    del found["warm_up"]
    return {"messages": count, "customers": customers, "stored": stored, **found, "load": round(os.getloadavg()[0], 1)}


def _phase(parts: Parts, meter: Meter, count: int, take_in: Callable[[], Coroutine[Any, Any, None]]) -> dict[str, Any]:
    meter.begin()
    asyncio.run(take_in())
    taking = meter.each(count)
    if "--statements" in sys.argv:
        for kind, times in meter.kinds.most_common():
            print(f"{times / count:6.2f} {kind}", file=sys.stderr)
    waiting = {row.task_name: row.waiting for row in parts.database.run(lambda tx: tx.rows(_JOBS))}
    meter.begin()
    asyncio.run(_worked(parts))
    return {"taking_in": taking, "jobs_that_follow": waiting, "running_them": meter.each(count)}


def main() -> int:
    """Print the figures."""
    log.configure("critical", as_json=False)
    given = [int(one) for one in sys.argv[1:] if one.isdigit()][:2]
    print(json.dumps(measured(*(given + [1_000, 200][len(given) :])), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
