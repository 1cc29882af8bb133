"""Refusals as RFC 9457 problem documents."""

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from firstline.kit.errors import Refused, TooMany

UNSTORABLE = "The request holds something that cannot be stored, such as U+0000 or a number that is far too large."
TITLES = {
    400: "Refused",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    422: "Invalid",
    429: "Too many requests",
    500: "Something went wrong here",
}


def problem(status: int, detail: str, *, field: str | None = None, after: int | None = None) -> JSONResponse:
    """One problem document; ``field`` names what was wrong in the request, ``after`` so many seconds it can be sent again."""
    body: dict[str, object] = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail}
    if field:
        body["field"] = field
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    if after is not None:
        headers["retry-after"] = str(after)
    return JSONResponse(body, status, headers, media_type="application/problem+json")


async def refused(_: Request, error: Exception) -> JSONResponse:
    """What a command refused."""
    assert isinstance(error, Refused)
    return problem(error.status, error.message, field=error.field, after=error.after if isinstance(error, TooMany) else None)


async def invalid(_: Request, error: Exception) -> JSONResponse:
    """A request of the wrong shape: the first thing that is wrong, by its place."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    return problem(422, f"{field}: {first['msg']}", field=field)


async def unstorable(_: Request, __: Exception) -> JSONResponse:
    """PostgreSQL refused a value of the request: U+0000 in a text or an id, a number beyond its bounds."""
    return problem(422, UNSTORABLE)


async def http(_: Request, error: Exception) -> JSONResponse:
    """What the framework itself refuses."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail))


async def bug(_: Request, __: Exception) -> JSONResponse:
    """Anything else is ours; the log has the trace."""
    return problem(500, "The request failed because of an error in Firstline. It is in the log; nothing was changed.")
