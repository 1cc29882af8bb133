"""The widget over HTTP: its files, its settings, its line, and the line's stand-in where WebSockets are blocked."""

import asyncio
import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request, Response, WebSocket
from starlette.requests import HTTPConnection

from firstline.channels.livechat.config import origin_allowed
from firstline.kit.errors import Forbidden, Invalid, NotFound, Refused, TooLarge, TooMany
from firstline.kit.events import Cursor
from firstline.widget import queries, rules, views
from firstline.widget.desk import Desk
from firstline.widget.files import files, version
from firstline.widget.rules import FRAME_LIMIT, BadFrame
from firstline.widget.site import Site
from firstline.widget.socket import talk
from firstline.widget.wording import wording

POLL = 20.0
"""Seconds a long poll waits for something to happen."""
BODY_LIMIT = FRAME_LIMIT + 16_000
"""Bytes of a request: a frame, and who is here."""
FOREVER = "public, max-age=31536000, immutable"
SOON = "public, max-age=300, stale-while-revalidate=86400"

router = APIRouter(tags=["Widget"], include_in_schema=False)


async def _desk(connection: HTTPConnection) -> Desk:
    found = connection.app.state.widget
    assert isinstance(found, Desk)
    return found


Open = Annotated[Desk, Depends(_desk)]


@router.get("/widget.js")
async def loader(request: Request) -> Response:
    """The loader, which a page names in its script tag."""
    return _file(request, "widget.js", SOON)


@router.get("/widget/{account_id}/config")
async def config(request: Request, desk: Open, account_id: str, lang: str = "") -> Response:
    """What a page needs before anybody clicks."""
    try:
        site = await allowed_site(request, desk, account_id)
    except Refused as refused:
        return refusal(request, refused)
    words = wording(rules.language(lang))
    shown = {
        "version": version(),
        "company": site.company,
        "agent": site.agent(),
        "welcome": site.welcome(words),
        "emailQuestion": site.email_question(words),
        "poweredByAi": site.powered_by_ai,
        "theme": {"mode": site.config.theme, "accent": site.config.accent or None, "position": site.config.position},
        "limits": {"text": site.text_limit, "files": site.files.as_data()},
        "locale": words.language,
        "dir": words.direction,
        "strings": words.sentences,
    }
    return _json(request, shown, cache="public, max-age=30")


@router.websocket("/widget/{account_id}/socket")
async def socket(socket: WebSocket, desk: Open, account_id: str) -> None:
    """One tab's line."""
    try:
        site = await allowed_site(socket, desk, account_id)
    except NotFound:
        await socket.close(4404)
        return
    except Forbidden:
        await socket.close(4403)
        return
    await socket.accept()
    await talk(socket, desk, site)


@router.post("/widget/{account_id}/poll")
async def poll(request: Request, desk: Open, account_id: str) -> Response:
    """The line by waiting requests: everything at first, then what happened since ``cursor``, or nothing after a while."""
    try:
        await allowed_site(request, desk, account_id)
        body = await _body(request)
        hello = rules.hello(body)
        tab = desk.tab(await desk.who(account_id, hello), hello.page, _address(request))
        since = Cursor.parse(str(body.get("cursor") or ""))
        with desk.hub.open(tab):
            ready = await desk.hub.greet(tab)
            frames = [ready]
            same = tab.visitor.token == body.get("visitor")
            if since is not None and same and not await desk.database.tx(queries.moved_since, *tab.who, since):
                frames = await _wait(desk, tab.frames)
                frames.append(views.state(await desk.hub.site(account_id), tab.standing))
    except BadFrame as bad:
        if bad.code == "identity":
            return _json(request, {"frames": [views.error(bad, wording(""))], "cursor": ""})
        return refusal(request, TooMany(wording("").say(bad.say)))
    except Refused as refused:
        return refusal(request, refused)
    return _json(request, {"frames": frames, "cursor": ready["cursor"]})


