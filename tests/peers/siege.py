"""Customers who go on asking while worker after worker is killed; and what must hold in the end."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import text

from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations import intake
from firstline.conversations.rules import Inbound, Place
from firstline.invariants import violations
from firstline.kit.database import Database, Tx
from firstline.wiring import FOLLOWS
from tests.peers.company import COVERED, FOR_A_PERSON, NOT_COVERED
from tests.peers.nursery import Fate, Nursery, is_alive, kill

VISITORS = 40
LONGEST_LIFE = 1.0
"""Seconds that a worker has, once it works, before it is killed from outside."""
LATEST = 10.0
"""Seconds that a worker has which would kill itself, but does not come to it."""
PATIENCE = 90.0
"""Seconds that the last worker may take to settle everything."""


@dataclass
class Visitor:
    """One who asks up to three times, a few messages at once, each time after the answer."""

    name: str
    left: int
    conversation_id: str = ""
    waits: bool = False


@dataclass
class Outcome:
    """What was asked, what came of it, and whatever should not be."""

    kills: int = 0
    bursts: int = 0
    messages: int = 0
    conversations: int = 0
    answers: int = 0
    handoffs: int = 0
    charges: int = 0
    repeated_turns: int = 0
    faults: list[str] = field(default_factory=list)


class Siege:
    """A shop under siege. ``seed`` decides who says what, and when which worker dies how."""

    def __init__(self, dsn: str, folder: Path, place: Place, nursery: Nursery, seed: int) -> None:
        self.database = Database(dsn, followers=FOLLOWS, threads=2)
        self.dsn, self.folder = dsn, folder
        self.place = place
        self.nursery = nursery
        self.dice = random.Random(seed)
        self.outcome = Outcome()
        self.visitors = [self._somebody() for _ in range(VISITORS)]

    def kill(self, times: int) -> None:
        """Let workers be born and die, half of them from outside at some time, half at a certain transaction."""
        for _ in range(times):
            registered = self.database.run(_newest_worker)
            fate = self._fate()
            born = self.nursery.birth(self.dsn, self.folder, fate)
            if fate is None:
                self._until(lambda: self.database.run(_newest_worker) > registered, LATEST)  # noqa: B023 used at once
                self._until(lambda: False, self.dice.uniform(0, LONGEST_LIFE))
            else:
                self._until(lambda: not is_alive(born), LATEST)  # noqa: B023 used at once
            kill(born)
            self.outcome.kills += 1

    def kill_started(self) -> None:
        """Start a worker as people do, and kill it while it works."""
        process = started(self.dsn, self.folder)
        registered = self.database.run(_newest_worker)
        self._until(lambda: process.poll() is not None or self.database.run(_newest_worker) > registered, PATIENCE)
        self._until(lambda: False, self.dice.uniform(0, LONGEST_LIFE))
        process.kill()
        process.wait()
        self.outcome.kills += 1

    def settle(self) -> Outcome:
        """Ask no more, let one last worker do the rest, and look."""
        for visitor in self.visitors:
            visitor.left = 0
        last = self.nursery.birth(self.dsn, self.folder)
        settled = self._until(lambda: not any(one.waits for one in self.visitors) and self.database.run(_idle), seconds=PATIENCE)
        kill(last)
        if not settled:
            self.outcome.faults.append(f"After {PATIENCE:.0f} seconds there still is work.")
        self.database.run(_judge, self.outcome)
        self.database.close()
        return self.outcome

    def _fate(self) -> Fate | None:
        if self.dice.random() < 0.5:
            return None
        moment = self.dice.choice(("before", "inside", "after"))
        return Fate(signal.SIGKILL, self.dice.randint(1, 120), moment)  # type: ignore[arg-type]

    def _until(self, done: Callable[[], bool], seconds: float) -> bool:
        """Let the visitors live until something is so, or time is up."""
        ends = time.monotonic() + seconds
        while not (is_so := done()) and time.monotonic() < ends:
            self._visit()
            time.sleep(0.01)
        return is_so

    def _visit(self) -> None:
        """Hear who was answered; some of the others ask."""
        asked = {one.conversation_id: one for one in self.visitors if one.waits}
        for row in self.database.run(_last_words, list(asked)):
            if row.direction == "out":
                visitor = asked[row.id]
                visitor.waits = False
                if row.owner_kind != "agent":
                    visitor.left = 0
        for place, visitor in enumerate(self.visitors):
            if visitor.waits or (not visitor.left and not visitor.conversation_id) or self.dice.random() < 0.9:
                continue
            if visitor.left:
                self._ask(visitor)
            elif any(one.left for one in self.visitors):
                self.visitors[place] = self._somebody()

    def _somebody(self) -> Visitor:
        return Visitor(f"vis_{self.dice.getrandbits(64):016x}", self.dice.randint(1, 3))

    def _ask(self, visitor: Visitor) -> None:
        kind = self.dice.choices((COVERED, NOT_COVERED, FOR_A_PERSON), (8, 2, 1))[0]
        says = [*("Hello", "One question")[: self.dice.randint(0, 2)], self.dice.choice(kind)]
        for one in says:
            sender = Identity(IdentityKind.VISITOR, visitor.name, self.place.channel_account_id)
            inbound = Inbound(sender=sender, text=one, provider_id=f"in_{self.dice.getrandbits(64):016x}")
            visitor.conversation_id = self.database.run(intake.receive, self.place, inbound).conversation_id
        visitor.waits = True
        visitor.left -= 1
        self.outcome.bursts += 1
        self.outcome.messages += len(says)


def started(dsn: str, folder: Path) -> "subprocess.Popen[bytes]":
    """A worker as people start it."""
    environment = {**os.environ, "FIRSTLINE_DATABASE_URL": dsn, "FIRSTLINE_SECRET_KEY": "k" * 32, "FIRSTLINE_LOG_LEVEL": "error"}
    return subprocess.Popen(
        [sys.executable, "-m", "firstline", "worker", "--data", str(folder)], env=environment, stdout=subprocess.DEVNULL
    )


def _last_words(tx: Tx, conversation_ids: list[str]) -> Any:
    query = (
        "select c.id, c.owner_kind, (select e.direction from entry e where e.conversation_id = c.id and e.kind = 'message'"
        " order by e.seq desc limit 1) as direction from conversation c where c.id = any(:ids)"
    )
    return tx.execute(text(query), {"ids": conversation_ids}).all()


def _newest_worker(tx: Tx) -> int:
    return int(tx.scalar(text("select coalesce(max(id), 0) from procrastinate_workers")))


def _idle(tx: Tx) -> bool:
    return not tx.scalar(text("select count(*) from procrastinate_jobs where status in ('todo', 'doing')"))


def _judge(tx: Tx, outcome: Outcome) -> None:
    """Count, and note everything that should not be."""

    def count(query: str) -> int:
        return int(tx.scalar(text(query)))

    outcome.conversations = count("select count(*) from conversation")
    outcome.handoffs = count("select count(*) from entry where kind = 'handoff'")
    outcome.answers = count("select count(*) from entry where kind = 'message' and direction = 'out'")
    outcome.charges = count("select count(*) from ledger where kind = 'charge'")
    outcome.repeated_turns = count("select count(*) from turn where attempts > 1")
    outcome.faults += [f"{one.invariant.sentence} {one.examples}" for one in violations(tx)]
    written = tx.execute(
        text("select conversation_id, direction from entry where kind = 'message' order by conversation_id, seq")
    ).all()
    for conversation_id, entries in groupby(written, key=lambda row: row.conversation_id):
        story = "".join("?" if entry.direction == "in" else "!" for entry in entries)
        if not re.fullmatch(r"(\?+!)+", story):
            outcome.faults.append(f"{conversation_id} was not answered once each time: {story}")
    for fault, query in _FAULTS.items():
        if found := count(query):
            outcome.faults.append(f"{fault}: {found}")
    received = count("select count(*) from entry where direction = 'in'")
    if received != outcome.messages:
        outcome.faults.append(f"{outcome.messages} messages were written, {received} are there")


_FAULTS = {
    "jobs that are not done": "select count(*) from procrastinate_jobs",
    "turns that think": "select count(*) from turn where state = 'thinking'",
    "messages that were not sent": "select count(*) from entry where direction = 'out' and delivery <> 'sent'",
    "questions the agent did not settle": "select count(*) from conversation c where owner_kind = 'agent' and agent_seq <"
    " (select max(seq) from entry e where e.conversation_id = c.id and e.direction = 'in')",
    "answered conversations without exactly one charge": "select count(*) from conversation c where answered_by_agent and"
    " (select count(*) from ledger l where l.kind = 'charge' and l.conversation_id = c.id) <> 1",
    "charges for nothing": "select count(*) from ledger l join conversation c on c.id = l.conversation_id"
    " where l.kind = 'charge' and not c.answered_by_agent",
    "entries written twice by one turn": "select count(*) from (select 1 from entry where kind = 'message' and direction = 'out'"
    " group by turn_id having count(*) > 1) twice",
}
