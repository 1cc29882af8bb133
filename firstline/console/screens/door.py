"""Setting up, signing in, signing out."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Form as Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from firstline.console import session
from firstline.console.shell import Visit, Visiting, console_router
from firstline.console.view.door import SetUp, SignIn
from firstline.console.view.form import BLANK, Form
from firstline.hours.rows import zones
from firstline.kit.database import Tx
from firstline.kit.errors import Refused, Unauthenticated
from firstline.people import attempts, queries, sign_on, signin
from firstline.people import commands as people

router = console_router()
Text = Annotated[str, Field()]


def own_path(path: str) -> str:
    """Where to go after signing in: a page of ours, never another site's."""
    parts = urlsplit(path)
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return path if safe else "/"


def where_of(request: Request) -> signin.Where:
    """From where a browser comes, as the server sees it."""
    return signin.Where(request.client.host if request.client else "", request.headers.get("user-agent", ""))


@router.get("/sign-in")
async def sign_in_page(visit: Visiting, next: str = "/") -> Response:
    """The form; whoever is signed in already goes on."""
    if await visit.database.tx(_is_somebody, session.token_of(visit.request)):
        return RedirectResponse(own_path(next), 303)
    return await _sign_in(visit, next, BLANK)


async def _sign_in(visit: Visit, back: str, form: Form, status: int = 200) -> Response:
    company = await visit.database.tx(_company)
    if company is None:
        return RedirectResponse("/set-up", 303)
    label = await visit.database.tx(sign_on.label)
    view = SignIn(company, own_path(back), form, label)
    return await visit.plain("screens/sign-in.html", view, account=company, status=status)


async def refused_at_the_door(visit: Visit, back: str, refused: Refused) -> Response:
    """The sign-in page, saying why somebody could not come in on another way."""
    return session.say_when(await _sign_in(visit, back, Form({}, refused), refused.status), refused)


@router.post("/sign-in")
async def sign_in(visit: Visiting, email: Text = "", password: Text = "", next: Text = "/") -> Response:
    """Open a session."""
    where = where_of(visit.request)
    try:
        await visit.database.tx(attempts.begin, "password", email, where.address)
        token = await visit.database.tx(_enter, email, password, where, session.token_of(visit.request))
    except Refused as refused:
        if isinstance(refused, Unauthenticated):
            await visit.database.tx(signin.note_failure, email, where)
        page = await _sign_in(visit, next, Form({"email": email}, refused), refused.status)
        return session.say_when(page, refused)
    response = RedirectResponse(own_path(next), 303)
    session.open_on(response, visit.request, token)
    return response


def _enter(tx: Tx, email: str, password: str, where: signin.Where, before: str | None) -> str:
    """Open a session in place of the one that the browser has."""
    token = signin.sign_in(tx, email, password, where)
    attempts.succeeded(tx, "password", email, where.address)
    if before:
        signin.sign_out(tx, before)
    return token


@router.post("/sign-out")
async def sign_out(visit: Visiting) -> Response:
    """Close the session of this browser."""
    if token := session.token_of(visit.request):
        await visit.database.tx(signin.sign_out, token)
    response = RedirectResponse("/sign-in", 303)
    session.close_on(response)
    return response


@router.get("/set-up")
async def set_up_page(visit: Visiting) -> Response:
    """The first page of a new installation; later it leads to sign-in."""
    if await visit.database.tx(queries.is_set_up):
        return RedirectResponse("/sign-in", 303)
    return await _set_up(visit, BLANK)


async def _set_up(visit: Visiting, form: Form, status: int = 200) -> Response:
    return await visit.plain("screens/set-up.html", SetUp(_zones(), form), status=status)


@router.post("/set-up")
async def set_up(
    visit: Visiting, company: Text = "", name: Text = "", email: Text = "", password: Text = "", timezone: Text = "UTC"
) -> Response:
    """Create the account with its owner, and sign the owner in."""

    def begin(tx: Tx) -> str:
        owner = people.set_up(tx, email=email, password=password, name=name, company=company, timezone=timezone)
        return signin.open_session(tx, owner, where=where_of(visit.request))

    entered = {"company": company, "name": name, "email": email, "timezone": timezone}
    try:
        token = await visit.database.tx(begin)
    except Refused as refused:
        form = Form(entered, refused, ("company", "name", "email", "password", "timezone"))
        return await _set_up(visit, form, refused.status)
    response = RedirectResponse("/customer-agent", 303)
    session.open_on(response, visit.request, token)
    return response


def _is_somebody(tx: Tx, token: str | None) -> bool:
    return token is not None and signin.who(tx, token) is not None


def _company(tx: Tx) -> str | None:
    return queries.the_account(tx).name if queries.is_set_up(tx) else None


def _zones() -> tuple[str, ...]:
    return (*sorted(zone for zone in zones() if "/" in zone and not zone.startswith("Etc/")), "UTC")
