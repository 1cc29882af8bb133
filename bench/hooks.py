"""How fast webhooks are answered: bench/run hooks [RATE] [SECONDS].

A web process, a worker process and PostgreSQL on this machine. WhatsApp webhooks of one message each come at a fixed rate,
whatever the answers do (a late answer counts from when its webhook was due), from as many customers as there are webhooks in a
second. Then 1,000 messages come in one POST. No agent is deployed: what is measured is taking in, up to the stored message.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]
import uvicorn
from sqlalchemy import text

from bench.stage import server
from firstline.app import create_app
from firstline.channels import accounts
from firstline.channels.graph.signing import signature
from firstline.channels.whatsapp.config import WhatsAppConfig
from firstline.kit import log
from firstline.kit.database import Database, Tx
from firstline.kit.migrate import migrate
from firstline.kit.secrets import Keyring
from firstline.settings import Settings
from firstline.simulators.meta.posting import whatsapp
from firstline.simulators.meta.world import NUMBER, WABA
from tests.peers.siege import started
from tests.world import Shop, found_shop

SECRET = "bench"
PATIENCE = 600.0
MANY = 1_000


def serve(dsn: str, folder: str, port: int) -> None:
    """The web process."""
    log.configure("critical", as_json=False)
    app = create_app(Settings(data=Path(folder), secret_key="k" * 32), dsn, worker=False)  # type: ignore[arg-type]
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


@contextlib.contextmanager
def web(dsn: str, folder: Path) -> Iterator[tuple[str, int]]:
    """A web process while the block lasts: its address, its number."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "bench.hooks", "serve", dsn, str(folder), str(port)])
    try:
        ends = time.monotonic() + 120
        while time.monotonic() < ends:
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{port}/hooks/none/none", timeout=5)
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def said(numbers: range, customers: int, prefix: str) -> bytes:
    """A webhook of some messages."""
    now = str(int(time.time()))
    messages = [
        {
            "from": f"49151{n % customers:08d}",
            "id": f"wamid.{prefix}{n}",
            "timestamp": now,
            "type": "text",
            "text": {"body": "Hi"},
        }
        for n in numbers
    ]
    return json.dumps(whatsapp(messages=messages)).encode()


class Wire:
    """Connections kept open, one request at a time each: an HTTP client would take as much of the processor as the server."""

    def __init__(self, port: int, path: str) -> None:
        self.port = port
        self.path = path
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, body: bytes) -> None:
        """Post a signed delivery; raises unless it is answered 200."""
        while self.idle and self.idle[-1][0].at_eof():  # the server closes what was idle for long
            self.idle.pop()[1].close()
        reader, writer = self.idle.pop() if self.idle else await asyncio.open_connection("127.0.0.1", self.port)
        lines = (
            f"POST {self.path} HTTP/1.1",
            "host: bench",
            "content-type: application/json",
            f"content-length: {len(body)}",
            f"x-hub-signature-256: {signature(SECRET, body)}",
        )
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(head.decode())
        await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
        self.idle.append((reader, writer))

    def close(self) -> None:
        """Close what is open."""
        for _, writer in self.idle:
            writer.close()


async def at_rate(url: str, rate: int, seconds: int, prefix: str) -> list[float]:
    """The latencies in milliseconds, each from when its webhook was due."""
    found: list[float] = []
    where = httpx.URL(url)
    wire = Wire(where.port or 80, where.path)

    async def one(n: int, due: float) -> None:
        body = said(range(n, n + 1), rate, prefix)
        await asyncio.sleep(due - time.perf_counter())
        await wire.post(body)
        found.append((time.perf_counter() - due) * 1000)

    begin = time.perf_counter() + 1.0
    async with asyncio.TaskGroup() as all_:
        for n in range(rate * seconds):
            all_.create_task(one(n, begin + n / rate))
    wire.close()
    return sorted(found)


def processor_seconds(of: psutil.Process) -> float:
    """What a process and its children, also those that ended, have taken of the processor."""
    taken = of.cpu_times()
    total = taken.user + taken.system + taken.children_user + taken.children_system
    for child in of.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            used = child.cpu_times()
            total += used.user + used.system
    return float(total)


