"""The second step of signing in, and setting it up where the account demands it."""

from typing import Annotated

from fastapi import Form as Field
from starlette.responses import RedirectResponse, Response

from firstline.console import session
from firstline.console.screens.door import own_path, where_of
from firstline.console.shell import Visit, Visiting, console_router
from firstline.console.view.door import Codes, Enrol, SecondStep
from firstline.console.view.form import BLANK, Form
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, Refused, Unauthenticated
from firstline.people import attempts, queries, second_factor, signin
from firstline.people.commands import actor_of
from firstline.people.signin import Seen, Standing

router = console_router()
Text = Annotated[str, Field()]


async def _seen(visit: Visit) -> Seen:
    token = session.token_of(visit.request)
    return await visit.database.tx(signin.look, token) if token else signin.NOBODY


@router.get("/second-factor")
async def page(visit: Visiting, next: str = "/") -> Response:
    """Asks for the code."""
    if (await _seen(visit)).standing is not Standing.SECOND_FACTOR:
        return RedirectResponse(own_path(next), 303)
    return await visit.plain("screens/second-factor.html", SecondStep(own_path(next)))


@router.post("/second-factor")
async def enter(visit: Visiting, code: Text = "", next: Text = "/") -> Response:
    """Takes a code of the app, or a recovery code."""
    seen, token = await _seen(visit), session.token_of(visit.request)
    if seen.standing is not Standing.SECOND_FACTOR or token is None:
        raise Unauthenticated("Enter your password first.")
    where, keyring = where_of(visit.request), visit.request.app.state.keyring

    def pass_door(tx: Tx) -> str:
        opened = second_factor.pass_door(tx, keyring, token, code, where)
        attempts.succeeded(tx, "code", seen.teammate_id, where.address)
        return opened

    try:
        await visit.database.tx(attempts.begin, "code", seen.teammate_id, where.address)
        opened = await visit.database.tx(pass_door)
    except Invalid as refused:
        await visit.database.tx(_note, seen.teammate_id, where)
        return await visit.plain(
            "screens/second-factor.html", SecondStep(own_path(next), Form({}, refused, ("code",))), status=refused.status
        )
    except Unauthenticated:
        raise
    except Refused as refused:
        view = SecondStep(own_path(next), Form({}, refused))
        return session.say_when(await visit.plain("screens/second-factor.html", view, status=refused.status), refused)
    response = RedirectResponse(own_path(next), 303)
    session.open_on(response, visit.request, opened)
    return response


def _note(tx: Tx, teammate_id: str, where: signin.Where) -> None:
    signin.note_failure(tx, queries.teammate_of(tx, teammate_id).email, where, what="second factor")


@router.get("/second-factor/set-up")
async def enrol_page(visit: Visiting) -> Response:
    """For whoever signed in and has to set up a second factor before anything else."""
    return await _enrol(visit, BLANK)


async def _enrol(visit: Visit, form: Form, status: int = 200) -> Response:
    seen = await _seen(visit)
    if seen.standing is not Standing.ENROL:
        return RedirectResponse("/", 303)
    keyring = visit.request.app.state.keyring

    def begin(tx: Tx) -> Enrol:
        by = actor_of(tx, seen.teammate_id)
        return enrolment(second_factor.begin(tx, keyring, by=by), tx, by.id, form)

    return await visit.plain("screens/enrol.html", await visit.database.tx(begin), status=status)


def enrolment(secret: str, tx: Tx, teammate_id: str, form: Form = BLANK) -> Enrol:
    """The QR code and the secret, for whoever sets the factor up."""
    address = second_factor.address_for(secret, queries.teammate_of(tx, teammate_id).email, queries.the_account(tx).name)
    grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return Enrol(second_factor.drawn(address), grouped, form)


@router.post("/second-factor/set-up")
async def enrol(visit: Visiting, code: Text = "") -> Response:
    """Turn it on, and show the recovery codes."""
    seen = await _seen(visit)
    if seen.standing is not Standing.ENROL:
        return RedirectResponse("/", 303)
    keyring = visit.request.app.state.keyring

    def confirm(tx: Tx) -> list[str]:
        return second_factor.confirm(tx, keyring, code, session_id=seen.session_id, by=actor_of(tx, seen.teammate_id))

    try:
        codes = await visit.database.tx(confirm)
    except Invalid as refused:
        return await _enrol(visit, Form({}, refused, ("code",)), refused.status)
    return await visit.plain("screens/recovery-codes.html", Codes(tuple(codes), "/"))
