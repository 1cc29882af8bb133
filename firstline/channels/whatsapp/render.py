"""Our messages → the bodies that are posted to ``/messages``. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from firstline.channels.asking import PHONE
from firstline.channels.base import Outbound, Template
from firstline.channels.graph.signing import sealed_choice
from firstline.channels.splitting import split
from firstline.channels.whatsapp.templates import filled
from firstline.contacts.rules import IdentityKind
from firstline.conversations.rules import Attachment

TEXT = 4_096
BODY = 1_024
"""Characters of the text of a message with buttons."""
CAPTION = 1_024
CAPTIONED = frozenset({"image", "video", "document"})
REPLY_BUTTONS = 3
_HIDDEN = (IdentityKind.WHATSAPP_USER, IdentityKind.WHATSAPP_PARENT)
"""Addresses that do not tell the phone number."""
_MB = 1_000_000
_IMAGES = {"image/jpeg", "image/png"}
_OFFICE = "application/vnd.openxmlformats-officedocument"
_TEXTS = {"text/plain", "text/csv", "text/markdown", "text/vcard", "text/calendar"}
_DOCUMENTS = {
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    f"{_OFFICE}.wordprocessingml.document",
    f"{_OFFICE}.spreadsheetml.sheet",
    f"{_OFFICE}.presentationml.presentation",
}
_VIDEOS = {"video/mp4", "video/3gpp"}
_AUDIO = {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}


TAKEN = frozenset({*_IMAGES, "image/webp", *_VIDEOS, *_AUDIO, *_DOCUMENTS, *_TEXTS})
"""Media types that can be uploaded, after Meta's list."""


def uploaded_as(media_type: str) -> str:
    """By what type a file is uploaded: all kinds of plain text are one to WhatsApp."""
    return "text/plain" if media_type in _TEXTS else media_type


def render(
    message: Outbound, media: Sequence[str] = (), *, secret: str = "", template: Template | None = None
) -> list[dict[str, Any]]:
    """The bodies to post, in order; mostly one.

    :param media: ids of the uploaded attachments, in their order. :param secret: seals the buttons.
    """
    head = envelope(message)
    if template is not None:
        values = [str(value) for value in message.data.get("template", {}).get("variables", ())]
        return [{**head, "type": "template", "template": filled(template, values)}]
    files = list(zip(message.attachments, media, strict=True))
    bodies = [_file(file, id) for file, id in files]
    text = message.text.strip()
    if text and _asks_phone(message):
        bodies = _interactive(text, "request_contact_info", {"name": "request_contact_info"})
    elif text and message.buttons:
        bodies = [*_with_buttons(message, text, secret), *bodies]
    elif text and len(files) == 1 and len(text) <= CAPTION and wire_kind(files[0][0]) in CAPTIONED:
        kind = bodies[0]["type"]
        bodies[0][kind] = {**bodies[0][kind], "caption": text}
    elif text:
        bodies = [{"type": "text", "text": {"body": text, "preview_url": False}}, *bodies]
    quoted = {"context": {"message_id": message.reply_to}} if message.reply_to and message.part == 0 else {}
    return [{**head, **(quoted if place == 0 else {}), **body} for place, body in enumerate(bodies)]


def envelope(message: Outbound) -> dict[str, Any]:
    """Whom it is for, and by what name we know it again."""
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **address(message),
        "biz_opaque_callback_data": message.correlation,
        **({"recipient_identity_key_hash": message.holder_key} if message.holder_key else {}),
    }


def address(message: Outbound) -> dict[str, str]:
    """``to`` is a phone number with its plus sign; who has only a business-scoped id is the ``recipient``."""
    kind = message.identity.kind if message.identity else IdentityKind.WHATSAPP
    if kind in _HIDDEN:
        return {"recipient": message.to}
    return {"to": "+" + message.to.lstrip("+")}


def wire_kind(file: Attachment) -> str:
    """As what a file is sent: what WhatsApp would refuse as a picture, film or sound goes as a document."""
    size = file.size or len(file.content or b"")
    if file.media_type in _IMAGES and size <= 5 * _MB:
        return "image"
    if file.media_type in _VIDEOS and size <= 16 * _MB:
        return "video"
    if file.media_type in _AUDIO and size <= 16 * _MB:
        return "audio"
    if file.kind == "sticker" and file.media_type == "image/webp" and size <= 100_000:
        return "sticker"
    return "document"


def _file(file: Attachment, id: str) -> dict[str, Any]:
    kind = wire_kind(file)
    return {"type": kind, kind: {"id": id, **({"filename": file.name or "file"} if kind == "document" else {})}}


def _with_buttons(message: Outbound, text: str, secret: str) -> list[dict[str, Any]]:
    """Up to three buttons, else a list. Text that is too long for one of these goes ahead."""
    titles = [button.title for button in message.buttons]
    if len(set(titles)) < len(titles):
        lines = "\n".join(f"{button.id}. {button.title}" for button in message.buttons)
        return [{"type": "text", "text": {"body": part, "preview_url": False}} for part in split(f"{text}\n{lines}", TEXT)]
    ids = {one.id: sealed_choice(secret, message.conversation_id, message.entry_id, one.id) for one in message.buttons}
    action: Mapping[str, Any]
    if len(titles) <= REPLY_BUTTONS:
        kind = "button"
        action = {
            "buttons": [{"type": "reply", "reply": {"id": ids[one.id], "title": one.title[:20]}} for one in message.buttons]
        }
    else:
        kind = "list"
        rows = [{"id": ids[one.id], "title": one.title[:24]} for one in message.buttons]
        action = {"button": "☰", "sections": [{"rows": rows}]}
    return _interactive(text, kind, action)


def _asks_phone(message: Outbound) -> bool:
    """Whether the customer, whose number WhatsApp hides, is asked for it (*Business-scoped user IDs › Request contact info*)."""
    hidden = message.identity is not None and message.identity.kind in _HIDDEN
    return hidden and message.data.get("asks") == PHONE and message.part == message.parts - 1


def _interactive(text: str, kind: str, action: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Words with something to tap; those that are too long for it go ahead."""
    *before, last = split(text, BODY)
    ahead = [{"type": "text", "text": {"body": part, "preview_url": False}} for part in ["\n\n".join(before)] if part]
    return [*ahead, {"type": "interactive", "interactive": {"type": kind, "body": {"text": last}, "action": action}}]
