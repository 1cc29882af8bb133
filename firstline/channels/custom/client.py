"""Posting to a custom channel's webhook: through the guard, signed, without redirects."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from firstline.channels.base import Broken
from firstline.kit.errors import Rejected, Retry
from firstline.kit.foreign import decoded, storable
from firstline.kit.outbound import NotPublic, Outbound, Plain
from firstline.kit.signing import signed

PAUSES = (5.0, 30.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0)
"""Seconds before the next attempt, growing: a receiver that is down for a day loses nothing."""
SECONDS = 15.0
ALLOW = "Use a public https address, or set FIRSTLINE_ALLOW_PRIVATE_ADDRESSES=true for receivers in your own network."
USE_TLS = "Use an https address on port 443, or set FIRSTLINE_ALLOW_PLAIN_HTTP=true."


@dataclass(frozen=True)
class Attempt:
    """What came of posting once."""

    status: int | None
    error: str | None
    ms: int
    external_id: str | None = None
    failure: Exception | None = None


async def post(
    url: str,
    secrets: Sequence[str],
    event_id: str,
    body: bytes,
    *,
    at: datetime,
    attempt: int,
    allow_private: bool,
    allow_plain: bool = False,
) -> Attempt:
    """Post an event once; ``failure`` is what the outbox has to know, None if it was taken."""
    headers = {"content-type": "application/json", **signed(secrets, event_id, at, body)}
    began = time.perf_counter()

    def spent() -> int:
        return int((time.perf_counter() - began) * 1000)

    try:
        async with Outbound(allow_private=allow_private, allow_plain=allow_plain, follow_redirects=False) as out:
            answer = await out.request("POST", url, headers=headers, content=body, most=100_000, seconds=SECONDS)
    except NotPublic as no:
        return Attempt(None, no.reason, spent(), failure=Broken("webhook", no.reason, ALLOW))
    except Plain as no:
        return Attempt(None, no.reason, spent(), failure=Broken("webhook", no.reason, USE_TLS))
    except Rejected as no:
        return Attempt(None, no.reason, spent(), failure=no)
    except Retry as wait:
        return Attempt(None, wait.reason, spent(), failure=Retry(pause(event_id, attempt), wait.reason))
    if 200 <= answer.status < 300:
        return Attempt(answer.status, None, spent(), _external_id(answer.body))
    excerpt = " ".join(answer.body[:300].decode("utf-8", "replace").split())
    error = str(storable(f"The webhook answered {answer.status}." + (f" It said: {excerpt}" if excerpt else "")))
    failure = _failure(answer.status, error, answer.headers.get("retry-after"), pause(event_id, attempt))
    return Attempt(answer.status, error, spent(), failure=failure)


def _failure(status: int, error: str, retry_after: str | None, pause: float) -> Exception:
    if 300 <= status < 400:
        return Broken("webhook", error, "A webhook is not redirected: enter the address it leads to, if you trust it.")
    if status == 410:
        return Broken("webhook_gone", error, "The receiver says that it is gone for good. Enter another webhook address.")
    if status in (401, 403, 404):
        return Broken("webhook_refused", error, "Check the webhook's address, and that the receiver uses the present secret.")
    if status in (408, 425, 429) or status >= 500:
        asked = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else 0.0
        return Retry(min(86_400.0, max(asked, pause)), error)
    return Rejected(error)


def pause(event_id: str, attempt: int) -> float:
    """Seconds until the next attempt: up to a tenth longer, each message by its own share, so that a receiver that comes back is
    not met by all of them at once."""
    share = sha256(f"{event_id} {attempt}".encode()).digest()[0] / 255
    return PAUSES[min(attempt, len(PAUSES)) - 1] * (1 + share / 10)


def _external_id(body: bytes) -> str | None:
    """The channel may answer with its own id of the message: ``{"id": …}``."""
    try:
        found = storable(decoded(body))
    except ValueError:
        return None
    name = found.get("id") if isinstance(found, dict) else None
    return str(name)[:300] if isinstance(name, str | int) and str(name) else None
