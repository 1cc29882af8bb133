"""The public sets that stand beside the repository, in ``../shared/bench``. They are never part of it."""

import json
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "bench"

Line = dict[str, Any]


def lines(path: str) -> list[Line]:
    """The lines of one file of the sets."""
    return [json.loads(line) for line in (FOLDER / path).read_text("utf-8").splitlines() if line.strip()]


def present(*sets: str) -> bool:
    """Whether these sets are there; says loudly which are not."""
    missing = [name for name in sets if not (FOLDER / name).is_dir()]
    if missing:
        print(f"SKIPPED: {', '.join(missing)} not found in {FOLDER}", file=sys.stderr)
    return not missing
