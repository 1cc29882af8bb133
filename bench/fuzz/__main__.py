"""Fuzzing of what reads bytes from outside: bench/run fuzz [SECONDS] [SEED] [TARGET …].

Mails and webhooks are mutated for so long (20 s unless said otherwise; 600 for a release). Nothing but the declared errors may
be raised, and no input of 100 KB may take a second. Prints JSON; what failed is kept in ``fuzz-*`` files in a temporary
folder, to become tests.
"""

import json
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from bench.fuzz import mails, webhooks
from bench.fuzz.target import Target

SLOW = 1.0
MOST = 20


def tried(target: Target, raw: bytes) -> tuple[str, float]:
    """What went wrong, or nothing; and how many seconds of this process's CPU it took."""
    why, began = "", time.process_time()
    try:
        target.read(raw)
    except target.declared:
        pass
    except Exception as error:
        why = "".join(traceback.format_exception(error, limit=-3))
    return why, time.process_time() - began


def main(seconds: float, seed: int, names: list[str]) -> int:
    """Fuzz; 1 if anything was found."""
    random_ = random.Random(seed)
    targets = [target for target in (*mails.targets(), *webhooks.targets()) if not names or target.name in names]
    ends, found = time.monotonic() + seconds, list[dict[str, object]]()
    runs, worst = Counter[str](), Counter[str]()
    folder = Path(tempfile.mkdtemp(prefix="firstline-fuzz-"))
    while time.monotonic() < ends and len(found) < MOST:
        target = random_.choice(targets)
        raw = target.make(random_)
        why, took = tried(target, raw)
        runs[target.name] += 1
        worst[target.name] = max(worst[target.name], round(1_000 * took))
        if why or took > SLOW:
            kept = folder / f"fuzz-{len(found)}-{target.name}"
            kept.write_bytes(raw)
            found.append({"target": target.name, "seconds": round(took, 3), "why": why[-600:] or "too slow", "kept": str(kept)})
    each = {name: {"runs": runs[name], "worst_ms": worst[name]} for name in sorted(runs)}
    print(json.dumps({"seed": seed, "seconds": seconds, "runs": runs.total(), "targets": each, "found": found}, indent=2))
    return 1 if found else 0


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(float(given[0]) if given else 20.0, int(given[1]) if len(given) > 1 else 1, given[2:]))
