"""Known customers: the website's own server says who is signed in, with a JSON Web Token that it signs (RFC 7519, HS256).

Everything here is pure. Nothing of a token's claims is read before its signature is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OctKey

from firstline.kit.errors import Invalid
from firstline.kit.foreign import storable
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
    claims = _opened(token, keys)
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


def _opened(token: str, keys: Sequence[bytes]) -> dict[str, Any]:
    """The claims of a token whose signature is right."""
    if not keys:
        raise NotBelieved("the chat has no key for known customers")
    if len(token) > TOKEN_LIMIT:
        raise NotBelieved(f"the token has more than {TOKEN_LIMIT:,} characters")
    for key in keys:
        try:
            found: dict[str, Any] = storable(jwt.decode(token, OctKey.import_key(key), algorithms=["HS256"]).claims)
            return found
        except BadSignatureError:
            continue
        except (JoseError, ValueError, TypeError, RecursionError):
            raise NotBelieved("it is no JSON Web Token that is signed by HS256") from None
    raise NotBelieved("the token is not signed with the chat's key for known customers")


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
