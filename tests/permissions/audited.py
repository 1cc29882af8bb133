"""What each command leaves in the audit log, as it is written down, and what that table lacks."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.permissions import commands
from tests.permissions.deeds import DEEDS

TABLE: dict[str, str] = tomllib.loads(Path(__file__).with_name("audited.toml").read_text("utf-8"))["audited"]
NOTHING = "not: "
AUDITED = {name: verb for name, verb in TABLE.items() if not verb.startswith(NOTHING)}


def wrong() -> Iterator[str]:
    """What is missing, too much, or without a reason."""
    found = set(commands.found())
    yield from (f"say what “{name}” leaves in the audit log, or why nothing" for name in sorted(found - TABLE.keys()))
    yield from (f"remove “{name}”, it is no command" for name in sorted(TABLE.keys() - found))
    yield from (f"give “{name}” a deed in deeds_of_*.py" for name in sorted(AUDITED.keys() - DEEDS.keys()))
    yield from (f"“{name}” has a deed and is said to leave nothing" for name in sorted(DEEDS.keys() - AUDITED.keys()))
    yield from (f"give a reason for “{name}”" for name, said in TABLE.items() if len(said.removeprefix(NOTHING)) < 8)
