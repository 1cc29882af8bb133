"""Thousands of WhatsApp webhooks, many twice, all out of order, while workers are killed and Meta fails: what must hold then.

``bench/run siege_webhooks [webhooks]``. Webhooks go to a web process over HTTP; three worker processes answer and send to the
simulated Meta, which fails now and then, loses answers, and tells statuses twice and out of order. One worker after the other is
killed with SIGKILL and replaced.
"""

import json
import random
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from bench.stage import server
from firstline.agent.surroundings import SURROUNDINGS
from firstline.app import create_app
from firstline.channels import accounts
from firstline.channels.graph.signing import signature
from firstline.channels.whatsapp.config import WhatsAppConfig
from firstline.kit import log
from firstline.kit.database import Database, Tx
from firstline.kit.migrate import migrate
from firstline.kit.secrets import Keyring
from firstline.routing import commands as routing
from firstline.settings import Settings
from firstline.simulators.meta import world as meta
from firstline.simulators.meta.app import simulated_meta
from firstline.simulators.meta.posting import whatsapp
from tests.peers.company import COVERED, open_for_business
from tests.peers.siege import started
from tests.serving import serving
from tests.world import Shop, found_shop

WORKERS = 3
SENDERS = 6
KILL_EVERY = 4.0
PATIENCE = 900.0


