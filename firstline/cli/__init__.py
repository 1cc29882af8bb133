"""The command line. One module per group of commands; what a command needs is imported when it runs, so that help is instant.

Verbs: serve, worker, init, api-key create, ask, explain, doctor, erase, demo, prepare, simulate.
"""

import os
import sys

import typer

from firstline.cli import asking, doctoring, environment, erasing, installing, serving, simulating

app = typer.Typer(
    name="firstline",
    help="A self-hosted customer agent: answers from your content, on your channels, and hands over to people.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
api_key = typer.Typer(help="Keys for the REST interface.", no_args_is_help=True)
app.add_typer(api_key, name="api-key")

app.add_typer(simulating.simulate, name="simulate")

app.command()(serving.serve)
app.command()(serving.worker)
app.command()(installing.init)
app.command()(installing.demo)
app.command()(installing.prepare)
app.command()(asking.ask)
app.command()(asking.explain)
app.command()(doctoring.doctor)
app.command()(erasing.erase)
api_key.command("create")(installing.create_api_key)


@app.callback()
def everywhere(data: environment.Data = None) -> None:
    """Options before the command hold for every command."""
    if data is not None:
        os.environ["FIRSTLINE_DATA"] = str(data)


def main() -> None:
    """Run the command line; whatever a person can mend is told in a sentence, with exit status 1."""
    environment.end_in_order_when_terminated()
    try:
        app()
    except environment.told() as error:
        print(environment.sentence(error), file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
