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
def web(dsn: str, folder: Path) -> Iterator[str]:
    """A web process while the block lasts."""
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
        yield f"http://127.0.0.1:{port}"
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


async def at_rate(url: str, rate: int, seconds: int, prefix: str) -> list[float]:
    """The latencies in milliseconds, each from when its webhook was due."""
    found: list[float] = []
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with httpx.AsyncClient(timeout=120, limits=limits) as client:

        async def one(n: int, due: float) -> None:
            body = said(range(n, n + 1), rate, prefix)
            await asyncio.sleep(due - time.perf_counter())
            answer = await client.post(url, content=body, headers={"x-hub-signature-256": signature(SECRET, body)})
            answer.raise_for_status()
            found.append((time.perf_counter() - due) * 1000)

        begin = time.perf_counter() + 1.0
        async with asyncio.TaskGroup() as all_:
            for n in range(rate * seconds):
                all_.create_task(one(n, begin + n / rate))
    return sorted(found)


def _connected(tx: Tx, shop: Shop) -> str:
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


def measured(rate: int, seconds: int) -> dict[str, Any]:
    """Everything that is printed."""
    with server() as running, tempfile.TemporaryDirectory() as folder:
        dsn = running.dsn("postgres")
        database = Database(dsn, threads=2)
        migrate(database)
        shop = Shop(database=database, **database.run(found_shop))
        account = database.run(_connected, shop)
        load = round(os.getloadavg()[0], 1)
        with web(dsn, Path(folder)) as url:
            worker = started(dsn, Path(folder))
            try:
                hook = f"{url}/hooks/whatsapp/{account}"
                asyncio.run(at_rate(hook, 5, 4, "W"))
                warm = _until_stored(database, 20)
                found = asyncio.run(at_rate(hook, rate, seconds, "R"))
                behind = _until_stored(database, 20 + rate * seconds)
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
