"""``Idempotency-Key`` on POST: the same key and body get the same answer; another body is refused.

As in the IETF draft *The Idempotency-Key HTTP Header Field* (draft-ietf-httpapi-idempotency-key-header).
"""

import base64
import hashlib
import json
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    Table,
    Text,
    TypedColumns,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from firstline.kit.database import Database, Tx
from firstline.kit.tables import at_column, metadata

KEPT = timedelta(hours=24)
LARGEST = 2_000_000

Scope = MutableMapping[str, Any]


class idempotent_columns(TypedColumns):
    key = Column(Text, primary_key=True)
    body_hash = Column(LargeBinary, nullable=False)
    status = Column(Integer, nullable=True)
    answer = Column(Text, nullable=True)
    content_type = Column(Text, nullable=True)
    at = at_column()


idempotent = Table("idempotent", metadata, idempotent_columns)


def begin(tx: Tx, key: str, body_hash: bytes) -> tuple[str, int, str, str] | None:
    """None when the request is new; else what is known of it: ``done`` with status, type and body, ``other``, ``running``."""
    tx.execute(delete(idempotent).where(idempotent.c.at < tx.now - KEPT))
    try:
        with tx.savepoint():
            tx.execute(insert(idempotent).values(key=key, body_hash=body_hash, at=tx.now))
        return None
    except IntegrityError:
        row = tx.row(select(idempotent).where(idempotent.c.key == key))
    if row is None or (row.status is None and row.body_hash == body_hash):
        return ("running", 409, "", "")
    if row.body_hash != body_hash:
        return ("other", 409, "", "")
    return ("done", row.status, row.content_type or "", row.answer or "")


def finish(tx: Tx, key: str, status: int, content_type: str, answer: str) -> None:
    """Keep the answer; a server error is not kept, so that the same key may try again."""
    if status >= 500:
        tx.execute(delete(idempotent).where(idempotent.c.key == key))
    else:
        tx.execute(
            update(idempotent).where(idempotent.c.key == key).values(status=status, content_type=content_type, answer=answer)
        )


class Idempotency:
    """ASGI middleware over ``/api/v1``."""

    def __init__(self, app: Any, database: Database) -> None:
        self.app = app
        self.database = database

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers", ()))
        given = headers.get(b"idempotency-key")
        if scope["type"] != "http" or scope["method"] != "POST" or not given or not scope["path"].startswith("/api/v1/"):
            await self.app(scope, receive, send)
            return
        body = await _whole(receive)
        if body is None or len(given) > 255:
            await _problem(
                send,
                413 if body is None else 422,
                "The request with this Idempotency-Key is too large, or the key too long.",
            )
            return
        who = hashlib.sha256(headers.get(b"authorization", b"")).hexdigest()[:16]
        key = f"{who}:{scope['path']}:{given.decode('latin-1')}"
        known = await self.database.tx(begin, key, hashlib.sha256(body).digest())
        if known is None:
            await self._first(scope, body, send, key)
        elif known[0] == "done":
            await _answer(send, known[1], known[2], base64.b64decode(known[3]))
        else:
            text = (
                "This Idempotency-Key was used with another body; use a new key."
                if known[0] == "other"
                else "The first request with this Idempotency-Key is still being carried out; ask again."
            )
            await _problem(send, 409, text)

    async def _first(self, scope: Scope, body: bytes, send: Any, key: str) -> None:
        status, kind, chunks = 500, "", bytearray()

        async def replay() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def watch(message: dict[str, Any]) -> None:
            nonlocal status, kind
            if message["type"] == "http.response.start":
                status = message["status"]
                kind = dict(message["headers"]).get(b"content-type", b"").decode("latin-1")
            elif message["type"] == "http.response.body":
                chunks.extend(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, replay, watch)
        finally:
            await self.database.tx(finish, key, status, kind, base64.b64encode(bytes(chunks)).decode())


async def _whole(receive: Any) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body.extend(message.get("body", b""))
        if len(body) > LARGEST:
            return None
        if not message.get("more_body"):
            return bytes(body)


async def _answer(send: Any, status: int, kind: str, body: bytes) -> None:
    headers = [
        (b"content-type", kind.encode("latin-1")),
        (b"idempotency-replayed", b"true"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _problem(send: Any, status: int, detail: str) -> None:
    body = json.dumps({"type": "about:blank", "title": "Conflict", "status": status, "detail": detail}).encode()
    await _answer(send, status, "application/problem+json", body)
