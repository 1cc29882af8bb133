"""Mailgun's routes. The signature covers a time and a token, not the mail: the token must be new, which intake checks."""

import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from firstline.channels.base import Account, Forged, RawRequest
from firstline.channels.email.config import secret
from firstline.channels.email.headers import Headers
from firstline.channels.email.mime import Envelope, Mail, Unreadable, kind_of, read
from firstline.channels.email.providers.forms import Form, form_of
from firstline.conversations.rules import Attachment

OLDEST = timedelta(hours=9)
"""Mailgun repeats a delivery for about eight hours."""


def verify(account: Account, request: RawRequest) -> None:
    """:raises Forged: if the signature is wrong or too old."""
    key = secret(account, "webhook_secret")
    if not key:
        raise Forged("the account has no webhook signing key")
    try:
        form = form_of(request)
    except Unreadable as error:
        raise Forged(str(error)) from None
    stamp, token, signature = form.text("timestamp"), form.text("token"), form.text("signature")
    right = hmac.new(key.encode(), (stamp + token).encode(), sha256).hexdigest()
    if not hmac.compare_digest(right.encode(), signature.strip().lower().encode()):
        raise Forged("the signature is wrong")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 13):
        raise Forged("the time is no number")
    age = abs((request.at or datetime.now(UTC)) - datetime.fromtimestamp(int(stamp), UTC))
    if age > OLDEST:
        raise Forged("the signature is too old")


def token(request: RawRequest) -> str:
    """The one-time token."""
    return form_of(request).text("token")[:100]


def mail(request: RawRequest) -> Mail:
    """:raises Unreadable: if it is no mail."""
    form = form_of(request)
    envelope = Envelope(tuple(filter(None, (form.text("recipient"),))), form.text("sender") if "sender" in form.fields else None)
    if raw := form.fields.get("body-mime"):
        return read(raw, envelope)
    return Mail(headers_in(form), form.text("body-plain"), form.text("body-html"), _files(form), envelope=envelope)


def headers_in(form: Form) -> Headers:
    """The mail's headers, and what the provider tells of them in fields of its own.

    :raises Unreadable: if there are none.
    """
    try:
        pairs = json.loads(form.text("message-headers") or "[]")
        found = Headers.of((one[0], one[1]) for one in pairs if isinstance(one, list) and len(one) == 2)
    except (ValueError, TypeError, RecursionError):
        found = Headers()
    missing = [(name, form.text(name)) for name in ("from", "subject") if form.text(name) and not found.has(name)]
    if not found.items and not missing:
        raise Unreadable("There is neither a raw mail nor a sender.")
    return Headers((*found.items, *((name, value[:8_000]) for name, value in missing)))


def _files(form: Form) -> tuple[Attachment, ...]:
    try:
        named = json.loads(form.text("content-id-map") or "{}")
        inline = {str(field): str(cid).strip("<>") for cid, field in named.items()}
    except (ValueError, AttributeError, RecursionError):
        inline = {}
    return tuple(
        Attachment(
            kind_of(file.media_type),
            file.file_name,
            file.media_type,
            len(file.content),
            content=file.content,
            inline_id=inline.get(file.name),
        )
        for file in form.files
    )
