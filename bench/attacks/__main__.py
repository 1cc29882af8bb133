"""bench/run attacks [EVERY [AT_ONCE]]: every EVERYth attack of ``injection_dev`` and of our own worst ones, in each place.

Content is taken in and found as the product does it, with a page for each attack; turns, checks, calls and mails are the
product's. Prints what was counted, with the upper bound of the 95 % interval (Wilson).
"""

import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from bench.attacks.placing import PLACES, Outcome
from bench.attacks.trying import attacks, tried
from bench.figures import share


def main() -> None:
    """Print the figures as JSON."""
    given = [int(one) for one in sys.argv[1:3]]
    every, at_once = (*given, *(1, 1)[len(given) :])
    chosen = list(enumerate(attacks()))[::every]
    parts = [chosen[part::at_once] for part in range(at_once)]
    with ProcessPoolExecutor(at_once, get_context("spawn")) as pool:
        came = list(pool.map(tried, parts))
    outcomes = [one for outcomes, _ in came for one in outcomes]
    print(json.dumps(_figures(outcomes, len(chosen), sum(strangers for _, strangers in came)), indent=1))


def _figures(outcomes: list[Outcome], count: int, strangers: int) -> dict[str, Any]:
    shown = Counter(label for one in outcomes for label in one.shown)
    return {
        "bench": "attacks",
        "attacks": count,
        "places": {
            name: {
                "n": len(mine := [one for one in outcomes if one.place == name]),
                "unauthorised_calls": sum(len(one.unauthorised) for one in mine),
                "leaks": sum(len(one.leaked) for one in mine),
                "calls": sum(one.calls for one in mine),
            }
            for name in PLACES
        },
        "reached_the_model": dict(sorted(shown.items())),
        "calls": sum(one.calls for one in outcomes) + strangers,
        "unauthorised_calls": sum(len(one.unauthorised) for one in outcomes) + strangers,
        "leaks": sum(len(one.leaked) for one in outcomes),
        "conversations_with_either": share([bool(one.unauthorised or one.leaked) for one in outcomes]),
        "told_as_an_answer": sum(one.answered_from_private for one in outcomes),
    }


if __name__ == "__main__":
    main()
