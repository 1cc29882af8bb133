"""Posting to a custom channel's webhook: through the guard, signed, without redirects."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from firstline.channels.base import Broken
from firstline.channels.pausing import pause
from firstline.kit.errors import Rejected, Retry
from firstline.kit.foreign import decoded, storable
from firstline.kit.outbound import NotPublic, Outbound, Plain
from firstline.kit.signing import signed

SECONDS = 15.0
MOST_NAMES = 20
"""Of one message, by the channel."""
ALLOW = "Use a public https address, or set FIRSTLINE_ALLOW_PRIVATE_ADDRESSES=true for receivers in your own network."
USE_TLS = "Use an https address on port 443, or set FIRSTLINE_ALLOW_PLAIN_HTTP=true."


@dataclass(frozen=True)
class Attempt:
    """What came of posting once."""

    status: int | None
    error: str | None
    ms: int
    external_ids: tuple[str, ...] = ()
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
    seconds: float = SECONDS,
) -> Attempt:
    """Post an event once; ``failure`` is what the outbox has to know, None if it was taken."""
    headers = {"content-type": "application/json", **signed(secrets, event_id, at, body)}
    began = time.perf_counter()

    def spent() -> int:
        return int((time.perf_counter() - began) * 1000)

    try:
        async with Outbound(allow_private=allow_private, allow_plain=allow_plain, follow_redirects=False) as out:
            answer = await out.request("POST", url, headers=headers, content=body, most=100_000, seconds=seconds)
    except NotPublic as no:
        return Attempt(None, no.reason, spent(), failure=Broken("webhook", no.reason, ALLOW))
    except Plain as no:
        return Attempt(None, no.reason, spent(), failure=Broken("webhook", no.reason, USE_TLS))
    except Rejected as no:
        return Attempt(None, no.reason, spent(), failure=no)
    except Retry as wait:
        return Attempt(None, wait.reason, spent(), failure=Retry(pause(event_id, attempt), wait.reason))
    if 200 <= answer.status < 300:
        return Attempt(answer.status, None, spent(), external_ids=_external_ids(answer.body))
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


def _external_ids(body: bytes) -> tuple[str, ...]:
    """The channel may answer with its own id of the message, ``{"id": …}``, or with several where it made several messages of
    it, ``{"ids": […]}``."""
    try:
        found = storable(decoded(body))
    except ValueError:
        return ()
    if not isinstance(found, dict):
        return ()
    several = found.get("ids")
    names = [found.get("id"), *(several[:MOST_NAMES] if isinstance(several, list) else ())]
    good = [str(name)[:300] for name in names if isinstance(name, str | int) and not isinstance(name, bool) and str(name)]
    return tuple(dict.fromkeys(good))
