"""Cookies of the console, and the defence against forms of other sites.

A request that changes something must come from our own page: browsers say so in ``Sec-Fetch-Site``, or, over plain HTTP in
a local network, in ``Origin``. One that says neither is refused. The session cookie is ``SameSite=Lax`` besides.
"""

import base64
import binascii
import json
from dataclasses import asdict
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from firstline.console.view.common import Toast
from firstline.hours.rows import zones
from firstline.kit.errors import Forbidden, Refused, TooMany
from firstline.kit.foreign import decoded
from firstline.people import signin

TOASTS = "firstline_toasts"
THEME, ZONE = "theme", "zone"
_TOAST_LIMIT = 2_000


def token_of(connection: HTTPConnection) -> str | None:
    """The session's token that the browser holds."""
    return connection.cookies.get(signin.COOKIE)


def open_on(response: Response, request: Request, token: str) -> None:
    """Let the browser hold a session."""
    response.set_cookie(
        signin.COOKIE,
        token,
        max_age=int(signin.SESSION.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
    )


def close_on(response: Response) -> None:
    """Let the browser forget its session."""
    response.delete_cookie(signin.COOKIE, path="/", httponly=True, samesite="lax")


def require_own_page(request: Request) -> None:
    """:raises Forbidden: if a change was asked for by another site's page."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        own = site in ("same-origin", "none")
    else:
        own = urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host", "-")
    if not own:
        raise Forbidden("This form was sent by another site. Open Firstline itself and do it there.")


def say_when(response: Response, refused: Refused) -> Response:
    """Say in the header, too, when something that was tried too often can be tried again."""
    if isinstance(refused, TooMany) and refused.after is not None:
        response.headers["Retry-After"] = str(refused.after)
    return response


def theme_of(request: Request) -> str:
    """light, dark, or nothing for what the system has."""
    theme = request.cookies.get(THEME, "")
    return theme if theme in ("light", "dark") else ""


def zone_of(request: Request, otherwise: str) -> ZoneInfo:
    """The reader's time zone, as the browser told it; else the account's."""
    told = unquote(request.cookies.get(ZONE, ""))
    return ZoneInfo(told if told in zones() else otherwise)


def tell_next(response: Response, toast: Toast) -> None:
    """Keep a toast for the page that comes next."""
    written = json.dumps({key: value for key, value in asdict(toast).items() if value}, ensure_ascii=False)
    response.set_cookie(
        TOASTS, base64.urlsafe_b64encode(written.encode()).decode(), max_age=60, httponly=True, samesite="lax", path="/"
    )


def told(request: Request) -> tuple[Toast, ...]:
    """The toast that was kept; anything that is none is passed over, and links lead to this site only."""
    kept = request.cookies.get(TOASTS, "")
    if not kept or len(kept) > _TOAST_LIMIT:
        return ()
    try:
        values = decoded(base64.urlsafe_b64decode(kept))
        toast = Toast(**{key: str(value) for key, value in values.items()})
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return ()
    if any(link and (not link.startswith("/") or link.startswith("//")) for link in (toast.undo, toast.link)):
        return ()
    return (toast,)