async def _wait(desk: Desk, queue: "asyncio.Queue[views.Frame]") -> list[views.Frame]:
    try:
        async with asyncio.timeout(min(POLL, desk.lasts)):
            frames = [await queue.get()]
    except TimeoutError:
        return []
    while not queue.empty():
        frames.append(queue.get_nowait())
    return frames


@router.post("/widget/{account_id}/send")
async def send(request: Request, desk: Open, account_id: str) -> Response:
    """One frame of a tab that polls."""
    try:
        site = await allowed_site(request, desk, account_id)
        body = await _body(request)
        hello = rules.hello(body)
        try:
            tab = await desk.known(account_id, hello, _address(request))
            answer = await desk.carry_out(tab, rules.read(body.get("frame"), text_limit=site.text_limit))
        except BadFrame as bad:
            answer = views.error(bad, wording(hello.page.lang))
    except Refused as refused:
        return refusal(request, refused)
    return _json(request, {"frames": [answer] if answer else [], "cursor": ""})


@router.options("/widget/{account_id}/{what}")
async def may_i(request: Request, account_id: str, what: str) -> Response:
    """Another site's page asks before it sends JSON; whether it may is decided when it does."""
    allowed = {
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=204, headers=cors(request) | allowed)


@router.get("/widget/{name}")
async def current_file(request: Request, name: str) -> Response:
    """A file of the widget as it is now."""
    return _file(request, name, SOON)


@router.get("/widget/{named}/{name}")
async def file(request: Request, named: str, name: str) -> Response:
    """A file of the widget under the name of its version; an old page gets the present one, without a promise to keep it."""
    return _file(request, name, FOREVER if named == version() else "no-cache")


def _file(request: Request, name: str, cache: str) -> Response:
    found = files().get(name)
    if found is None:
        raise NotFound(f"The widget has no file “{name[:60]}”.")
    headers = {
        "Cache-Control": cache,
        "ETag": found.tag,
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == found.tag:
        return Response(status_code=304, headers=headers)
    packed = "gzip" in request.headers.get("accept-encoding", "")
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(found.packed if packed else found.body, media_type=found.kind, headers=headers)


async def allowed_site(connection: HTTPConnection, desk: Desk, account_id: str) -> Site:
    """:raises NotFound: if there is no such chat. :raises Forbidden: if the page's origin may not use it.

    Pages of this installation always may: its demo shop and previews.
    """
    site = await desk.hub.site(account_id)
    origin = connection.headers.get("origin")
    own = urlsplit(origin or connection.headers.get("referer", "")).netloc == connection.headers.get("host")
    if not own and not origin_allowed(site.config.allowed_origins, origin):
        raise Forbidden(
            f"Pages of {origin or 'an unnamed origin'} may not use this chat. Add the origin to its allowed websites."
        )
    return site


async def _body(request: Request) -> Mapping[str, Any]:
    """:raises TooLarge: above the limit. :raises Invalid: if it is no JSON object."""
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > BODY_LIMIT:
            raise TooLarge(f"The request has more than {BODY_LIMIT:,} bytes.")
    try:
        body = json.loads(read)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Invalid("The request is no JSON object in UTF-8.")
    return body


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def cors(request: Request) -> dict[str, str]:
    """The headers with which a page of another site may read the answer."""
    return {"Access-Control-Allow-Origin": request.headers.get("origin") or "*", "Vary": "Origin"}


def _json(request: Request, body: Any, *, cache: str = "no-store") -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, media_type="application/json", headers=cors(request) | {"Cache-Control": cache})


def refusal(request: Request, refused: Refused) -> Response:
    """Problem JSON that the page may read, so that the browser's console can say why."""
    problem = {"type": "about:blank", "title": type(refused).__name__, "status": refused.status, "detail": refused.message}
    headers = cors(request) | {"Cache-Control": "no-store"}
    return Response(json.dumps(problem), refused.status, headers, "application/problem+json")
