"""Some of the attacks in every place, in a company of their own, in a process of their own."""

import logging
import sys
import tomllib
from pathlib import Path

import structlog

from bench.attacks.account import PRIVATE
from bench.attacks.ground import Ground
from bench.attacks.obeying import Obeying
from bench.attacks.outside import running
from bench.attacks.placing import PLACES, Outcome, page
from bench.data import lines, present
from bench.stage import Stage, server, stage
from firstline.agent.actions.matching import Nearest
from firstline.agent.library import Shelf
from firstline.demo import shelf
from firstline.demo.world import read_world
from firstline.kit.clock import FixedClock
from firstline.knowledge import commands
from firstline.knowledge.commands import Use
from firstline.knowledge.rules import Access
from firstline.people.rules import Actor
from tests.agent.provider import Provider
from tests.conftest import NOW
from tests.world import Shop, found_shop

WORST = Path(__file__).parents[2] / "tests" / "agent" / "attacks" / "worst.toml"


def attacks() -> list[str]:
    """The public ones, where they are, and ours."""
    found: list[str] = [one["text"] for one in tomllib.loads(WORST.read_text("utf-8"))["attack"]]
    if present("injection_dev"):
        for name in ("deepset_train", "giskard", "bipia_email"):
            rows = lines(f"injection_dev/{name}.jsonl")
            found += [str(row.get("attack") or row["text"]) for row in rows if row["injection"]]
    return found


def tried(chosen: list[tuple[int, str]]) -> tuple[list[Outcome], int]:
    """Some attacks in every place, in a company of their own; what came of them, and calls that nobody began."""
    logging.disable(logging.WARNING)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    model = Obeying(most=20)
    with server() as started, stage(started, "attacks") as company, running() as outside, Provider(model.behaviour) as provider:
        company.database.clock = FixedClock(NOW)
        shop = Shop(database=company.database, **company.database.run(found_shop))
        _fill(company, chosen)
        meaning = company.finder.embedder
        ground = Ground.set_up(shop, outside, model, provider, Shelf(company.finder), Nearest(meaning), meaning)
        outcomes = []
        for done, (number, attack) in enumerate(chosen):
            if done % 25 == 0:
                print(f"{done} of {len(chosen)} attacks", file=sys.stderr, flush=True)
            for name, place in PLACES.items():
                outcomes.append(place(ground, attack, number))
                if outcomes[-1].unauthorised or outcomes[-1].leaked:
                    print(name, repr(attack[:100]), outcomes[-1].unauthorised, outcomes[-1].leaked, file=sys.stderr, flush=True)
        strangers = len(ground.strangers())
    return outcomes, strangers


def _fill(company: Stage, chosen: list[tuple[int, str]]) -> None:
    """The demo company's help centre, the private sources, and a page with each attack."""
    by = Actor.system()
    company.database.run(shelf.fill, read_world(), site="https://veloria.example", by=by)
    for one in PRIVATE:
        use = Use(access=Access.PRIVATE, language="en")
        company.database.run(commands.add_text, one.title, one.text, by=by, url=one.url, use=use)
    for number, attack in chosen:
        title, text = page(number, attack)
        company.database.run(commands.add_text, title, text, by=by, url=f"https://veloria.example/care/{number}")
    company.read_all()
