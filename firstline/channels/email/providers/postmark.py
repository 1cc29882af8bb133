"""Postmark's inbound webhook: JSON, with the raw mail if it is switched on."""

import base64
import binascii
import json
from typing import Any

from firstline.channels.base import RawRequest
from firstline.channels.email.headers import Headers, file_name
from firstline.channels.email.mime import Envelope, Mail, Unreadable, kind_of, raw_of, read
from firstline.conversations.rules import Attachment


def mail(request: RawRequest) -> Mail:
    """:raises Unreadable: if it is no mail."""
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Unreadable("The delivery is no JSON.") from None
    if not isinstance(given, dict):
        raise Unreadable("The delivery is no JSON object.")
    envelope = Envelope(tuple(filter(None, (_text(given, "OriginalRecipient"),))))
    if raw := _text(given, "RawEmail"):
        return read(raw_of(raw), envelope)
    return Mail(headers_in(given), _text(given, "TextBody"), _text(given, "HtmlBody"), _files(given), envelope=envelope)


def headers_in(given: dict[str, Any]) -> Headers:
    """The mail's headers, and what the provider tells of them in fields of its own.

    :raises Unreadable: if there are none.
    """
    listed = given.get("Headers")
    pairs = [(one.get("Name"), one.get("Value")) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    found = Headers.of(pairs)
    fields = (("from", "From"), ("to", "To"), ("cc", "Cc"), ("subject", "Subject"), ("date", "Date"), ("reply-to", "ReplyTo"))
    missing = [(name, _text(given, key)[:8_000]) for name, key in fields if _text(given, key) and not found.has(name)]
    if not found.items and not missing:
        raise Unreadable("There is neither a raw mail nor a sender.")
    return Headers((*found.items, *missing))


def _files(given: dict[str, Any]) -> tuple[Attachment, ...]:
    listed = given.get("Attachments")
    found = []
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict):
            continue
        try:
            content = base64.b64decode(_text(one, "Content"))
        except (binascii.Error, ValueError):
            continue
        media = _text(one, "ContentType").partition(";")[0].strip().lower()[:200] or "application/octet-stream"
        inline = _text(one, "ContentID").removeprefix("cid:").strip("<>")[:400] or None
        name = file_name(_text(one, "Name"))
        found.append(Attachment(kind_of(media), name, media, len(content), content=content, inline_id=inline))
    return tuple(found)


def _text(given: dict[str, Any], key: str) -> str:
    value = given.get(key)
    return value if isinstance(value, str) else ""
