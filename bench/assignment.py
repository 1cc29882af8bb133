"""Assignment: 1,000 conversations over 12 teammates who come and go, routed by 4 workers at once.

bench/run assignment [CONVERSATIONS]
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from firstline.kit.clock import SystemClock
from firstline.kit.database import Database
from firstline.kit.migrate import migrate
from firstline.kit.postgres import Server
from firstline.routing.receivers import note_assignment
from tests.routing import rush
from tests.routing.company import found_company
from tests.world import Shop, found_shop

MATES, WORKERS = 12, 4


def main(conversations: int) -> dict[str, object]:
    """The outcome as the log tells it, and how long it took."""
    capacity = conversations // MATES + 10
    with tempfile.TemporaryDirectory(prefix="firstline-bench-") as folder:
        server = Server.start(Path(folder), durable=False)
        followers = {"conversation.assigned": (note_assignment,)}
        database = Database(server.dsn("postgres"), SystemClock(), followers=followers, threads=WORKERS + 2)
        migrate(database)
        company = found_company(Shop(database=database, **database.run(found_shop)))
        mates = rush.staff(company, MATES, capacity)
        began = time.perf_counter()
        outcome = rush.run(company, conversations, mates, capacity=capacity, workers=WORKERS)
        seconds = time.perf_counter() - began
        database.close()
        server.stop()
    return {
        "conversations": conversations,
        "teammates": MATES,
        "workers": WORKERS,
        "capacity_each": capacity,
        "assigned": outcome.assigned,
        "waited_for_somebody": outcome.waited,
        "over_capacity": outcome.over_capacity,
        "to_somebody_away": outcome.to_somebody_away,
        "not_to_the_least_loaded": outcome.not_least_loaded,
        "loads": sorted(outcome.loads.values()),
        "spread": outcome.spread,
        "seconds": round(seconds, 1),
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000), indent=2))
