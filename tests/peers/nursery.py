"""Worker processes that are born in a moment: a process that has everything imported forks them.

It reads orders from its standard input, one JSON object a line, and answers each with the number of the process it made. A
process works for one database until it is killed, or it meets its fate: a signal that it gives itself at a certain transaction.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from firstline import app
from firstline.agent.language import detect
from firstline.agent.models.intents import read
from firstline.kit import log
from firstline.kit.database import Database
from firstline.kit.worker import Worker
from firstline.knowledge.asking import AsksForKnowledge
from firstline.knowledge.embedding import OnnxEmbedder
from firstline.knowledge.models import MODEL, TOKENIZER
from firstline.settings import Settings


@dataclass(frozen=True)
class Fate:
    """The signal a process gives itself at its n-th transaction, or at its n-th of a function of this name."""

    number: int
    nth: int = 1
    moment: Literal["before", "inside", "after"] = "inside"
    name: str = ""


class Nursery:
    """The forking process, as the tests see it. It serves one test after the other: to have everything imported takes seconds."""

    def __init__(self) -> None:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "FIRSTLINE_SECRET_KEY": "k" * 32}
        self._born: list[int] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.peers.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def birth(self, dsn: str, folder: Path, fate: Fate | None = None) -> int:
        """A new worker process on a database, with a data folder; its number."""
        orders, answers = self._process.stdin, self._process.stdout
        assert orders is not None
        assert answers is not None
        orders.write(json.dumps({"dsn": dsn, "folder": str(folder), "fate": asdict(fate) if fate else None}) + "\n")
        orders.flush()
        self._born.append(int(answers.readline()))
        return self._born[-1]

    def empty(self) -> None:
        """No worker is left."""
        for one in self._born:
            kill(one)
        self._born.clear()

    def close(self) -> None:
        """End it."""
        self.empty()
        self._process.communicate()


def kill(process: int) -> None:
    """Kill a worker process of a nursery, if it lives, and wait until it is gone."""
    if is_alive(process):
        os.kill(process, signal.SIGKILL)
    while is_alive(process):
        time.sleep(0.001)


def is_alive(process: int) -> bool:
    """Whether a worker process of a nursery is there, be it stopped."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    log.configure("error", as_json=False)
    _load(Settings().models.expanduser())
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)
            _live(Settings(data=Path(order["folder"])), order["dsn"], Fate(**order["fate"]) if order["fate"] else None)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def _load(models: Path) -> None:
    """Load what every worker loads, so that those born later have it from the start."""
    embedder = OnnxEmbedder(models / MODEL, models / TOKENIZER)
    AsksForKnowledge(embedder).probability(embedder.embed("What can I ask?").vector)
    vars(app)["OnnxEmbedder"] = lambda *_: embedder
    detect("What can I ask here?", ("en", "de"))
    read("What can I ask?")


def _live(settings: Settings, dsn: str, fate: Fate | None) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if fate is not None:
        _meet(fate)
    try:
        asyncio.run(_work(settings, dsn))
    finally:
        os._exit(1)


async def _work(settings: Settings, dsn: str) -> None:
    parts = app.put_together(settings, dsn)
    await asyncio.gather(parts.feed.run(), Worker(parts.jobs).run())


def _meet(fate: Fate) -> None:
    """Make transactions of this process count down to its fate."""
    real, left, counting = Database.run, fate.nth, threading.Lock()

    def now() -> None:
        os.kill(os.getpid(), fate.number)

    def run(self: Database, fn: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal left
        if fate.name in ("", getattr(fn, "__name__", "")):
            with counting:
                left -= 1
                is_it = left == 0
            if is_it:
                return at(fate.moment, self, fn, *args, **kwargs)
        return real(self, fn, *args, **kwargs)

    def at(moment: str, self: Database, fn: Any, *args: Any, **kwargs: Any) -> Any:
        def inside(tx: Any, *args: Any, **kwargs: Any) -> Any:
            result = fn(tx, *args, **kwargs)
            if moment == "inside":
                now()
            return result

        if moment == "before":
            now()
        result = real(self, inside, *args, **kwargs)
        if moment == "after":
            now()
        return result

    Database.run = run  # type: ignore[method-assign]


if __name__ == "__main__":
    _main()
