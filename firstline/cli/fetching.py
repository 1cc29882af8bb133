"""Files from elsewhere, fetched with a progress bar: the model's, and the console's library."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from firstline.cli.environment import say

if TYPE_CHECKING:
    from firstline.kit.fetch import Progress
    from firstline.settings import Settings

LIBRARIES = ("htmx.min.js",)


def fetch_missing(settings: "Settings") -> None:
    """Make sure that every file that is not part of the repository is there.

    :raises FetchFailed: saying what was tried and what to do.
    """
    from firstline.knowledge import models

    with _shown() as progress:
        fetch_libraries(progress)
        models.ensure_models(settings, progress)


def fetch_libraries(progress: "Progress | None" = None) -> None:
    """Make sure that the console's libraries are in its folder."""
    from firstline.kit.fetch import fetch

    fetch(LIBRARIES, libraries_folder(), progress)


def libraries_folder() -> Path:
    """Where the console looks for libraries."""
    return Path(__file__).parents[1] / "console" / "static" / "vendor"


@contextlib.contextmanager
def _shown() -> Iterator["Progress"]:
    """A function to be told of progress: bars in a terminal, a line per file elsewhere; nothing when nothing is fetched."""
    if not sys.stderr.isatty():
        said: set[str] = set()

        def tell(name: str, _done: int, size: int) -> None:
            if name not in said:
                said.add(name)
                say(f"Fetching {name} ({size / 1e6:.1f} MB) …")

        yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    bars = Progress(*columns, console=Console(stderr=True))
    tasks: dict[str, TaskID] = {}

    def show(name: str, done: int, size: int) -> None:
        if not tasks:
            bars.start()
        if name not in tasks:
            tasks[name] = bars.add_task(name, total=size)
        bars.update(tasks[name], completed=done)

    try:
        yield show
    finally:
        if tasks:
            bars.stop()
