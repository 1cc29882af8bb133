"""What a large database costs: bench/run large [MESSAGES] [CONTACTS].

Writes a year of history with SQL (:mod:`bench.crowd`), then opens the screens that read it, as somebody signed in, and erases one
contact. For each: the time of its statements as the client waits for them (the median of some), the processor time of the
database, and the slowest statement. With ``--plans`` the plans of statements over 30 ms go to standard error.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from sqlalchemy import event, text

from bench import crowd
from bench.hooks import connected, master, processor_seconds
from bench.stage import server
from firstline.channels.intake.backlog import Backlog
from firstline.channels.intake.taking import Intake
from firstline.channels.whatsapp.channel import WhatsApp
from firstline.clocks.queries import overdue_ids
from firstline.erasing import commands as erasing
from firstline.erasing.jobs import Eraser
from firstline.erasing.rules import Step
from firstline.kit import log
from firstline.kit.database import Database, Tx
from firstline.kit.migrate import migrate
from tests.console.office import Office
from tests.world import KEYRING, Shop, found_shop

TIMES = 5
SLOW = 0.03


class Watch:
    """The statements of the product, and what they took.

    :param data: the folder of the database's server.
    """

    def __init__(self, database: Database, data: Path) -> None:
        self.database = database
        self.server: psutil.Process = master(data)
        self.took: list[tuple[float, str]] = []
        self.slow: dict[str, Any] = {}
        self._begun = 0.0
        event.listen(database.engine, "before_cursor_execute", self._begin)
        event.listen(database.engine, "after_cursor_execute", self._end)

    def _begin(self, *_rest: object) -> None:
        self._begun = time.perf_counter()

    def _end(self, _connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        seconds = time.perf_counter() - self._begun
        self.took.append((seconds, statement))
        if seconds > SLOW:
            self.slow[statement] = parameters

    def over(self, deed: Callable[[], object]) -> tuple[float, float, int, tuple[float, str]]:
        """Milliseconds of the statements of a deed and of the database's processor, their number, the slowest one."""
        self.took, before = [], processor_seconds(self.server)
        deed()
        spent = processor_seconds(self.server) - before
        return sum(one for one, _ in self.took) * 1000, spent * 1000, len(self.took), max(self.took, default=(0.0, ""))

    def plans(self) -> None:
        """Print how the slow statements were carried out."""
        seen, self.slow = self.slow, {}
        for statement, parameters in seen.items():
            if statement.lstrip().lower().startswith("select"):
                with self.database.engine.connect() as connection:
                    rows = connection.exec_driver_sql("explain (analyze, buffers) " + statement, parameters).all()
                print(statement, *(row[0] for row in rows), "", sep="\n", file=sys.stderr)
            else:
                print(statement, "", sep="\n", file=sys.stderr)


def pages(office: Office, shop: Shop, tx: Tx) -> dict[str, str]:
    """The screens, by what they are called here."""
    talk = tx.scalar(text("select id from conversation where status = 'open' order by id desc limit 1"))
    return {
        "inbox_all": "/inbox/all",
        "inbox_mine": "/inbox/mine",
        "inbox_unassigned": "/inbox/unassigned",
        "inbox_agent": "/inbox/agent",
        "inbox_closed": "/inbox/closed",
        "inbox_overdue": "/inbox/overdue",
        "inbox_team": f"/inbox/{shop.service}",
        "one_conversation": f"/inbox/all/{talk}",
        "search_a_rare_word": "/inbox/all?words=" + crowd.words()[1000],
        "search_a_frequent_word": "/inbox/all?words=" + crowd.words()[1],
        "search_for_nothing": "/inbox/all?words=nobodywrotethis",
        "search_an_address": "/inbox/all?words=person711@customers",
        "contacts": "/contacts",
        "contacts_search": "/contacts?words=person711@",
        "contacts_search_for_nothing": "/contacts?words=nobodyofthisname",
        "one_contact": "/contacts/con_000000000711",
        "usage": "/settings/usage",
        "overview": "/customer-agent",
        "dead_letters": "/settings/dead-letters",
    }


def measured(messages: int, contacts: int) -> dict[str, Any]:
    """Everything that is printed."""
    with server(durable=False) as running:
        database = Database(running.dsn("postgres"), threads=2)
        migrate(database)
        shop = Shop(database=database, **database.run(found_shop))
        office = Office(shop)
        office.app.state.views = {"overdue": overdue_ids}
        begun = time.perf_counter()
        crowd.gather(shop, database.run(connected, shop), office.velo, contacts, messages)
        filled = round(time.perf_counter() - begun)
        size = database.run(lambda tx: tx.scalar(text("select pg_database_size(current_database())")))
        watch = Watch(database, running.data)
        found = dict(_screens(office, shop, watch))
        erased = _erasing(shop, watch)
        database.close()
    sizes = {"messages": messages, "contacts": contacts, "database_mb": round(size / 1e6), "filled_s": filled}
    return {**sizes, "screens": found, "erasing": erased, "load": round(os.getloadavg()[0], 1)}


def _screens(office: Office, shop: Shop, watch: Watch) -> Any:
    client = office.client(shop.ines)
    for name, address in shop.database.run(lambda tx: pages(office, shop, tx)).items():
        client.get(address).raise_for_status()
        seen = [watch.over(lambda address=address: client.get(address)) for _ in range(TIMES)]  # type: ignore[misc]
        waited, spent, statements, slowest = (
            statistics.median(one[0] for one in seen),
            statistics.median(one[1] for one in seen),
            seen[0][2],
            min((one[3] for one in seen), key=lambda one: one[0]),
        )
        yield (
            name,
            {
                "ms": round(waited, 1),
                "processor_ms": round(spent, 1),
                "statements": statements,
                "slowest_ms": round(slowest[0] * 1000, 1),
            },
        )
        if "--plans" in sys.argv:
            print(f"== {name}", file=sys.stderr)
            watch.plans()


def _erasing(shop: Shop, watch: Watch) -> dict[str, Any]:
    database = shop.database
    parser = Intake(database, {"whatsapp": WhatsApp(database)}).parser
    eraser = Eraser(database, parser, Backlog(database, parser, KEYRING), KEYRING)
    one = database.run(erasing.erase, "con_000000000711", shop.ines)
    steps: dict[str, dict[str, Any]] = {}
    current = text("select step from erasure where id = :id")
    while (step := Step(database.run(lambda tx: tx.scalar(current, {"id": one})))) is not Step.DONE:
        waited, spent, statements, (slowest, statement) = watch.over(lambda step=step: asyncio.run(eraser.one(step, one)))  # type: ignore[misc]
        known = steps.setdefault(step.value, {"ms": 0.0, "processor_ms": 0.0, "statements": 0, "slowest_ms": 0.0})
        known["ms"] = round(known["ms"] + waited, 1)
        known["processor_ms"] = round(known["processor_ms"] + spent, 1)
        known["statements"] += statements
        if slowest * 1000 > known["slowest_ms"]:
            known |= {"slowest_ms": round(slowest * 1000, 1), "slowest": " ".join(statement.split())[:120]}
    if "--plans" in sys.argv:
        print("== erasing", file=sys.stderr)
        watch.plans()
    return steps


def main() -> int:
    """Print the figures."""
    log.configure("critical", as_json=False)
    given = [int(one) for one in sys.argv[1:] if one.isdigit()][:2]
    print(json.dumps(measured(*(given + [1_000_000, 100_000][len(given) :])), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
