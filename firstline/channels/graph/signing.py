"""Meta's signatures: of the webhooks that come in, and of what we send and want to recognise."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping

from firstline.channels.base import Forged, RawRequest, Response


def secrets_in(text: str) -> tuple[str, ...]:
    """Several secrets in one field, separated by spaces or lines: the new one and the old one while a secret is changed."""
    return tuple(text.split())


def signature(secret: str, body: bytes) -> str:
    """The value of ``X-Hub-Signature-256`` for a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify(request: RawRequest, app_secrets: Iterable[str], verify_token: str) -> Response | None:
    """The handshake's answer for a GET; for a POST nothing, if the signature over the raw bytes fits one of the secrets.

    :raises Forged: if token or signature are wrong, or none is configured.
    """
    if request.method in ("GET", "HEAD"):
        return _handshake(request.query, verify_token)
    given = request.headers.get("x-hub-signature-256", "").strip().encode("utf-8", "replace")
    fits = [hmac.compare_digest(signature(secret, request.body).encode(), given) for secret in app_secrets]
    if not any(fits):
        raise Forged("X-Hub-Signature-256 fits none of the app secrets." if fits else "The account has no app secret.")
    return None


def _handshake(query: Mapping[str, str], verify_token: str) -> Response:
    given = query.get("hub.verify_token", "").encode("utf-8", "replace")
    if query.get("hub.mode") != "subscribe" or not verify_token or not hmac.compare_digest(given, verify_token.encode()):
        raise Forged("The verify token is not the one of the account.")
    return Response(200, query.get("hub.challenge", "").encode("utf-8", "replace"))


def proof(app_secret: str, token: str) -> str:
    """``appsecret_proof``: shows that a request with the token comes from who has the app secret too."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def sealed_choice(secret: str, conversation_id: str, entry_id: str, number: str) -> str:
    """The id of a button: it comes back with a tap, perhaps a month later, and tells which message of which conversation it
    was on. Nobody else can make one."""
    said = f"{conversation_id}:{entry_id}:{number}"
    return f"fl1:{said}:{_seal(secret, said)}"


def opened_choice(secrets: Iterable[str], id: str) -> tuple[str, str, str] | None:
    """Conversation, message and number of a tapped button; None if it is not one of ours."""
    parts = id.split(":")
    if len(parts) != 5 or parts[0] != "fl1":
        return None
    said = ":".join(parts[1:4])
    fits = [hmac.compare_digest(_seal(secret, said).encode(), parts[4].encode("utf-8", "replace")) for secret in secrets]
    return (parts[1], parts[2], parts[3]) if any(fits) else None


def _seal(secret: str, said: str) -> str:
    return hmac.new(secret.encode(), b"firstline-choice:" + said.encode(), hashlib.sha256).hexdigest()[:20]
