"""Passwords and random tokens: made, hashed, compared."""

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from firstline.kit.errors import Invalid

SHORTEST, LONGEST = 10, 200
_hasher = PasswordHasher()


@cache
def _nobody() -> str:
    """The hash of a password that nobody knows."""
    return _hasher.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """An Argon2id hash.

    :raises Invalid: if the password is shorter than 10 or longer than 200 characters.
    """
    if len(password) < SHORTEST:
        raise Invalid(
            f"The password has {len(password)} characters; use at least {SHORTEST}.",
            field="password",
        )
    if len(password) > LONGEST:
        raise Invalid(
            f"The password has {len(password)} characters; {LONGEST} are the limit.",
            field="password",
        )
    return _hasher.hash(password)


def matches(password: str, hashed: str | None) -> bool:
    """Whether a password fits its hash; takes as long when there is none, so that nobody can tell by the clock."""
    try:
        _hasher.verify(hashed or _nobody(), password[:LONGEST])
    except (Argon2Error, InvalidHashError):
        return False
    return hashed is not None


def new_token(prefix: str = "") -> str:
    """A random token of 32 characters after its prefix."""
    return prefix + secrets.token_urlsafe(24)


def token_hash(token: str) -> bytes:
    """What is kept of a token: it is random already, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
