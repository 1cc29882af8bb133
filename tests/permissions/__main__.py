"""Says which commands and routes are not in their table: ``python -m tests.permissions``, run by ``bin/check``."""

import sys
import tempfile
from pathlib import Path

from firstline.app import create_app
from firstline.people.scopes import AREAS
from firstline.settings import Settings
from tests.permissions import audited, commands


def missing() -> list[str]:
    """What has to be added or removed, and where."""
    found, table = set(commands.found()), commands.table()
    said = [
        f"tests/permissions/commands.toml: add “{name}” with what it takes (see the head of the file)"
        for name in sorted(found - table.keys())
    ]
    said += [f"tests/permissions/commands.toml: remove “{name}”, it is gone" for name in sorted(table.keys() - found)]
    said += [f"tests/permissions/audited.toml: {one}" for one in audited.wrong()]
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data=Path(folder)), "postgresql://nobody@nowhere/none", worker=False)
        paths = {path.removeprefix("/api/v1/").partition("/")[0].partition(".")[0] for path in app.openapi()["paths"]}
    said += [f"firstline/people/scopes.py, AREAS: say which scopes open /api/v1/{area}" for area in sorted(paths - AREAS.keys())]
    return said


if __name__ == "__main__":
    sys.exit("\n".join(missing()) or 0)
