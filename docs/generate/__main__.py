"""``python -m docs.generate [--check]``: write the references, or say which are out of date."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from docs.generate import commands, events, rest, roles, settings, situations

FOLDER = Path(__file__).parents[1] / "reference"

PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands.write,
    "events.md": events.write,
    "rest.md": rest.write,
    "roles-and-permissions.md": roles.write,
    "settings.md": settings.write,
    "situations.md": situations.write,
}


def outdated() -> Iterator[tuple[Path, str]]:
    """The pages whose text differs from what the code says now, with that text."""
    for name, write in PAGES.items():
        path, text = FOLDER / name, write()
        if not path.exists() or path.read_text("utf-8") != text:
            yield path, text


def main(arguments: list[str]) -> int:
    """Write, or with ``--check`` only tell; the exit code is 1 if something was to be told."""
    found = list(outdated())
    for path, text in found:
        print(f"{'out of date' if '--check' in arguments else 'written'}: docs/reference/{path.name}")
        if "--check" not in arguments:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    return int("--check" in arguments and bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
