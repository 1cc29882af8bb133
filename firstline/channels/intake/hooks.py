"""The one place where providers' webhooks arrive: ``/hooks/{kind}/{account}/…``.

The raw body is read once, its signature checked on these bytes, and it is stored in one transaction, before the answer. A small
one is applied in the same transaction; a large one, or one in a burst, by a job that is asked for in it (decision 0022).
200: it is ours now, understood or not. 401: the signature is wrong. 5xx: nothing was kept, deliver it again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from sqlalchemy.exc import OperationalError
from starlette.requests import HTTPConnection
from starlette.responses import Response as Answer

from firstline.channels import accounts
from firstline.channels.base import Channel, Forged, Hooked, RawRequest, Response, capabilities_of
from firstline.channels.intake.backlog import any_waits, keep_for_later
from firstline.channels.intake.rules import when
from firstline.channels.intake.taking import Intake, take
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound, TooLarge
from firstline.kit.secrets import Keyring
from firstline.people.api import Store

log = structlog.get_logger(__name__)

router = APIRouter(prefix="/hooks", include_in_schema=False)
LARGEST = 40_000_000
AGAIN = 3
"""Attempts when two deliveries of the same messages block each other in the database."""


@dataclass(frozen=True)
class Queued(Response):
    """It was stored behind others that wait; their job may be about to end."""


def _intake(connection: HTTPConnection) -> Intake:
    found = connection.app.state.intake
    assert isinstance(found, Intake)
    return found


def _keyring(connection: HTTPConnection) -> Keyring:
    found = connection.app.state.keyring
    assert isinstance(found, Keyring)
    return found


@router.api_route("/{kind}/{account_id}", methods=["GET", "POST", "HEAD"])
@router.api_route("/{kind}/{account_id}/{rest:path}", methods=["GET", "POST", "HEAD"])
async def hook(
    kind: str,
    account_id: str,
    request: Request,
    store: Store,
    intake: Annotated[Intake, Depends(_intake)],
    keyring: Annotated[Keyring, Depends(_keyring)],
    rest: str = "",
) -> Answer:
    """A delivery of a provider."""
    channel: Channel | None = intake.channels.get(kind)
    hooked: object = channel
    if channel is None or not isinstance(hooked, Hooked):
        raise NotFound(f"Nothing is delivered to {kind}.")
    body = await _body(request, LARGEST)

    def receive(tx: Tx) -> Response:
        account = accounts.which(tx, account_id, keyring)
        if account.kind != kind:
            raise NotFound(f"There is no {kind} account {account_id}.")
        limit = capabilities_of(channel, account).hook_limit
        if len(body) > limit:
            raise TooLarge(f"The delivery has {len(body):,} bytes; {limit:,} are the limit.")
        raw = _raw(request, rest, body, tx)
        if answer := hooked.verify(account, raw):
            return answer
        if request.method != "POST":
            raise NotFound("Deliveries are posted.")
        behind = any_waits(tx, account.id)
        if when(len(body), others, behind).at_once:
            take(tx, hooked.parse, account, raw)
            return Response()
        keep_for_later(tx, account, raw, wakes=not behind)
        return Queued() if behind else Response()

    others = intake.applying
    intake.applying += 1
    try:
        answer = await _deadlock_free(store, receive)
    except Forged as forged:
        log.warning("hooks.forged", kind=kind, account=account_id, why=str(forged))
        return Answer("The signature is wrong.", 401 if request.method == "POST" else 403, media_type="text/plain")
    finally:
        intake.applying -= 1
    if isinstance(answer, Queued):
        intake.waker.ask(account_id)
    return Answer(answer.body, answer.status, media_type=answer.content_type)


async def _deadlock_free(store: Store, receive: Callable[[Tx], Response]) -> Response:
    for attempt in range(1, AGAIN + 1):
        try:
            return await store.tx(receive)
        except OperationalError as error:
            if attempt == AGAIN or getattr(error.orig, "sqlstate", "") not in ("40P01", "40001"):
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


async def _body(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLarge(f"A delivery has at most {most:,} bytes.")
    return bytes(body)


def _raw(request: Request, rest: str, body: bytes, tx: Tx) -> RawRequest:
    base = request.app.state.settings.base_url
    query = f"?{request.url.query}" if request.url.query else ""
    return RawRequest(
        request.method,
        rest,
        dict(request.query_params),
        {name.lower(): value for name, value in request.headers.items()},
        body,
        tx.now,
        f"{base}{request.url.path}{query}",
    )
