"""One tab's line: frames in, frames out, until the tab leaves, time is up, or the server stops."""

import asyncio
import contextlib
import json

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from firstline.widget import rules, views
from firstline.widget.desk import Desk
from firstline.widget.hub import Tab
from firstline.widget.rules import Allowance, BadFrame, Hello, parse
from firstline.widget.site import Site
from firstline.widget.views import Frame
from firstline.widget.wording import wording

HELLO_WITHIN = 10.0
"""Seconds a socket may stay silent at first."""
MISTAKES = 20
"""Bad frames after which a socket is closed."""
_LEFT = (WebSocketDisconnect, RuntimeError)
"""What starlette raises when the other side is gone, before or after it said so."""


async def talk(socket: WebSocket, desk: Desk, site: Site) -> None:
    """Serve an accepted socket of a site."""
    try:
        async with asyncio.timeout(HELLO_WITHIN):
            frame = await _next(socket, site)
        if not isinstance(frame, Hello):
            raise BadFrame("hello_first")
        visitor = await desk.who(site.id, frame)
        tab = desk.tab(visitor, frame.page, socket.client.host if socket.client else "")
    except BadFrame as bad:
        await _end(socket, views.error(bad, wording("")), 4400)
        return
    except TimeoutError:
        await _end(socket, None, 4408)
        return
    except _LEFT:
        return
    with desk.hub.open(tab):
        try:
            await socket.send_text(_written(await desk.hub.greet(tab)))
            await _both_ways(socket, desk, tab, site)
        except _LEFT:
            return


async def _both_ways(socket: WebSocket, desk: Desk, tab: Tab, site: Site) -> None:
    hearing = asyncio.create_task(_hear(socket, desk, tab, site))
    telling = asyncio.create_task(_tell(socket, tab))
    try:
        await asyncio.wait({hearing, telling}, timeout=desk.lasts, return_when=asyncio.FIRST_COMPLETED)
        if not hearing.done() and not telling.done():
            tab.put(views.bye(1))
            await asyncio.wait({telling}, timeout=5)
    finally:
        for task in (hearing, telling):
            task.cancel()
        results = await asyncio.gather(hearing, telling, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, _LEFT):
            raise result
    await _end(socket, None, 1001)


async def _hear(socket: WebSocket, desk: Desk, tab: Tab, site: Site) -> None:
    allowance = Allowance(burst=60, rate=10)
    words = wording(tab.page.lang)
    mistakes = 0
    while mistakes < MISTAKES:
        try:
            frame = await _next(socket, site)
            if not allowance.take(desk.steady()):
                raise BadFrame("too_fast", "too_fast", getattr(frame, "client_id", None))
            answer = await desk.carry_out(tab, frame)
        except BadFrame as bad:
            mistakes += 1
            answer = views.error(bad, words)
        if answer is not None:
            tab.put(answer)


async def _tell(socket: WebSocket, tab: Tab) -> None:
    while True:
        frame = await tab.frames.get()
        await socket.send_text(_written(frame))
        if frame["t"] == "bye":
            return


async def _next(socket: WebSocket, site: Site) -> rules.Frame:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    return parse(message.get("text") or message.get("bytes") or "", text_limit=site.text_limit)


def _written(frame: Frame) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


async def _end(socket: WebSocket, frame: Frame | None, code: int) -> None:
    if socket.application_state is not WebSocketState.CONNECTED:
        return
    with contextlib.suppress(*_LEFT):
        if frame is not None:
            await socket.send_text(_written(frame))
        await socket.close(code)
