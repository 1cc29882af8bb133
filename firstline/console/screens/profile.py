"""Settings › You › Profile: one's own name and password."""

from dataclasses import replace

from starlette.responses import Response

from firstline.console import session
from firstline.console.entered import text
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.form import Form
from firstline.console.view.settings import Profile
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, Refused, Unauthenticated
from firstline.people import commands, queries, signin
from firstline.people.roles import role_names
from firstline.people.rules import Actor

router = console_router()
HERE = "/settings/profile"


def profile_page(tx: Tx, reader: Reader) -> Profile:
    """Who one is here."""
    mate = queries.teammate_of(tx, reader.by.id)
    return Profile(mate.name, mate.email, mate.title, role_names(tx).get(mate.role, mate.role))


@router.get(HERE)
async def profile(visit: Visiting) -> Response:
    """The page."""
    return await visit.page("screens/profile.html", profile_page, here=HERE)


@router.post(HERE)
async def save(visit: Visiting) -> Response:
    """Change name and title; with a new password every other browser is signed out."""
    form = await visit.request.form()
    values = {name: text(form, name).strip() for name in ("name", "title")}
    now, new = text(form, "now"), text(form, "password")

    def change(tx: Tx, by: Actor) -> str | None:
        if new:
            _prove(tx, by, now)
        commands.change_teammate(tx, by.id, by=by, **values, **({"password": new} if new else {}))
        return signin.open_session(tx, by.id) if new else None

    try:
        token = await visit.do(change)
    except Refused as refused:
        entered = Form(values, refused, ("name", "title", "now", "password"))
        return await visit.page(
            "screens/profile.html", lambda tx, reader: replace(profile_page(tx, reader), form=entered), here=HERE, status=422
        )
    response = visit.to(HERE, Toast(_("Saved. Every other browser is signed out.") if token else _("Saved")))
    if token:
        session.open_on(response, visit.request, token)
    return response


def _prove(tx: Tx, by: Actor, password: str) -> None:
    """:raises Invalid: if it is not the password that holds now."""
    try:
        signin.sign_in(tx, queries.teammate_of(tx, by.id).email, password)
    except Unauthenticated:
        raise Invalid(_("This is not your password."), field="now") from None
