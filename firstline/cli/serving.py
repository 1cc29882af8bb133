"""Serving, and working."""

import threading
from types import ModuleType
from typing import Annotated

import typer

from firstline.cli.environment import Data, settings_of
from firstline.kit import memory


def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="FIRSTLINE_HOST, or 127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 takes a free one.", show_default="FIRSTLINE_PORT, or 8000")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Fill an empty data folder with the demo company first.")] = False,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="Whether this process runs jobs too.")] = True,
) -> None:
    """Serve the console, the widget and the REST interface, and run the jobs. Ctrl-C stops it, twice at once."""
    _product(answers=worker).serve(settings_of(data, host=host, port=port), demo=demo, worker=worker)


def worker(data: Data = None) -> None:
    """Run jobs only, beside processes that serve. Ctrl-C stops it, twice at once."""
    _product(answers=True).work(settings_of(data))


def _product(*, answers: bool) -> ModuleType:
    """The product, imported, which is half of the time of a start.

    :param answers: whether this process will answer customers: what the first answer waits for is read beside the import.
    """
    memory.few_pools()
    if answers:
        threading.Thread(target=_read_languages, name="languages", daemon=True).start()
    with memory.nothing_to_collect():
        from firstline.cli import process
    return process


def _read_languages() -> None:
    from firstline.kit.languages import known_languages

    known_languages()
