"""Signing in with the company's provider: the way there and back."""

from dataclasses import asdict

from starlette.responses import RedirectResponse, Response

from firstline.console import session
from firstline.console.screens.door import own_path, refused_at_the_door, where_of
from firstline.console.shell import Visit, Visiting, console_router
from firstline.console.words import _
from firstline.kit.errors import Conflict, Forbidden, Unauthenticated
from firstline.kit.outbound import Outbound
from firstline.people import sign_on, signin
from firstline.people.oidc import Conversation, ProviderFailed, Trip

router = console_router()
COOKIE = "firstline_sign_on"
PURPOSE = "sign-on"
LASTS = 600
"""Seconds that somebody may take at the provider's page."""
BACK = "/sign-in/sso/callback"


async def talk(visit: Visit) -> Conversation:
    """The conversation with the provider that is set.

    :raises Unauthenticated: if single sign-on is off.
    """
    state = visit.request.app.state
    found = await visit.database.tx(sign_on.provider, state.keyring)
    if found is None or not found.enabled:
        raise Unauthenticated(_("Single sign-on is off. Sign in with your password."))
    allow = state.settings.allow_private_addresses
    return Conversation(found, lambda: Outbound(allow_private=allow, follow_redirects=False))


def redirect_uri(visit: Visit) -> str:
    """Where the provider sends the browser back to; it has to be entered there."""
    return visit.base_url + BACK


@router.get("/sign-in/sso")
async def go(visit: Visiting, next: str = "/") -> Response:
    """To the provider's page."""
    trip = Trip.begin(own_path(next))
    try:
        there = await (await talk(visit)).way_there(trip, redirect_uri(visit))
    except (Unauthenticated, ProviderFailed) as refused:
        return await refused_at_the_door(visit, next, refused)
    response = RedirectResponse(there, 303)
    sealed = visit.request.app.state.keyring.seal(asdict(trip)).decode()
    secure = visit.base_url.startswith("https://")
    response.set_cookie(COOKIE, sealed, max_age=LASTS, httponly=True, samesite="lax", secure=secure, path="/sign-in/sso")
    return response


@router.get(BACK)
async def back(visit: Visiting) -> Response:
    """From the provider's page: signed in, or told why not."""
    keyring, kept, where = visit.request.app.state.keyring, visit.request.cookies.get(COOKIE, ""), where_of(visit.request)
    try:
        trip = _trip(visit, kept)
        now = visit.database.clock.now()
        claims = await (await talk(visit)).come_back(trip, dict(visit.request.query_params), redirect_uri(visit), now)
        token = await visit.database.tx(sign_on.enter, keyring, claims, where)
    except (Unauthenticated, ProviderFailed, Forbidden) as refused:
        await visit.database.tx(signin.note_failure, "single sign-on", where, what=refused.message[:200])
        response = await refused_at_the_door(visit, "/", refused)
        response.delete_cookie(COOKIE, path="/sign-in/sso")
        return response
    if before := session.token_of(visit.request):
        await visit.database.tx(signin.sign_out, before)
    response = RedirectResponse(trip.back, 303)
    session.open_on(response, visit.request, token)
    response.delete_cookie(COOKIE, path="/sign-in/sso")
    return response


def _trip(visit: Visit, kept: str) -> Trip:
    """What the browser kept; it is sealed, so nobody else can have made it."""
    try:
        values = visit.request.app.state.keyring.open(kept.encode("ascii"), most_seconds=LASTS)
        return Trip(**{name: values[name] for name in ("state", "nonce", "verifier", "back")})
    except (KeyError, UnicodeError, Conflict) as problem:
        raise Unauthenticated(_("The sign-in took too long, or was begun in another browser. Begin again.")) from problem
