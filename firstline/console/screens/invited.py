"""Pages behind a link in a mail: accepting an invitation, a forgotten and a new password."""

from typing import Annotated

from fastapi import Form as Field
from starlette.responses import RedirectResponse, Response

from firstline.console import session
from firstline.console.screens.door import where_of
from firstline.console.shell import Visit, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.door import Asked, Invitation, NewPassword, Over
from firstline.console.view.form import BLANK, Form
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Refused, Unauthenticated
from firstline.people import attempts, invitations, queries, resets, signin
from firstline.people.roles import role_names

router = console_router()
Text = Annotated[str, Field()]


async def _over(visit: Visit, message: str) -> Response:
    """The link is no good any more."""
    return await visit.plain("screens/link-over.html", Over(message), status=410)


@router.get("/invitation/{token}")
async def invitation_page(visit: Visiting, token: str) -> Response:
    """Who invites whom to what."""
    return await _invitation(visit, token, BLANK)


async def _invitation(visit: Visit, token: str, form: Form, status: int = 200) -> Response:
    def load(tx: Tx) -> Invitation:
        row = invitations.behind(tx, visit.request.app.state.keyring, token)
        known = [mate.name for mate in queries.teammates(tx, with_removed=True) if mate.id == row.invited_by]
        role = role_names(tx).get(row.role, row.role)
        return Invitation(token, queries.the_account(tx).name, row.email, row.name, role, known[0] if known else "", form)

    try:
        view = await visit.database.tx(load)
    except Unauthenticated as gone:
        return await _over(visit, gone.message)
    return await visit.plain("screens/invitation.html", view, account=view.company, status=status)


@router.post("/invitation/{token}")
async def accept(visit: Visiting, token: str, name: Text = "", password: Text = "") -> Response:
    """Become a teammate, signed in."""
    keyring = visit.request.app.state.keyring

    def join(tx: Tx) -> str:
        added = invitations.accept(tx, keyring, token, name=name, password=password)
        return signin.open_session(tx, added, where=where_of(visit.request))

    try:
        opened = await visit.database.tx(join)
    except Unauthenticated as gone:
        return await _over(visit, gone.message)
    except Refused as refused:
        return await _invitation(visit, token, Form({"name": name}, refused, ("name", "password")), refused.status)
    response = RedirectResponse("/", 303)
    session.open_on(response, visit.request, opened)
    return response


@router.get("/forgot-password")
async def forgot_page(visit: Visiting) -> Response:
    """Asks for the address."""
    return await visit.plain("screens/forgot-password.html", _asked(visit))


def _asked(visit: Visit, *, done: bool = False, form: Form = BLANK) -> Asked:
    return Asked(bool(visit.request.app.state.settings.smtp_host), done, form)


@router.post("/forgot-password")
async def forgot(visit: Visiting, email: Text = "") -> Response:
    """Send a link, if the address is a teammate's; the answer is the same if it is not."""
    settings = visit.request.app.state.settings
    try:
        await visit.database.tx(attempts.begin, "reset", email, where_of(visit.request).address)
    except Refused as refused:
        asked = _asked(visit, form=Form({"email": email}, refused))
        return session.say_when(await visit.plain("screens/forgot-password.html", asked, status=refused.status), refused)
    # The address of the link is that of the settings: the request's own could be made up by whoever asks.
    await visit.database.tx(resets.ask, settings.base_url, email)
    return await visit.plain("screens/forgot-password.html", _asked(visit, done=True, form=Form({"email": email})))


@router.get("/new-password/{token}")
async def new_password_page(visit: Visiting, token: str) -> Response:
    """Asks for the new password."""
    if not await visit.database.tx(resets.is_good, token):
        return await _over(visit, resets.GONE)
    return await visit.plain("screens/new-password.html", NewPassword(token))


@router.post("/new-password/{token}")
async def new_password(visit: Visiting, token: str, password: Text = "") -> Response:
    """Set it; sign in with it next."""
    try:
        await visit.database.tx(resets.reset, token, password)
    except Unauthenticated as gone:
        return await _over(visit, gone.message)
    except Refused as refused:
        view = NewPassword(token, Form({}, refused, ("password",)))
        return await visit.plain("screens/new-password.html", view, status=refused.status)
    response = RedirectResponse("/sign-in", 303)
    session.close_on(response)
    session.tell_next(response, Toast(_("Your new password is set. Every browser was signed out.")))
    return response
