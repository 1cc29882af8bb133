"""bench/run conformance [NUMBER …]: prints the cases by number with pass or fail as JSON."""

import json
import sys
import time
import traceback

from bench.conformance.cases import all_cases, missing
from bench.conformance.ground import fresh
from firstline.kit import log


def main(numbers: set[int]) -> int:
    """Run the cases; the exit status is 0 if all there are have passed."""
    log.configure("critical", as_json=False)
    results = []
    with fresh() as ground:
        for one in all_cases():
            if numbers and one.number not in numbers:
                continue
            began = time.perf_counter()
            found: dict[str, object] = {"case": one.number, "what": one.what, "pass": True}
            try:
                one.check(ground)
            except Exception as error:
                found |= {"pass": False, "why": "".join(traceback.format_exception_only(error)).strip()[:500]}
                traceback.print_exc(file=sys.stderr, limit=-3)
            results.append({**found, "seconds": round(time.perf_counter() - began, 2)})
    failed = sorted({int(str(one["case"])) for one in results if not one["pass"]})
    summary = {"workers": 2, "checks": len(results), "failed": failed, "without_a_case": missing(), "cases": results}
    print(json.dumps(summary, indent=2))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main({int(number) for number in sys.argv[1:]}))
