"""Puts the console into the application: its files, its screens, and how it is found there."""

from fastapi import FastAPI

from firstline.console.screens import (
    accounts,
    actions,
    agent_settings,
    agents,
    answering,
    audit_log,
    availability,
    channels,
    contacts,
    conversation,
    delivery_log,
    door,
    gaps,
    general,
    guidelines,
    handoff,
    identity,
    inbox,
    invitations,
    invited,
    keys,
    knowledge,
    letter,
    letters,
    mail,
    model,
    overview,
    packs,
    patterns,
    people,
    preview,
    profile,
    roles,
    schedule,
    second_step,
    security,
    short_answers,
    single_sign_on,
    team,
    usage,
    waiting,
    who_answers,
    you,
)
from firstline.console.shell import Console
from firstline.people.attempts import Attempts

SCREENS = (
    door,
    single_sign_on,
    second_step,
    invited,
    you,
    inbox,
    conversation,
    contacts,
    overview,
    identity,
    agents,
    agent_settings,
    model,
    knowledge,
    letter,
    short_answers,
    answering,
    guidelines,
    actions,
    handoff,
    preview,
    gaps,
    channels,
    who_answers,
    schedule,
    profile,
    general,
    invitations,
    people,
    roles,
    security,
    audit_log,
    mail,
    team,
    availability,
    waiting,
    usage,
    packs,
    accounts,
    keys,
    patterns,
    delivery_log,
    letters,
)


def install(app: FastAPI) -> None:
    """Add the console to an application that holds its database in ``app.state``."""
    console = Console()
    app.state.console = console
    app.state.attempts = Attempts(app.state.database.clock)
    app.include_router(console.assets.router())
    for screen in SCREENS:
        app.include_router(screen.router)
