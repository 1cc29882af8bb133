"""SendGrid's Inbound Parse: a form whose fields have charsets of their own, or the raw mail."""

import json
from typing import Any

from firstline.channels.base import RawRequest
from firstline.channels.email.headers import Headers
from firstline.channels.email.mime import Envelope, Mail, Unreadable, kind_of, read
from firstline.channels.email.providers.forms import Form, form_of
from firstline.conversations.rules import Attachment


def mail(request: RawRequest) -> Mail:
    """:raises Unreadable: if it is no mail."""
    form = form_of(request)
    envelope = _envelope(form)
    if raw := form.fields.get("email"):
        return read(raw, envelope)
    return Mail(headers_in(form), _text(form, "text"), _text(form, "html"), _files(form), envelope=envelope)


def headers_in(form: Form) -> Headers:
    """The mail's headers, and what the provider tells of them in fields of its own.

    :raises Unreadable: if there are none.
    """
    headers = Headers.read(form.fields.get("headers", b"")[:256_000])
    told = {name: _text(form, name)[:8_000] for name in ("from", "to", "cc", "subject") if not headers.has(name)}
    missing = [(name, value) for name, value in told.items() if value]
    if not headers.items and not missing:
        raise Unreadable("There is neither a raw mail nor a sender.")
    return Headers((*headers.items, *missing))


def _text(form: Form, name: str) -> str:
    """A field in the charset that the form names for it."""
    charset = _json(form, "charsets").get(name)
    return form.text(name, charset if isinstance(charset, str) else None)


def _envelope(form: Form) -> Envelope:
    given = _json(form, "envelope")
    to, sender = given.get("to"), given.get("from")
    recipients = tuple(one for one in to if isinstance(one, str)) if isinstance(to, list) else ()
    return Envelope(recipients, sender if isinstance(sender, str) else None)


def _files(form: Form) -> tuple[Attachment, ...]:
    about, inline = _json(form, "attachment-info"), {}
    for cid, field in _json(form, "content-ids").items():
        if isinstance(field, str):
            inline[field] = cid.strip("<>")
    found = []
    for file in form.files:
        told = about.get(file.name)
        kind = told.get("type") if isinstance(told, dict) and isinstance(told.get("type"), str) else file.media_type
        media = str(kind).partition(";")[0].lower()
        found.append(
            Attachment(
                kind_of(media), file.file_name, media, len(file.content), content=file.content, inline_id=inline.get(file.name)
            )
        )
    return tuple(found)


def _json(form: Form, name: str) -> dict[str, Any]:
    try:
        given = json.loads(form.text(name) or "{}")
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}
