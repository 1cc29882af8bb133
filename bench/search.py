"""How fast the search is in a large collection, and what its index misses against an exact one.

``dstc11_sk`` is taken in once; copies of its passages with slightly turned vectors fill the collection up to the size.
"""

import argparse
import json
import random
import time
from typing import Any

import numpy as np
from sqlalchemy import text

from bench import figures
from bench.data import lines, present
from bench.retrieval import dialogue, import_places
from bench.stage import Stage, server, stage
from firstline.kit.database import Tx
from firstline.knowledge import candidates, storing
from firstline.knowledge.embedding import DIMENSIONS, written
from firstline.knowledge.query import whole_text

SIZE = 10_000
ASKED = 200
_TURN = 0.04
"""How far a copy's vector is turned: spread of the noise on each of its 384 coordinates."""


def main() -> None:
    """Print the figures as JSON."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--size", type=int, default=SIZE, help="passages in the collection")
    size = wanted.parse_args().size
    result: dict[str, Any] = {"bench": "search"}
    if present("dstc11_sk"):
        with server() as running, stage(running, "search") as company:
            import_places(company, lines("dstc11_sk/corpus.jsonl"))
            company.read_all()
            fill(company, size)
            result |= measured(company)
    print(json.dumps(result, indent=1))


def fill(company: Stage, size: int) -> None:
    """Copy passages until there are enough."""
    noise = np.random.default_rng(7)
    dice = random.Random(7)
    known = company.database.run(
        lambda tx: [tuple(row) for row in tx.rows(text("select passage_id, vector::text from passage_vector"))]
    )
    todo = [dice.choice(known) for _ in range(max(0, size - len(known)))]
    for start in range(0, len(todo), 500):
        turned = []
        for number, (passage_id, vector) in enumerate(todo[start : start + 500], start):
            moved = np.fromstring(vector[1:-1], np.float32, sep=",") + noise.normal(0, _TURN, DIMENSIONS).astype(np.float32)
            turned.append({"id": passage_id, "copy": f"{passage_id}_{number}", "vector": written(moved / np.linalg.norm(moved))})
        company.database.run(_copy, turned)
    company.database.run(storing.count)
    company.database.run(lambda tx: tx.execute(text("analyze")))


def _copy(tx: Tx, turned: list[dict[str, str]]) -> None:
    tx.execute(
        text(
            "insert into passage (id, source_id, page_id, position, heading, text, hash, terms, length, embedded)"
            " select :copy, source_id, page_id, position, heading, text, hash, terms, length, true from passage where id = :id"
        ),
        turned,
    )
    tx.execute(
        text(
            "insert into passage_vector (passage_id, source_id, vector, question, tokens)"
            " select :copy, source_id, cast(:vector as halfvec),"
            " case when question is null then null else cast(:vector as halfvec) end, tokens"
            " from passage_vector where passage_id = :id"
        ),
        turned,
    )


def measured(company: Stage) -> dict[str, Any]:
    """Times beyond embedding, processor time of both sides, and the share of exact hits that the index finds."""
    questions = [dialogue(line) for line in lines("dstc11_sk/queries.jsonl") if line["gold"]][:ASKED]
    found = [company.finder.find_now(query) for query in questions]
    wall, client, before = [], 0.0, company.server_cpu()
    for query in questions:
        company.finder.embedder.embed(query.last)
        company.finder.embedder.embed(whole_text(query))
        begun = time.process_time()
        times = company.finder.find_now(query).milliseconds
        client += time.process_time() - begun
        wall.append(times["search"] + times["rank"])
    spent = company.server_cpu() - before
    candidates.EXACT = 10**9
    exact = [company.finder.find_now(query) for query in questions]
    shared = [
        len({hit.passage_id for hit in one.hits[:10]} & {hit.passage_id for hit in other.hits[:10]}) / 10
        for one, other in zip(found, exact, strict=True)
    ]
    return {
        "passages": company.count(),
        "search_ms": figures.times(wall),
        "cpu_ms": {"client": round(1000 * client / len(questions), 2), "server": round(1000 * spent / len(questions), 2)},
        "recall_at_10_of_exact": figures.mean(shared),
    }


if __name__ == "__main__":
    main()
