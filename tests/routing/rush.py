"""A rush: conversations that come in faster than they are looked at, routed by several workers at once, while teammates come and
go. Afterwards the log is read like a book, and each assignment is judged by what held at that moment."""

import random
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from firstline.agent.surroundings import SURROUNDINGS
from firstline.kit.database import Database, Tx
from firstline.kit.events import event
from firstline.people import commands as people
from firstline.routing import commands, deciding, receivers
from firstline.routing.capacity import set_capacity
from firstline.routing.queries import queue
from tests.routing.company import Company


@dataclass(frozen=True)
class Outcome:
    """What the log says: how many were assigned, and what was wrong with any of it."""

    assigned: int
    waited: int
    loads: dict[str, int]
    over_capacity: int
    to_somebody_away: int
    not_least_loaded: int

    @property
    def spread(self) -> int:
        """The difference between the most and the least loaded at the end."""
        return max(self.loads.values()) - min(self.loads.values())


def staff(company: Company, count: int, capacity: int) -> list[str]:
    """So many teammates in a team of their own, each with that capacity, and the chat that goes to them."""

    def hire(tx: Tx) -> list[str]:
        by = company.shop.ines
        hired = [
            people.add_teammate(tx, name=f"Mate {n:02}", email=f"mate{n}@veloria.example", password=None, by=by)
            for n in range(count)
        ]
        team = people.add_team(tx, "Rush team", hired, by=by)
        for one in hired:
            set_capacity(tx, one, {"messaging": capacity}, by=by)
        fallback = {"kind": "teams", "ids": [team]}
        given: dict[str, Any] = {"agent_id": company.velo, "channel_account_id": company.chat}
        commands.deploy(tx, SURROUNDINGS, **given, coverage=0, fallback=fallback, by=by)
        return hired

    return company.database.run(hire)


def run(company: Company, conversations: int, mates: Sequence[str], *, capacity: int, workers: int = 4, seed: int = 1) -> Outcome:
    """Let it happen, then judge. In the last third everybody stays, so that loads can level out."""
    database, dice = company.database, random.Random(seed)
    talks = [company.shop.hears("Hello", visitor=f"v{n}").conversation_id for n in range(conversations)]
    next_one, lock, calm = iter(talks), threading.Lock(), threading.Event()
    left = [conversations]

    def work() -> None:
        while True:
            with lock:
                talk = next(next_one, None)
                left[0] -= 1
                if left[0] < conversations // 3:
                    calm.set()
            if talk is None:
                return
            database.run(deciding.route, SURROUNDINGS, talk)

    def come_and_go() -> None:
        away: set[str] = set()
        while not calm.is_set():
            one = dice.choice(mates)
            back = one in away or len(away) >= len(mates) - 2
            away.symmetric_difference_update({one} if back == (one in away) else set())
            database.run(_switch, one, back, company)
            if back:
                _drain(database)
            calm.wait(0.01)
        for one in mates:
            database.run(_switch, one, True, company)

    with ThreadPoolExecutor(workers + 1) as pool:
        running = [pool.submit(work) for _ in range(workers)] + [pool.submit(come_and_go)]
        for one in running:
            one.result()
    waited = len(database.run(queue))
    _drain(database)
    return database.run(_judge, mates, capacity, waited)


def _switch(tx: Tx, teammate_id: str, available: bool, company: Company) -> None:
    """Under the lock of assigning, so that the log tells exactly what held at each assignment."""
    receivers.assigning(tx)
    people.set_available(tx, teammate_id, available, by=company.shop.ines)


def _drain(database: Database) -> None:
    for conversation_id, _ in database.run(queue):
        database.run(receivers.assign_waiting, conversation_id)


def _judge(tx: Tx, mates: Sequence[str], capacity: int, waited: int) -> Outcome:
    here, loads, wrong = set(mates), Counter(dict.fromkeys(mates, 0)), Counter[str]()
    assigned = 0
    kinds = ("conversation.assigned", "teammate.availability_changed")
    for row in tx.rows(select(event).where(event.c.kind.in_(kinds)).order_by(event.c.id)):
        if row.kind == "teammate.availability_changed":
            (here.add if row.data["available"] else here.discard)(row.subject)
        elif row.data["kind"] == "teammate":
            taker = row.data["id"]
            able = [loads[one] for one in here if loads[one] < capacity]
            wrong["away"] += taker not in here
            wrong["full"] += loads[taker] >= capacity
            wrong["not least"] += bool(able) and loads[taker] > min(able)
            loads[taker] += 1
            assigned += 1
    return Outcome(assigned, waited, dict(loads), wrong["full"], wrong["away"], wrong["not least"])
