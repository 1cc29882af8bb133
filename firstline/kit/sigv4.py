"""Requests signed as Amazon's services, and stores that speak like S3, want them: Signature Version 4.

Written from "Create a signed AWS API request" (IAM User Guide) and "Authenticating Requests: Using the Authorization Header"
(Amazon S3 API Reference); the examples of the latter are test vectors (decision 0031).
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
UNRESERVED = "-._~"
"""What is left as it is beside letters and digits (RFC 3986)."""


@dataclass(frozen=True)
class Key:
    """An access key, and for which service in which region it signs."""

    id: str
    secret: str = field(repr=False)
    region: str
    service: str = "s3"


def path_of(name: str) -> str:
    """An object's name as the path of an address: every byte but unreserved ones is escaped, once, and slashes stay."""
    return "/" + quote(name, safe=f"/{UNRESERVED}")


def query_of(given: Mapping[str, str]) -> str:
    """A query in the order and with the escapes that are signed: escaped first, then sorted."""
    pairs = sorted((quote(name, safe=UNRESERVED), quote(value, safe=UNRESERVED)) for name, value in given.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def signed(
    key: Key, method: str, host: str, path: str, query: str, headers: Mapping[str, str], at: datetime, body: bytes = b""
) -> dict[str, str]:
    """The headers with which a request is sent, besides ``Host``.

    :param path: as :func:`path_of` gives it. :param query: as :func:`query_of` gives it. :param headers: all of them are signed.
    """
    stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    payload = hashlib.sha256(body).hexdigest()
    sent = {**headers, "x-amz-content-sha256": payload, "x-amz-date": stamp}
    told = {"host": host, **{name.lower(): " ".join(value.split()) for name, value in sent.items()}}
    names = ";".join(sorted(told))
    lines = "".join(f"{name}:{told[name]}\n" for name in sorted(told))
    canonical = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}"
    scope = f"{stamp[:8]}/{key.region}/{key.service}/aws4_request"
    text = "\n".join((ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = _mac(_signing_key(key, stamp[:8]), text).hex()
    return {**sent, "authorization": f"{ALGORITHM} Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}"}


def _signing_key(key: Key, day: str) -> bytes:
    made = f"AWS4{key.secret}".encode()
    for word in (day, key.region, key.service, "aws4_request"):
        made = _mac(made, word)
    return made


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
