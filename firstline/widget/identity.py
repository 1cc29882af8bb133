"""Known customers: the website's own server says who is signed in, with a JSON Web Token that it signs (RFC 7519, HS256).

Everything here is pure. Nothing of a token is read before its signature is right.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from firstline.kit import foreign
from firstline.kit.errors import Invalid
from firstline.people.commands import clean_email

LONGEST_LIFE = timedelta(hours=1)
"""How far ahead ``exp`` may be: a token is made for one page, not kept."""
SKEW = timedelta(minutes=1)
"""How far the website's clock may be from ours."""
TOKEN_LIMIT = 4_000
_NAME_LIMIT = 200


class NotBelieved(Exception):
    """Why a token says nothing, in words for whoever put the chat on the page."""


@dataclass(frozen=True)
class Known:
    """Who is signed in: the website's own id of the customer, and what it tells besides. ``email_verified``: the website has
    checked that the address is the customer's; otherwise it is a claim like one that is typed."""

    subject: str
    email: str | None = None
    email_verified: bool = False
    name: str | None = None


@dataclass(frozen=True)
class Pass:
    """A token that is believed: whom it is about, its ``jti``, and when it ends."""

    known: Known
    id: str
    ends: datetime


def keys_in(secret: str) -> tuple[bytes, ...]:
    """The keys of an account: one, or the new and the old one with a space between."""
    return tuple(key.encode() for key in secret.split())


def read_pass(token: str, keys: Sequence[bytes], account_id: str, now: datetime) -> Pass:
    """What a token says.

    :raises NotBelieved: if it was not signed with one of the keys, is for another chat, has ended, would be good for longer than
        :data:`LONGEST_LIFE`, or lacks a claim.
    """
    header, claims = _opened(token, keys)
    if header.get("alg") != "HS256" or "crit" in header:
        raise NotBelieved("the token is signed with another method than HS256")
    audience = claims.get("aud")
    if account_id not in (audience if isinstance(audience, list) else [audience]):
        raise NotBelieved(f"the token's aud is not {account_id}")
    ends = _instant(claims, "exp")
    if ends is None:
        raise NotBelieved("the token has no exp")
    if ends + SKEW <= now:
        raise NotBelieved("the token has ended; make one for each page")
    if ends > now + LONGEST_LIFE + SKEW:
        raise NotBelieved("the token is good for longer than an hour; make a shorter one for each page")
    for claim in ("nbf", "iat"):
        begins = _instant(claims, claim)
        if begins is not None and begins > now + SKEW:
            raise NotBelieved(f"the token's {claim} is in the future")
    return Pass(_known(claims), _word(claims, "jti"), ends)


def _opened(token: str, keys: Sequence[bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    if not keys:
        raise NotBelieved("the chat has no key for known customers")
    if len(token) > TOKEN_LIMIT or not token.isascii() or token.count(".") != 2:
        raise NotBelieved("it is no JSON Web Token of three parts")
    signed, _, signature = token.rpartition(".")
    given = _decoded(signature)
    if not any(hmac.compare_digest(given, hmac.digest(key, signed.encode(), hashlib.sha256)) for key in keys):
        raise NotBelieved("the token is not signed with the chat's key for known customers")
    header, _, claims = signed.partition(".")
    return _object(header), _object(claims)


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        raise NotBelieved("it is no JSON Web Token of three parts") from None


def _object(part: str) -> dict[str, Any]:
    try:
        value = foreign.storable(foreign.decoded(_decoded(part)))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise NotBelieved("the token holds no JSON object")
    return value


def _known(claims: dict[str, Any]) -> Known:
    email, name = claims.get("email"), claims.get("name")
    try:
        address = clean_email(email).lower() if isinstance(email, str) and email.strip() else None
    except Invalid:
        raise NotBelieved("the token's email is no address") from None
    proven = address is not None and claims.get("email_verified") is True
    return Known(_word(claims, "sub"), address, proven, " ".join(name.split())[:_NAME_LIMIT] if isinstance(name, str) else None)


def _word(claims: dict[str, Any], claim: str) -> str:
    value = claims.get(claim)
    if not isinstance(value, str) or not value.strip() or len(value) > _NAME_LIMIT:
        raise NotBelieved(f"the token has no {claim} of 1 to {_NAME_LIMIT} characters")
    return value


def _instant(claims: dict[str, Any], claim: str) -> datetime | None:
    value = claims.get(claim)
    if value is None:
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(claim)
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise NotBelieved(f"the token's {claim} is no number of seconds since 1970") from None
