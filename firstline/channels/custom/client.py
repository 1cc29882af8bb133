"""Posting to a custom channel's webhook: through the guard, signed, without redirects."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from firstline.channels.base import Broken
from firstline.channels.pausing import pause
from firstline.kit.errors import Rejected, Retry
from firstline.kit.foreign import decoded, storable
from firstline.kit.outbound import NotPublic, Outbound, Oversized, Plain, TimedOut, Unreachable
from firstline.kit.signing import signed

SECONDS = 15.0
MOST_NAMES = 20
"""Of one message, by the channel."""
ALLOW = "Use a public https address, or set FIRSTLINE_ALLOW_PRIVATE_ADDRESSES=true for receivers in your own network."
REACH = "Check the webhook's address and its certificate, and that the receiver runs and can be reached from here."
HURRY = f"The receiver has {SECONDS:.0f} seconds to answer: let it answer first, and pass the message on afterwards."
BROKEN_OFF = "The receiver ended the connection without an answer: look into its log, and whether it takes https at this address."
LOG = "The receiver has an error of its own: look into its log."
PEACE = "The receiver cannot take more just now: wait, or declare a lower rate."
BELIEVE = "The receiver did not believe the signature: enter the present secret there, and see that its clock is right."
PATH = "Nothing takes deliveries at this address: check it, with its path."
USE_TLS = "Use an https address on port 443, or set FIRSTLINE_ALLOW_PLAIN_HTTP=true."


@dataclass(frozen=True)
class Attempt:
    """What came of posting once."""

    status: int | None
    error: str | None
    ms: int
    external_ids: tuple[str, ...] = ()
    failure: Exception | None = None
    cure: str = ""
    """What people can do where it is tried again."""

    @property
    def unreached(self) -> bool:
        """Whether not even a connection was made."""
        return self.cure == REACH


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
    except Oversized as long:
        return _answered(long.status, "", {}, spent(), pause(attempt))
    except Rejected as no:
        return Attempt(None, no.reason, spent(), failure=no)
    except Retry as wait:
        said = wait.reason.rstrip(".") + "."
        cure = REACH if isinstance(wait, Unreachable) else HURRY if isinstance(wait, TimedOut) else BROKEN_OFF
        return Attempt(None, said, spent(), failure=Retry(pause(attempt), said), cure=cure)
    excerpt = " ".join(answer.body[:300].decode("utf-8", "replace").split())
    done = _answered(answer.status, excerpt, answer.headers, spent(), pause(attempt))
    return replace(done, external_ids=_external_ids(answer.body)) if done.failure is None else done


def _answered(status: int, excerpt: str, headers: Mapping[str, str], ms: int, pause: float) -> Attempt:
    if 200 <= status < 300:
        return Attempt(status, None, ms)
    to = headers.get("location", "")[:200] if 300 <= status < 400 else ""
    said = (f" It leads to {to}." if to else "") + (f" It said: {excerpt}" if excerpt else "")
    error = str(storable(f"The webhook answered {status}.{said}"))
    failure = _failure(status, error, headers.get("retry-after"), pause)
    return Attempt(status, error, ms, failure=failure, cure=LOG if status >= 500 else PEACE)


def _failure(status: int, error: str, retry_after: str | None, pause: float) -> Exception:
    if 300 <= status < 400:
        return Broken("webhook", error, "A webhook is not redirected: enter the address it leads to, if you trust it.")
    if status == 410:
        return Broken("webhook_gone", error, "The receiver says that it is gone for good. Enter another webhook address.")
    if status in (401, 403, 404):
        return Broken("webhook_refused", error, PATH if status == 404 else BELIEVE)
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
