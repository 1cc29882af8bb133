"""Commands that make an installation: the first owner, keys, the demo, the files it needs."""

from typing import TYPE_CHECKING, Annotated

import typer

from firstline.cli.environment import Data, Failed, migrated, say, settings_of

if TYPE_CHECKING:
    from firstline.demo.load import Loaded
    from firstline.kit.database import Tx
    from firstline.kit.secrets import Keyring
    from firstline.people.queries import Teammate
    from firstline.people.rules import Actor

DEMO_PASSWORD = "bicycle-shop"  # noqa: S105 - meant to be known
"""What everybody of the demo company signs in with, unless strangers could: see :func:`firstline.cli.welcome.first_run`."""


def init(
    email: Annotated[str, typer.Option(help="Email of the owner.", prompt=True)],
    password: Annotated[
        str, typer.Option(help="Password, at least 10 characters.", prompt=True, hide_input=True, confirmation_prompt=True)
    ],
    name: Annotated[str, typer.Option(help="Name of the owner.", show_default="from the email")] = "",
    company: Annotated[str, typer.Option(help="Name of the company.", show_default="My company")] = "",
    timezone: Annotated[str, typer.Option(help="Time zone of the company, such as Europe/Berlin.")] = "UTC",
    data: Data = None,
) -> None:
    """Set the installation up with its first owner."""
    from firstline.people.commands import set_up

    with migrated(settings_of(data)) as database:
        database.run(set_up, email=email, password=password, name=name, company=company, timezone=timezone)
    say(f"{email} is the owner. Start with bin/start and sign in.")


def create_api_key(
    name: Annotated[str, typer.Option(help="What will use the key.")],
    scopes: Annotated[str, typer.Option(help="What it may do, separated by commas.")] = "*",
    email: Annotated[str | None, typer.Option(help="Teammate the key acts for.", show_default="the first super admin")] = None,
    data: Data = None,
) -> None:
    """Create a key for the REST interface; prints the key alone. It is shown this once."""
    from firstline.people.keys import create_api_key as create

    def key(tx: "Tx") -> str:
        return create(tx, name, [scope.strip() for scope in scopes.split(",") if scope.strip()], by=owner_of(tx, email))[1]

    with migrated(settings_of(data)) as database:
        print(database.run(key))


def owner_of(tx: "Tx", email: str | None = None) -> "Actor":
    """The teammate of an email address, or the super admin who has been one for longest.

    :raises Failed: if there is none.
    """
    from firstline.people.commands import actor_of
    from firstline.people.queries import teammates

    active = [mate for mate in teammates(tx) if mate.email.lower() == email.lower()] if email else _super_admins(tx)
    if not active:
        raise Failed(
            f"No teammate has the email {email}."
            if email
            else "There is no owner yet. Create one: bin/firstline init --email EMAIL --password PASSWORD"
        )
    return actor_of(tx, active[0].id)


def _super_admins(tx: "Tx") -> list["Teammate"]:
    from firstline.people.queries import teammates

    return sorted((mate for mate in teammates(tx) if mate.role == "super_admin"), key=lambda mate: mate.created_at)


def demo(data: Data = None) -> None:
    """Fill an empty data folder with the demo company; bin/start --demo does this and serves it."""
    from firstline.kit.secrets import Keyring

    settings = settings_of(data)
    secret = settings.secret_key.get_secret_value() if settings.secret_key else None
    with migrated(settings) as database:
        loaded = database.run(load_demo, Keyring.at(settings.data, secret), settings.base_url, DEMO_PASSWORD)
    if loaded is None:
        say("The demo company is here already.")
    else:
        say(f"The demo company is in {settings.data}; its help centre is read as soon as Firstline serves, or works.")
        say(f"Sign in as {loaded.emails[0]} with the password {DEMO_PASSWORD}.")


def load_demo(tx: "Tx", keyring: "Keyring", site: str, password: str) -> "Loaded | None":
    """Fill an empty account with the demo company; None if it is there already.

    :raises Failed: if another company is.
    """
    from firstline.demo.load import load
    from firstline.demo.world import read_world
    from firstline.people.queries import is_set_up, teammates, the_account

    world = read_world()
    if is_set_up(tx) and world.teammates[0].email not in {mate.email for mate in teammates(tx, with_removed=True)}:
        raise Failed(f"This data folder holds “{the_account(tx).name}”, not the demo. Choose another one: --data demo-data")
    return load(tx, world, keyring, site=site, password=password)


def prepare(data: Data = None) -> None:
    """Fetch the files that are not part of the repository: the model's (about 91 MB), and the console's library."""
    from firstline.cli.fetching import fetch_missing

    fetch_missing(settings_of(data))
