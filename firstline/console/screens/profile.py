"""Settings › You › Profile: one's own name, password, second factor, and the browsers one is signed in with."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from firstline.console import session
from firstline.console.entered import text
from firstline.console.screens.door import where_of
from firstline.console.screens.second_step import enrolment
from firstline.console.shell import Reader, Visit, Visiting, console_router
from firstline.console.user_agents import browser_name
from firstline.console.view.common import Toast
from firstline.console.view.form import BLANK, Form
from firstline.console.view.profile import Browser, Profile, ProfilePanel
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Invalid, NotFound, Refused
from firstline.people import attempts, commands, queries, second_factor, signin
from firstline.people.roles import role_names
from firstline.people.rules import Actor

router = console_router()
HERE = "/settings/profile"
Panel = Callable[[Tx, Reader], ProfilePanel]


def profile_page(tx: Tx, reader: Reader, token: str = "", panel: Panel | None = None) -> Profile:
    """Who one is here, and how one gets in."""
    mate = queries.teammate_of(tx, reader.by.id)
    here = signin.look(tx, token).session_id
    factor = queries.second_factor_of(tx, mate.id)
    return Profile(
        name=mate.name,
        email=mate.email,
        title=mate.title,
        role=role_names(tx).get(mate.role, mate.role),
        has_password=queries.has_password(tx, mate.id),
        factor_since=reader.times.stamp(factor) if factor else None,
        codes_left=second_factor.codes_left(tx, mate.id),
        demanded=queries.the_account(tx).second_factor_required,
        browsers=tuple(
            Browser(
                row.id,
                browser_name(row.browser),
                row.address,
                reader.times.ago(row.seen_at or row.created_at),
                reader.times.stamp(row.created_at),
                row.id == here,
            )
            for row in signin.sessions_of(tx, mate.id)
        ),
        panel=panel(tx, reader) if panel else None,
    )


async def _page(visit: Visit, *, panel: Panel | None = None, form: Form = BLANK, status: int = 200) -> Response:
    token = session.token_of(visit.request) or ""

    def load(tx: Tx, reader: Reader) -> Profile:
        return replace(profile_page(tx, reader, token, panel), form=form)

    return await visit.page("screens/profile.html", load, here=HERE, status=status)


@router.get(HERE)
async def profile(visit: Visiting) -> Response:
    """The page."""
    return await _page(visit)


@router.post(HERE)
async def save(visit: Visiting) -> Response:
    """Change name and title; with a new password every other browser is signed out."""
    form = await visit.request.form()
    values = {name: text(form, name).strip() for name in ("name", "title")}
    now, new = text(form, "now"), text(form, "password")
    old = session.token_of(visit.request) or ""

    def change(tx: Tx, by: Actor) -> str | None:
        if new:
            _prove(tx, by, now, "now")
        passed = queries.second_factor_of(tx, by.id) is not None
        method = queries.method_of(tx, signin.look(tx, old).session_id)
        commands.change_teammate(tx, by.id, by=by, **values, **({"password": new} if new else {}))
        where = where_of(visit.request)
        return signin.open_session(tx, by.id, where=where, method=method, second_factor=passed) if new else None

    try:
        token = await _guarded(visit, change)
    except Refused as refused:
        entered = Form(values, refused, ("name", "title", "now", "password"))
        return session.say_when(await _page(visit, form=entered, status=refused.status), refused)
    response = visit.to(HERE, Toast(_("Saved. Every other browser is signed out.") if token else _("Saved")))
    if token:
        session.open_on(response, visit.request, token)
    return response


async def _guarded(visit: Visit, deed: Callable[[Tx, Actor], Any]) -> Any:
    """Do something that asks for the password; guessing it is slowed down as at the door."""
    email = await visit.read(lambda tx, reader: reader.email)
    address = where_of(visit.request).address
    await visit.database.tx(attempts.begin, "password", email, address)
    try:
        done = await visit.do(deed)
    except Refused as refused:
        if refused.field not in ("now", "proof"):
            await visit.database.tx(attempts.give_back, "password", email, address)
        raise
    await visit.database.tx(attempts.give_back, "password", email, address)
    return done


def _prove(tx: Tx, by: Actor, password: str, field: str) -> None:
    """Whoever has no password came by single sign-on, and proved who they are there.

    :raises Invalid: if it is not the password that holds now.
    """
    if queries.has_password(tx, by.id) and not signin.proves(tx, by.id, password):
        raise Invalid(_("This is not your password."), field=field)


@router.get(f"{HERE}/second-factor")
async def factor_panel(visit: Visiting) -> Response:
    """The panel that sets the second factor up."""
    secret = await visit.do(lambda tx, by: second_factor.begin(tx, visit.request.app.state.keyring, by=by))
    return await _page(visit, panel=_enrolling(secret, BLANK))


def _enrolling(secret: str, form: Form) -> Panel:
    return lambda tx, reader: ProfilePanel("enrol", _("Set up the second factor"), enrolment(secret, tx, reader.by.id, form))


@router.post(f"{HERE}/second-factor")
async def turn_on(visit: Visiting) -> Response:
    """Turn it on with a first code, and show the recovery codes."""
    code, keyring = text(await visit.request.form(), "code"), visit.request.app.state.keyring
    token = session.token_of(visit.request) or ""

    def confirm(tx: Tx, by: Actor) -> list[str]:
        return second_factor.confirm(tx, keyring, code, session_id=signin.look(tx, token).session_id, by=by)

    try:
        codes = await visit.do(confirm)
    except Invalid as refused:
        secret = await visit.do(lambda tx, by: second_factor.begin(tx, keyring, by=by))
        return await _page(visit, panel=_enrolling(secret, Form({}, refused, ("code",))), status=refused.status)
    return await _page(visit, panel=_codes(codes), status=201)


def _codes(codes: list[str]) -> Panel:
    return lambda tx, reader: ProfilePanel("codes", _("Keep your recovery codes"), codes=tuple(codes))


@router.get(HERE + "/{what}/prove")
async def prove_panel(visit: Visiting, what: str) -> Response:
    """Asks for the password before something that weakens the account."""
    return await _page(visit, panel=_proving(what, BLANK))


def _proving(what: str, form: Form) -> Panel:
    titles = {"turn-off": _("Turn the second factor off"), "renew-codes": _("New recovery codes")}
    if what not in titles:
        raise NotFound(_("There is no such page."))
    return lambda tx, reader: ProfilePanel(what, titles[what], form=form)


@router.post(HERE + "/{what}/prove")
async def proved(visit: Visiting, what: str) -> Response:
    """Turn the second factor off, or make new recovery codes."""
    password = text(await visit.request.form(), "proof")
    _proving(what, BLANK)

    def act(tx: Tx, by: Actor) -> list[str]:
        _prove(tx, by, password, "proof")
        if what == "renew-codes":
            return second_factor.renew_codes(tx, by=by)
        second_factor.turn_off(tx, by.id, by=by)
        return []

    try:
        codes = await _guarded(visit, act)
    except Refused as refused:
        page = await _page(visit, panel=_proving(what, Form({}, refused, ("proof",))), status=refused.status)
        return session.say_when(page, refused)
    if codes:
        return await _page(visit, panel=_codes(codes), status=201)
    return visit.to(HERE, Toast(_("The second factor is off")))


@router.post(HERE + "/browsers/{session_id}/end")
async def end_browser(visit: Visiting, session_id: str) -> Response:
    """Sign one browser out; ``others`` stands for every one but this."""
    token = session.token_of(visit.request) or ""

    def end(tx: Tx, by: Actor) -> None:
        if session_id == "others":
            signin.sign_out_everywhere(tx, by.id, but=signin.look(tx, token).session_id, by=by)
        elif by.id not in {row.teammate_id for row in signin.sessions_of(tx, by.id) if row.id == session_id}:
            raise Forbidden(_("That browser is not signed in as you."))
        else:
            signin.end_session(tx, session_id, by=by)

    await visit.do(end)
    return visit.to(HERE, Toast(_("Signed out there")))
