"""How much a request may bring: nobody fills the memory with one, also not somebody who is not signed in.

Routes have limits of their own, which are lower and said in their own words. This one stands before all of them: a framework
reads a body before it asks who sent it.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from firstline.problems import problem

FORM = 10_000_000
"""Bytes of a form without files: a long text, each letter as nine."""
OTHER = 60_000_000
"""Bytes of anything else: a mail that a provider posts, or files in JSON."""
FILES = 300_000_000
"""Bytes of the files that may come with one reply, beside what may be uploaded as a source. A form's files wait on the disk."""


_GONE = {"type": "http.disconnect"}


class Bounded:
    """ASGI middleware: a request with more than its kind may have is answered with 413, as soon as that is known."""

    def __init__(self, app: ASGIApp, upload: int) -> None:
        """:param upload: bytes of the largest file that may be uploaded as a source."""
        self.app = app
        self.files = FILES + upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        most = self._most(headers)
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared[:20]) > most:
            await _refusal(most)(scope, receive, send)
            return
        taken, over = 0, False

        async def counted() -> Message:
            nonlocal taken, over
            if over:
                return dict(_GONE)
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                over = True
                await _refusal(most)(scope, receive, send)
                return dict(_GONE)
            return message

        async def unless_refused(message: Message) -> None:
            if not over:
                await send(message)

        try:
            await self.app(scope, counted, unless_refused)
        except ClientDisconnect:
            if not over:
                raise

    def _most(self, headers: Mapping[bytes, Any]) -> int:
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        return {b"application/x-www-form-urlencoded": FORM, b"multipart/form-data": self.files}.get(kind, OTHER)


def _refusal(most: int) -> Response:
    return problem(413, f"The request has more than {most // 1_000_000} MB, which is the limit. Send it in several.")
