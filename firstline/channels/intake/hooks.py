"""The one place where providers' webhooks arrive: ``/hooks/{kind}/{account}/…``.

The raw body is read once, its signature checked on these bytes, and it is stored in one transaction, before the answer. A small
one is applied in the same transaction; a large one, or one in a burst, by a job that is asked for in it (decision 0022).
200: it is ours now, understood or not. 401: the signature is wrong. 5xx: nothing was kept, deliver it again.
"""

import structlog
from fastapi import APIRouter, Request
from sqlalchemy.exc import OperationalError
from starlette.responses import Response as Answer

from firstline.channels.base import Forged, RawRequest, Response
from firstline.channels.intake.gathering import LIGHT, Gathering
from firstline.channels.intake.receiving import Delivery, Queued, Receiving
from firstline.channels.intake.rules import TOGETHER
from firstline.channels.intake.waking import Waker
from firstline.kit.database import Database
from firstline.kit.errors import TooLarge

log = structlog.get_logger(__name__)

router = APIRouter()
LARGEST = 40_000_000
AGAIN = 3
"""Attempts when two deliveries of the same messages block each other in the database."""


class Door:
    """Where the deliveries of one process come in."""

    def __init__(self, database: Database, receiving: Receiving) -> None:
        self.database = database
        self.receiving = receiving
        self.applying = 0
        """Deliveries that this process is applying now."""
        self.waker = Waker(database)
        self.gathering = Gathering(self._alone, lambda deliveries: database.tx(receiving.many, deliveries))

    async def take(self, delivery: Delivery) -> Response:
        """Store a delivery; what its provider is answered.

        :raises Forged: :raises firstline.kit.errors.Refused: nothing was kept.
        """
        light = len(delivery.request.body) <= LIGHT
        if light and (self.applying >= TOGETHER or self.gathering.busy):
            answer = await self.gathering.put(delivery)
        else:
            answer = await self._alone(delivery)
        if isinstance(answer, Queued):
            self.waker.ask(delivery.account_id)
        return answer

    async def _alone(self, delivery: Delivery) -> Response:
        others = self.applying
        self.applying += 1
        try:
            for _ in range(AGAIN - 1):
                try:
                    return await self.database.tx(self.receiving.one, delivery, others)
                except OperationalError as error:
                    if getattr(error.orig, "sqlstate", "") not in ("40P01", "40001"):
                        raise
            return await self.database.tx(self.receiving.one, delivery, others)
        finally:
            self.applying -= 1


async def hook(request: Request) -> Answer:
    """A delivery of a provider."""
    door: Door = request.app.state.door
    kind, account_id = request.path_params["kind"], request.path_params["account_id"]
    door.receiving.hooked(kind)
    raw = _raw(request, await _body(request, LARGEST))
    try:
        answer = await door.take(Delivery(kind, account_id, raw))
    except Forged as forged:
        log.warning("hooks.forged", kind=kind, account=account_id, why=str(forged))
        return Answer(forged.told, 401 if request.method == "POST" else 403, media_type="text/plain")
    return Answer(answer.body, answer.status, media_type=answer.content_type)


# Plain routes: nothing of a delivery is for FastAPI to validate, and a burst would pay for its looking.
for path in ("/hooks/{kind}/{account_id}", "/hooks/{kind}/{account_id}/{rest:path}"):
    router.add_route(path, hook, methods=["GET", "POST", "HEAD"], include_in_schema=False)


async def _body(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLarge(f"A delivery has at most {most:,} bytes.")
    return bytes(body)


def _raw(request: Request, body: bytes) -> RawRequest:
    state = request.app.state
    query = f"?{request.url.query}" if request.url.query else ""
    return RawRequest(
        request.method,
        request.path_params.get("rest", ""),
        dict(request.query_params),
        {name.lower(): value for name, value in request.headers.items()},
        body,
        state.database.clock.now(),
        f"{state.settings.base_url}{request.url.path}{query}",
    )
