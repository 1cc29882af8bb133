"""The WebSocket of the console, and its long-poll fallback."""

import asyncio
import contextlib
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request, WebSocket, WebSocketDisconnect
from starlette.requests import HTTPConnection

from firstline.kit.database import Event
from firstline.kit.errors import Invalid, Unauthenticated
from firstline.kit.events import START, Cursor, read_after
from firstline.kit.feed import Feed, Listener
from firstline.live.sight import Sight
from firstline.people import signin
from firstline.people.api import Store
from firstline.people.rules import Actor

LASTS = 600.0
"""Seconds after which a connection is renewed."""
POLL = 20.0

router = APIRouter(tags=["Live"], include_in_schema=False)


async def _feed(connection: HTTPConnection) -> Feed:
    found = connection.app.state.feed
    assert isinstance(found, Feed)
    return found


Live = Annotated[Feed, Depends(_feed)]


async def viewer(connection: HTTPConnection, store: Store) -> Actor:
    """Whose session the cookie is.

    :raises Unauthenticated: if it is nobody's.
    """
    token = connection.cookies.get(signin.COOKIE)
    actor = await store.tx(signin.who, token) if token else None
    if actor is None:
        raise Unauthenticated("Sign in first.")
    return actor


def same_origin(socket: WebSocket) -> bool:
    """Browsers send cookies with WebSockets from any page; only our own pages may use them."""
    origin = socket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == socket.headers.get("host")


def as_json(cursor: Cursor, event: Event) -> dict[str, Any]:
    """An event as pages receive it."""
    return {
        "cursor": str(cursor),
        "kind": event.kind,
        "subject": event.subject,
        "data": dict(event.data),
        "at": event.at.isoformat(),
    }


@router.websocket("/live")
async def live(socket: WebSocket, store: Store, feed: Live, cursor: str = "") -> None:
    """Events from the cursor on, until the page leaves, ten minutes pass, or the server stops."""
    try:
        actor = await viewer(socket, store)
    except Unauthenticated:
        await socket.close(4401, "Sign in first.")
        return
    if not same_origin(socket):
        await socket.close(4403, "Another site may not listen.")
        return
    await socket.accept()
    sight = Sight(store, actor)
    with feed.listen() as listener:
        hearing = asyncio.create_task(_hear(socket, feed, actor, sight))
        telling = asyncio.create_task(_tell(socket, listener, sight, Cursor.parse(cursor) or feed.cursor))
        done, rest = await asyncio.wait({hearing, telling}, timeout=LASTS, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        await asyncio.gather(hearing, telling, return_exceptions=True)
        if hearing not in done:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.send_json({"bye": True})
                await socket.close(1001)


async def _tell(socket: WebSocket, listener: Listener, sight: Sight, cursor: Cursor) -> None:
    while found := await sight.database.tx(read_after, cursor):
        visible = {one.id for one in await sight.of(event for _, event in found)}
        for place, event in found:
            if event.id in visible:
                await socket.send_json(as_json(place, event))
            if sight.is_over(event):
                return
        cursor = found[-1][0]
    async for item in listener:
        if isinstance(item, dict):
            if await sight.may_see(str(item.get("conversation", ""))):
                await socket.send_json({"signal": item})
        elif item[0] > cursor and await sight.of([item[1]]):
            await socket.send_json(as_json(*item))
            if sight.is_over(item[1]):
                return


async def _hear(socket: WebSocket, feed: Feed, actor: Actor, sight: Sight) -> None:
    """What the page tells: typing and viewing. Anything else is passed over."""
    while True:
        try:
            message = await socket.receive_json()
        except (WebSocketDisconnect, RuntimeError):
            return
        except (ValueError, KeyError):
            continue
        if not isinstance(message, dict):
            continue
        for what in ("typing", "viewing"):
            about = message.get(what)
            if isinstance(about, str) and len(about) < 60 and await sight.may_see(about):
                by = {"kind": "teammate", "id": actor.id, "name": actor.name}
                feed.signal(what=what, conversation=about, by=by, on=bool(message.get("on", True)))


@router.get("/live/poll")
async def poll(request: Request, store: Store, feed: Live, cursor: str) -> dict[str, Any]:
    """The same by waiting requests."""
    actor = await viewer(request, store)
    place = Cursor.parse(cursor)
    if place is None or place < START:
        raise Invalid(f"“{cursor[:60]}” is no cursor; reload the page.", field="cursor")
    sight = Sight(store, actor)
    with feed.listen() as listener:
        events: list[dict[str, Any]] = []
        deadline = asyncio.get_running_loop().time() + POLL
        while not events:
            found = await store.tx(read_after, place)
            visible = {one.id for one in await sight.of(event for _, event in found)}
            events = [as_json(at, event) for at, event in found if event.id in visible]
            place = found[-1][0] if found else place
            left = deadline - asyncio.get_running_loop().time()
            if events or left <= 0:
                break
            with contextlib.suppress(TimeoutError):
                if await asyncio.wait_for(listener.queue.get(), left) is None:
                    break
        return {"events": events, "cursor": str(place)}
