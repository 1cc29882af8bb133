"""Providers that sign nothing: a password in the webhook's address, or as basic authentication."""

import base64
import binascii
import hmac

from firstline.channels.base import Account, Forged, RawRequest
from firstline.channels.email.config import secret


def verify(account: Account, request: RawRequest) -> None:
    """:raises Forged: unless the password is in the address (``?secret=…``) or in the authorization header."""
    wanted = secret(account, "webhook_secret")
    if not wanted:
        raise Forged("the account has no webhook secret")
    given = [request.query.get("secret", ""), _basic(request.headers.get("authorization", ""))]
    if not any(hmac.compare_digest(one.encode(), wanted.encode()) for one in given if one):
        raise Forged("the secret is wrong")


def _basic(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value.strip(), validate=True).decode("utf-8", "replace").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
