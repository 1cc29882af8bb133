"""Secrets at rest and signed tokens, from one key of the installation."""

import base64
import hmac
import json
import os
import secrets as random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadSignature, URLSafeTimedSerializer

from firstline.kit.errors import Conflict, Unauthenticated


class Keyring:
    """Encrypts, decrypts and signs; each purpose has a key of its own, derived from the one secret."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the secret key needs at least 32 bytes; make one with `openssl rand -hex 32`")
        self._secret = secret
        self._fernet = Fernet(base64.urlsafe_b64encode(self._derive("secrets")))

    @classmethod
    def at(cls, folder: Path, given: str | None = None) -> "Keyring":
        """The keyring of an installation: from the given secret, else from ``folder/secret.key``, made if missing."""
        if given is not None:
            return cls(given.encode())
        path = folder / "secret.key"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{os.getpid()}")
            fresh.touch(mode=0o600)
            fresh.write_text(random.token_hex(32))
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return cls(path.read_text().strip().encode())

    def _derive(self, purpose: str) -> bytes:
        return HKDF(hashes.SHA256(), 32, None, f"firstline:{purpose}".encode()).derive(self._secret)

    def key(self, purpose: str) -> bytes:
        """A key for a purpose that makes signatures of its own form."""
        return self._derive(f"key:{purpose}")

    def seal(self, values: Mapping[str, str]) -> bytes:
        """Encrypt a few named secrets."""
        return self._fernet.encrypt(json.dumps(dict(values)).encode())

    def open(self, sealed: bytes | None, *, most_seconds: int | None = None) -> dict[str, str]:
        """Decrypt what :meth:`seal` made, if it is not older than so many seconds.

        :raises Conflict: if it was sealed with another key, or is too old.
        """
        if not sealed:
            return {}
        try:
            opened: dict[str, str] = json.loads(self._fernet.decrypt(sealed, ttl=most_seconds))
        except InvalidToken:
            raise Conflict("Stored secrets cannot be read: the secret key is not the one they were sealed with.") from None
        return opened

    def mac(self, purpose: str, data: bytes) -> bytes:
        """A keyed hash (HMAC-SHA256) that nobody makes without the secret key."""
        return hmac.digest(self._derive(purpose), data, "sha256")

    def hint(self, purpose: str) -> str:
        """Which key it is, without saying the key: differs when the secret key does."""
        return self.mac(f"hint of {purpose}", b"").hex()[:8]

    def sign(self, purpose: str, value: Any) -> str:
        """A token that carries a value and cannot be forged."""
        return URLSafeTimedSerializer(self._derive(purpose)).dumps(value)

    def read(self, purpose: str, token: str, *, max_age: int | None = None) -> Any:
        """The value of a token.

        :raises Unauthenticated: if it is forged, for another purpose, or older than ``max_age`` seconds.
        """
        try:
            return URLSafeTimedSerializer(self._derive(purpose)).loads(token, max_age=max_age)
        except BadSignature:
            raise Unauthenticated("The token is forged or expired.") from None
