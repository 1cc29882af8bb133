"""What ``serve`` prints: where it is, how to sign in, and on the first run a key."""

import ipaddress
import secrets
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firstline import __version__
from firstline.cli.installing import DEMO_PASSWORD, load_demo, owner_of

if TYPE_CHECKING:
    from firstline.kit.database import Tx
    from firstline.kit.secrets import Keyring
    from firstline.settings import Settings

OWNER = "owner@example.com"
"""The first owner where nobody sits at the terminal to fill in a form."""


@dataclass(frozen=True)
class Welcome:
    """How to get in. ``password`` and ``key`` are known on the run that made them, and never again."""

    demo: bool
    email: str | None = None
    password: str | None = None
    key: str | None = None


def first_run(tx: "Tx", settings: "Settings", keyring: "Keyring", demo: bool) -> Welcome:
    """Make what the first run makes.

    With ``--demo`` the demo company. Else, in a terminal, nothing: the browser shows the set-up page. Started by another
    program, an owner with a password of chance, so that no stranger finds the set-up page first. As soon as there is an
    owner and no key, a key.

    :raises Failed: if the demo is asked for, and another company is here.
    """
    from firstline.people.commands import set_up
    from firstline.people.keys import create_api_key
    from firstline.people.queries import api_keys, is_set_up

    email = password = None
    if demo:
        chosen = DEMO_PASSWORD if only_this_machine(settings.host) else secrets.token_urlsafe(12)
        loaded = load_demo(tx, keyring, settings.base_url, chosen)
        if loaded is not None or _fits(tx, chosen):
            password = chosen
    elif not is_set_up(tx):
        if sys.stdin is not None and sys.stdin.isatty():
            return Welcome(demo)
        email, password = OWNER, secrets.token_urlsafe(12)
        set_up(tx, email=email, password=password, name="Owner")
    owner = owner_of(tx)
    if demo or password:
        from firstline.people.queries import teammate_of

        email = teammate_of(tx, owner.id).email
    key = None if api_keys(tx) else create_api_key(tx, "First key", by=owner)[1]
    return Welcome(demo, email, password, key)


def _fits(tx: "Tx", password: str) -> bool:
    """Whether the owner still has this password."""
    from sqlalchemy import select

    from firstline.people.passwords import matches
    from firstline.people.tables import teammate

    return matches(password, tx.scalar(select(teammate.c.password_hash).where(teammate.c.id == owner_of(tx).id)))


def only_this_machine(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def lines(welcome: Welcome, settings: "Settings", set_up: bool) -> list[str]:
    """The words on the terminal."""
    site = settings.base_url
    rows = [("Console", site)]
    if not set_up:
        rows = [("Set up", f"{site}/set-up   (the first page: your company, your name, a password)")]
    if welcome.email:
        rows.append(("Sign in", f"{welcome.email}" + (f"   password  {welcome.password}" if welcome.password else "")))
    if welcome.demo:
        rows.append(("Demo shop", f"{site}/demo"))
    if welcome.key:
        rows.append(("API key", f"{welcome.key}   (shown this once)"))
    database = "the PostgreSQL of FIRSTLINE_DATABASE_URL" if settings.database_url else str(settings.data)
    rows.append(("Data", database))
    return [f"Firstline {__version__} is ready.", *(f"  {name:<10} {what}" for name, what in rows), "Ctrl-C stops everything."]