def siege(shop: Shop, dsn: str, folder: Path, webhooks: int, seed: int = 7, kills: int = 5) -> dict[str, Any]:
    """Lay siege; what was counted, and ``faults``, which should be empty."""
    open_for_business(shop, folder)
    distinct = webhooks * 4 // 5
    dice = random.Random(seed)
    world_settings = meta.Settings(duplicates=0.2, shuffled=True, flaky=0.1, limits=False, seed=seed)
    simulator = simulated_meta(world_settings)
    app = create_app(Settings(data=folder, secret_key="k" * 32), dsn, worker=False)  # type: ignore[arg-type]
    with serving(simulator, log_level="error") as graph, serving(app, log_level="error") as door:
        web = f"http://127.0.0.1:{door}"
        account = shop.database.run(_connected, shop, f"http://127.0.0.1:{graph}", world_settings)
        world_settings.target, world_settings.whatsapp_account = web, account
        bodies = _bodies(simulator.state.world, distinct, max(10, distinct // 10), dice)
        wave = [*bodies, *dice.sample(bodies, webhooks - distinct)]
        dice.shuffle(wave)
        begun = time.perf_counter()
        workers = [started(dsn, folder) for _ in range(WORKERS)]
        try:
            posting = threading.Thread(
                target=_post_all, args=(f"{web}/hooks/whatsapp/{account}", wave, world_settings.app_secret)
            )
            posting.start()
            for _ in range(kills):
                time.sleep(dice.uniform(0.5, 1.0) * KILL_EVERY)
                victim = dice.randrange(WORKERS)
                workers[victim].kill()
                workers[victim].wait()
                workers[victim] = started(dsn, folder)
            posting.join()
            taken = time.perf_counter() - begun
            settled = _until_quiet(shop.database, simulator)
        finally:
            for worker in workers:
                worker.send_signal(signal.SIGTERM)
            for worker in workers:
                worker.wait(30)
        outcome = shop.database.run(_judged, account, distinct)
    outcome |= {"webhooks": webhooks, "kills": kills, "seconds_to_take_in": round(taken, 1)}
    outcome["sent_to_customers"] = len(simulator.state.world.sent)
    outcome["seconds"] = round(time.perf_counter() - begun, 1)
    if not settled:
        outcome["faults"].append("there still is work")
    return outcome


def _bodies(world: meta.World, count: int, customers: int, dice: random.Random) -> list[bytes]:
    now = int(time.time())
    found = []
    for n in range(count):
        who = f"49151{dice.randrange(customers):08d}"
        world.heard[who] = world.now()
        said = {"from": who, "id": f"wamid.S{n}", "timestamp": str(now - 60 + n % 60), "type": "text"}
        found.append(json.dumps(whatsapp(messages=[{**said, "text": {"body": dice.choice(COVERED)}}])).encode())
    return found


def _post_all(url: str, wave: list[bytes], secret: str) -> None:
    """As Meta does: until each was answered 200."""

    def post(body: bytes) -> None:
        headers = {"x-hub-signature-256": signature(secret, body)}
        while client.post(url, content=body, headers=headers).status_code != 200:
            time.sleep(0.05)

    with httpx.Client(timeout=120) as client, ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(post, wave))


def _connected(tx: Tx, shop: Shop, graph: str, settings: meta.Settings) -> str:
    made = accounts.connect(
        tx,
        Keyring(b"k" * 32),
        WhatsAppConfig,
        kind="whatsapp",
        name="WhatsApp",
        workspace="inbox",
        settings={"phone_number_id": meta.NUMBER, "waba_id": meta.WABA, "graph_url": graph},
        secrets={"access_token": settings.token, "app_secret": settings.app_secret, "verify_token": settings.verify_token},
        family="messaging",
        by=shop.ines,
    )
    velo = str(tx.scalar(text("select id from agent order by id limit 1")))
    routing.deploy(tx, SURROUNDINGS, agent_id=velo, channel_account_id=made, by=shop.ines)
    return made


def _until_quiet(database: Database, simulator: Any) -> bool:
    """Whether all work was done before patience ended."""
    ends, quiet = time.monotonic() + PATIENCE, 0
    busy = text(
        "select count(*) from procrastinate_jobs where status in ('todo', 'doing')"
        " and task_name in ('channels.take_in', 'agent.turn', 'routing.route', 'channels.deliver')"
    )
    while time.monotonic() < ends and quiet < 3:
        idle = not database.run(lambda tx: tx.scalar(busy)) and not simulator.state.post.tasks
        quiet = quiet + 1 if idle else 0
        time.sleep(0.5)
    return quiet >= 3


_RANK = "case r.delivery when 'sent' then 1 when 'failed' then 2 when 'delivered' then 3 else 4 end"
_FAULTS = {
    "a turn that said two things": "select count(*) from (select 1 from entry where kind = 'message' and direction = 'out'"
    " and by_kind = 'agent' group by turn_id having count(*) > 1) twice",
    "a question that nobody answered": "select count(*) from conversation c where owner_kind = 'agent' and agent_seq <"
    " (select max(seq) from entry e where e.conversation_id = c.id and e.direction = 'in')",
    "a message on its way": "select count(*) from entry where direction = 'out' and delivery in ('pending', 'sending')",
    "a status that went back": f"select count(*) from (select {_RANK} as rank, lag({_RANK}) over (partition by r.entry_id, r.part"
    " order by r.id) as before from delivery_report r where r.moved) s where rank < before",
    "a message less far than its statuses": "select count(*) from entry e where e.direction = 'out' and e.delivery in"
    " ('sent', 'unknown') and exists (select 1 from delivery_report r where r.entry_id = e.id and r.delivery = 'delivered')",
}


def _judged(tx: Tx, account: str, distinct: int) -> dict[str, Any]:
    def count(query: str) -> int:
        return int(tx.scalar(text(query).bindparams(**({"id": account} if ":id" in query else {}))))

    stored = count("select count(*) from entry where direction = 'in' and channel_account_id = :id")
    faults = [f"{what}: {found}" for what, query in _FAULTS.items() if (found := count(query))]
    if stored != distinct:
        faults.append(f"{distinct} messages were sent, {stored} are stored")
    states = tx.rows(text("select delivery, count(*) as n from entry where direction = 'out' group by 1 order by 1"))
    why = "select delivery_reason as reason, count(*) as n from entry where direction = 'out' and delivery = 'unknown' group by 1"
    doubts = tx.rows(text(why))
    return {
        "distinct": distinct,
        "stored": stored,
        "conversations": count("select count(*) from conversation where channel_account_id = :id"),
        "answers": count("select count(*) from entry where direction = 'out' and by_kind = 'agent'"),
        "turns_that_spoke": count("select count(distinct turn_id) from entry where direction = 'out' and by_kind = 'agent'"),
        "deliveries": {row.delivery: row.n for row in states},
        "unknown": {row.reason: row.n for row in doubts},
        "faults": faults,
    }


def main() -> int:
    """Print what came of it; 1 if anything was not as it must be."""
    log.configure("critical", as_json=False)
    webhooks = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    with server() as running, tempfile.TemporaryDirectory() as folder:
        dsn = running.dsn("postgres")
        database = Database(dsn, threads=4)
        migrate(database)
        shop = Shop(database=database, **database.run(found_shop))
        outcome = siege(shop, dsn, Path(folder), webhooks, kills=max(3, webhooks // 250))
        database.close()
    print(json.dumps(outcome, indent=1))
    return 1 if outcome["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
