"""What went wrong, for whoever asked: a page for a browser that opened a page, a problem document for a program."""

import structlog
from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from firstline import problems
from firstline.console.shell import refusal_page
from firstline.console.words import gettext, mark

log = structlog.get_logger(__name__)
PROGRAMS = ("/api/", "/hooks/", "/widget", "/openapi", "/metrics", "/healthz", "/readyz", "/live")
"""Addresses that programs ask."""
NOWHERE = mark("There is no page at this address. It may have moved, or the link is cut off.")
FORM_ONLY = mark("This address only takes what a form sends. Go back and press the button again; nothing was changed.")
OURS = mark("The page failed because of an error in Firstline. It is in the log; nothing was changed. Try again in a moment.")


def wants_page(request: Request) -> bool:
    """Whether a person in a browser looks at the answer."""
    by_script = "hx-request" in request.headers or "x-panel" in request.headers
    is_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(PROGRAMS)
    return is_page and not by_script and hasattr(request.app.state, "console")


async def http(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: an address that is none, or that takes no such request."""
    assert isinstance(error, HTTPException)
    if not wants_page(request) or error.status_code not in (404, 405):
        return await problems.http(request, error)
    title = gettext("There is nothing here")
    return await refusal_page(request, title, gettext(NOWHERE if error.status_code == 404 else FORM_ONLY), error.status_code)


async def unstorable(request: Request, error: Exception) -> Response:
    """A value that PostgreSQL refuses: U+0000 or half a character in a text or an address, or a number beyond all bounds."""
    log.warning("request.unstorable", path=request.url.path, error=type(error).__name__)
    if not wants_page(request):
        return await problems.unstorable(request, error)
    return await refusal_page(request, gettext("This cannot be stored"), gettext(problems.UNSTORABLE), 422)


async def bug(request: Request, error: Exception) -> Response:
    """Anything else is ours; the log has the trace."""
    if not wants_page(request):
        return await problems.bug(request, error)
    return await refusal_page(request, gettext("Something went wrong here"), gettext(OURS), 500)
