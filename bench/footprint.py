"""How much memory everything takes, and how soon it answers: bench/run footprint [QUESTIONS].

Starts the demo company as ``bin/start --demo`` does (web and worker in one process, PostgreSQL beside it), asks the first
question, waits until everything is read, and weighs every process: its proportional share (PSS), in which memory that processes
share counts once, from ``/proc/PID/smaps_rollup``. Then asks 1,000 questions through REST and weighs again. Then it starts once
more with the data that is there.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]

from bench import figures
from bench.ask import MORE
from firstline.demo.world import read_world

QUESTIONS = 1_000
PATIENCE = 300.0
QUIET = 20.0
"""Seconds without work before it is weighed."""


@dataclass
class Running:
    """A started product."""

    process: subprocess.Popen[bytes]
    url: str
    data: Path
    log: Path
    started: float

    def weight(self) -> dict[str, Any]:
        """Megabytes by kind of process: PSS, and RSS in which shared memory counts several times."""
        found: dict[str, dict[str, float]] = {}
        for one in self._processes():
            with contextlib.suppress(psutil.Error):
                memory = one.memory_full_info()
                part = found.setdefault(_part(one), {"processes": 0, "pss_mb": 0.0, "rss_mb": 0.0})
                part["processes"] += 1
                part["pss_mb"] += memory.pss / 1e6
                part["rss_mb"] += memory.rss / 1e6
        total = sum(part["pss_mb"] for part in found.values())
        parts = {name: {key: round(value, 1) for key, value in part.items()} for name, part in sorted(found.items())}
        return {"pss_mb": round(total, 1), "parts": parts}

    def _processes(self) -> Iterator[psutil.Process]:
        """The process, what it started, and the database server, which stands beside it."""
        seen: dict[int, psutil.Process] = {}
        for one in psutil.process_iter(["cmdline"]):
            with contextlib.suppress(psutil.Error):
                if one.pid == self.process.pid or str(self.data) in " ".join(one.info["cmdline"] or ()):
                    seen |= {found.pid: found for found in (one, *one.children(recursive=True))}
        yield from seen.values()


def main() -> None:
    """Print the figures as JSON."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else QUESTIONS
    with tempfile.TemporaryDirectory(prefix="firstline-bench-") as folder:
        data = Path(folder) / "data"
        with _product(data) as first:
            key = _key(first.log)
            with _client(first, key) as client:
                agent = _agent(client)
                fresh = _first_answer(client, agent, first.started)
                _wait_until_read(client)
                time.sleep(QUIET)
                idle = first.weight()
                asked = _ask_all(client, agent, most)
                after = first.weight()
                time.sleep(QUIET)
                later = first.weight()
        with _product(data) as second, _client(second, key) as client:
            again = _first_answer(client, _agent(client), second.started)
    result = {
        "bench": "footprint",
        "seconds_to_first_answer": {"new_data_with_the_demo_company": fresh, "data_that_is_there": again},
        "idle": idle,
        f"after_{most}_questions": after,
        "and_some_seconds_later": later,
        "questions": asked,
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(result, indent=1))


@contextlib.contextmanager
def _product(data: Path) -> Iterator[Running]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = data.parent / f"{time.monotonic_ns()}.log"
    command = [sys.executable, "-m", "firstline", "serve", "--demo", "--port", str(port), "--data", str(data)]
    environment = {key: value for key, value in os.environ.items() if key != "OPENBLAS_NUM_THREADS"}
    started = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment)
    try:
        yield Running(process, f"http://127.0.0.1:{port}", data, log, started)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _key(log: Path) -> str:
    """The API key that the first start prints."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if found := re.search(r"\bfl_[A-Za-z0-9_-]{20,}", log.read_text("utf-8", "replace")):
            return found[0]
        time.sleep(0.05)
    raise SystemExit(f"No API key was printed:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _client(running: Running, key: str) -> httpx.Client:
    return httpx.Client(base_url=f"{running.url}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=60)


def _agent(client: httpx.Client) -> str:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        with contextlib.suppress(httpx.TransportError):
            found = client.get("/agents")
            if found.status_code == 200 and found.json()["items"]:
                return str(found.json()["items"][0]["id"])
        time.sleep(0.05)
    raise SystemExit("There is no agent.")


def _first_answer(client: httpx.Client, agent: str, started: float) -> float:
    """Seconds from the start until a question is answered from content."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if _preview(client, agent, "Can I return the Trail 4 after riding it?")["decision"] == "answer":
            return round(time.monotonic() - started, 2)
        time.sleep(0.1)
    raise SystemExit("Nothing was answered.")


def _wait_until_read(client: httpx.Client) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if all(one["state"] in ("ready", "failed") for one in _sources(client)):
            return
        time.sleep(0.5)
    raise SystemExit("Not everything was read in time.")


def _sources(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        answer = client.get("/sources", params={"cursor": cursor} if cursor else {}).raise_for_status().json()
        found += answer["items"]
        cursor = answer["next"]
        if not cursor:
            return found


def _preview(client: httpx.Client, agent: str, question: str) -> dict[str, Any]:
    while True:
        answer = client.post(f"/agents/{agent}/preview", json={"messages": [{"role": "customer", "text": question}]})
        if answer.status_code == 429:
            time.sleep(float(answer.headers.get("Retry-After", "1")))
            continue
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


def _ask_all(client: httpx.Client, agent: str, most: int) -> dict[str, Any]:
    """All questions of both sets, and again with other beginnings, so that none is asked twice."""
    own = read_world().questions
    questions = [*(one.text for one in own.answerable), *(one.text for one in own.uncovered)]
    questions += [one["text"] for one in tomllib.loads(MORE.read_text("utf-8"))["answerable"]]
    begins = ("", "Hello, ", "One question: ", "Please tell me: ", "Quick question, ")
    asked = [begin + question for begin in begins for question in questions][:most]
    times, decisions = [], []
    for question in asked:
        begun = time.perf_counter()
        decisions.append(_preview(client, agent, question)["decision"])
        times.append((time.perf_counter() - begun) * 1000)
    answered = figures.share([decision == "answer" for decision in decisions])
    return {"asked": len(asked), "answered": answered, "milliseconds_over_rest": figures.times(times)}


def _part(one: psutil.Process) -> str:
    return "postgresql" if "postgres" in one.name() else "web_and_worker" if "firstline" in " ".join(one.cmdline()) else "readers"


if __name__ == "__main__":
    main()
