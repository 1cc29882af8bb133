"""Serving, and working."""

from typing import Annotated

import typer

from firstline.cli.environment import Data, settings_of


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
    from firstline.cli import process

    process.serve(settings_of(data, host=host, port=port), demo=demo, worker=worker)


def worker(data: Data = None) -> None:
    """Run jobs only, beside processes that serve. Ctrl-C stops it, twice at once."""
    from firstline.cli import process

    process.work(settings_of(data))
