"""Signed webhooks, as Standard Webhooks has them (https://www.standardwebhooks.com): both directions, secrets in rotation.

The library signs; checking is ours, because the library asks the machine for the time and stumbles over malformed items.
"""

import base64
import binascii
import hmac
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import Webhook

TOLERANCE = timedelta(minutes=5)
MOST_SIGNATURES = 20


class BadSignature(Exception):
    """Missing, wrong, or too old."""


def new_secret() -> str:
    """A fresh secret: ``whsec_`` and 32 random bytes in base 64."""
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


def is_secret(secret: str) -> bool:
    """Whether a secret has the right form: ``whsec_`` and 24 to 64 bytes in base 64."""
    try:
        return secret.startswith("whsec_") and 24 <= len(base64.b64decode(secret[6:], validate=True)) <= 64
    except (binascii.Error, ValueError):
        return False


def signed(secrets: Sequence[str], event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a delivery, with one signature for each secret.

    :param event_id: the same for every attempt; it must not hold a dot.
    """
    at = at.astimezone(UTC)
    signatures = [Webhook(secret).sign(event_id, at, body.decode()) for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def check(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of a delivery whose signature one of the secrets made, at most five minutes ago or ahead.

    Versions we do not know are passed over; an item that is none at all spoils the whole.

    :param headers: with names in lower case. :raises BadSignature: if nothing fits.
    """
    event_id, stamp, given = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (event_id and stamp and given):
        raise BadSignature("webhook-id, webhook-timestamp and webhook-signature are needed.")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise BadSignature("webhook-timestamp is no number of seconds.")
    if abs(now - datetime.fromtimestamp(int(stamp), UTC)) > TOLERANCE:
        raise BadSignature("The signature is more than five minutes away from now.")
    items = given.split(" ")
    if len(items) > MOST_SIGNATURES or any("," not in item for item in items):
        raise BadSignature("webhook-signature is no list of signatures.")
    message = f"{event_id}.{stamp}.".encode() + body
    wanted = [_sum(secret, message) for secret in secrets]
    right = False
    for item in items:
        version, _, signature = item.partition(",")
        if version == "v1":
            for one in wanted:
                right |= hmac.compare_digest(one.encode(), signature.encode())
    if not right:
        raise BadSignature("No signature fits.")
    return event_id


def _sum(secret: str, message: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.digest(key, message, "sha256")).decode()
