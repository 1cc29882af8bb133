"""Working hours: 200,000 cases by chance against the minute-by-minute oracle of the tests, and what one question costs.

bench/run hours [CASES]
"""

import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from firstline.hours.document import from_json
from firstline.hours.rules import is_open, next_change
from tests.hours.dice import YEARS, ZONES, cases
from tests.hours.oracle import MINUTE, Oracle

TIMED = {
    "mode": "outside",
    "timezone": "Europe/Berlin",
    "rows": [
        {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "12:00"},
        {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "13:00", "end": "18:00"},
        {"days": ["fri", "sat"], "start": "22:00", "end": "02:00"},
    ],
    "holidays": [{"date": f"2026-12-{day}", "rows": []} for day in (24, 25, 26, 31)],
}


def compare(count: int) -> dict[str, object]:
    """How many cases differ, and what was in them."""
    seen: Counter[str] = Counter()
    differences, changes_wrong, changes = 0, 0, 0
    began = time.perf_counter()
    for number, (document, schedule, instant) in enumerate(cases(4, count)):
        oracle = Oracle(document)
        now = oracle.open(instant)
        seen["open"] += now
        seen["with holidays"] += bool(document["holidays"])
        seen["over midnight"] += any(row["end"] < row["start"] for row in document["rows"])
        differences += is_open(schedule, instant) != now
        if number % 50 == 0 and (change := next_change(schedule, instant)) is not None:
            changes += 1
            changes_wrong += oracle.open(change) == now or oracle.open(change - MINUTE) != now
    return {
        "cases": count,
        "differences": differences,
        "next_change_cases": changes,
        "next_change_differences": changes_wrong,
        "zones": len(set(ZONES)),
        "years": len(YEARS),
        "of_these": dict(seen),
        "seconds": round(time.perf_counter() - began, 1),
    }


def cost(rounds: int = 50_000) -> dict[str, float]:
    """Microseconds of one ``is_open`` of a schedule with three rows and four holidays; the best of five."""
    schedule = from_json(TIMED)
    start = datetime(2026, 11, 22, 9, 46, tzinfo=UTC)
    instants = [start + timedelta(minutes=7 * n) for n in range(rounds)]
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for instant in instants:
            is_open(schedule, instant)
        best = min(best, time.process_time() - began)
    return {"is_open_us": round(best / rounds * 1e6, 2)}


if __name__ == "__main__":
    print(json.dumps({**compare(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000), **cost()}, indent=2))