def connected(tx: Tx, shop: Shop) -> str:
    """A WhatsApp account whose deliveries are signed with :data:`SECRET`."""
    return accounts.connect(
        tx,
        Keyring(b"k" * 32),
        WhatsAppConfig,
        kind="whatsapp",
        name="WhatsApp",
        workspace="inbox",
        settings={"phone_number_id": NUMBER, "waba_id": WABA},
        secrets={"access_token": "t", "app_secret": SECRET, "verify_token": "v"},
        family="messaging",
        by=shop.ines,
    )


def _until_stored(database: Database, count: int) -> float:
    """Seconds until so many messages are stored."""
    begun = time.perf_counter()
    stored = text("select count(*) from entry where direction = 'in'")
    while time.perf_counter() - begun < PATIENCE:
        if int(database.run(lambda tx: tx.scalar(stored)) or 0) >= count:
            return round(time.perf_counter() - begun, 1)
        time.sleep(0.1)
    raise TimeoutError(f"{count} messages were not stored in {PATIENCE:.0f} s")


def master(data: Path) -> psutil.Process:
    """PostgreSQL's first process, the parent of the others."""
    return psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]))


def _each(taken: dict[str, float], count: int) -> dict[str, float]:
    return {name: round(seconds * 1000 / count, 2) for name, seconds in taken.items()}


def measured(rate: int, seconds: int) -> dict[str, Any]:
    """Everything that is printed."""
    with server(durable=True) as running, tempfile.TemporaryDirectory() as folder:
        dsn = running.dsn("postgres")
        database = Database(dsn, threads=2)
        migrate(database)
        shop = Shop(database=database, **database.run(found_shop))
        account = database.run(connected, shop)
        load = round(os.getloadavg()[0], 1)
        with web(dsn, Path(folder)) as (url, web_pid):
            worker = started(dsn, Path(folder))
            parts = {"web": psutil.Process(web_pid), "worker": psutil.Process(worker.pid), "database": master(running.data)}
            try:
                hook = f"{url}/hooks/whatsapp/{account}"
                asyncio.run(at_rate(hook, 5, 4, "W"))
                warm = _until_stored(database, 20)
                before = {name: processor_seconds(one) for name, one in parts.items()}
                found = asyncio.run(at_rate(hook, rate, seconds, "R"))
                to_answer = {name: processor_seconds(one) - before[name] for name, one in parts.items()}
                behind = _until_stored(database, 20 + rate * seconds)
                to_applied = {name: processor_seconds(one) - before[name] for name, one in parts.items()}
                body = said(range(MANY), 100, "M")
                begun = time.perf_counter()
                answer = httpx.post(hook, content=body, headers={"x-hub-signature-256": signature(SECRET, body)}, timeout=120)
                answer.raise_for_status()
                to_200 = (time.perf_counter() - begun) * 1000
                applied = _until_stored(database, 20 + rate * seconds + MANY)
            finally:
                worker.send_signal(signal.SIGTERM)
                worker.wait(30)
        database.close()
    return {
        "webhooks_a_second": rate,
        "webhooks": len(found),
        "p50_ms": round(found[len(found) // 2], 1),
        "p99_ms": round(found[len(found) * 99 // 100], 1),
        "worst_ms": round(found[-1], 1),
        "processor_ms_a_webhook_until_answered": _each(to_answer, len(found)),
        "processor_ms_a_webhook_until_applied": _each(to_applied, len(found)),
        "seconds_behind_at_the_end": behind,
        "thousand_in_one_post_ms_to_200": round(to_200, 1),
        "thousand_in_one_post_s_to_applied": applied,
        "warm_up_s": warm,
        "load_before": load,
    }


def main() -> int:
    """Print the figures."""
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2], sys.argv[3], int(sys.argv[4]))
        return 0
    log.configure("critical", as_json=False)
    given = [int(one) for one in sys.argv[1:3]]
    print(json.dumps(measured(*(given + [200, 15][len(given) :])), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
