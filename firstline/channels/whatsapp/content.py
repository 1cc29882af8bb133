"""What one WhatsApp message says: its text, its files, and what else came with it. Pure; every type has one small reader."""

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from firstline.channels.graph.content import Content
from firstline.channels.graph.reading import items, mapping, number, plain, word
from firstline.conversations.rules import Attachment

MEDIA = {"image": "image", "video": "video", "audio": "audio", "document": "file", "sticker": "sticker"}


def content_of(message: Mapping[str, Any]) -> Content:
    """The content of a message of any type; one that is not known is kept as unsupported."""
    kind = word(message.get("type"), 60)
    reader = _READERS.get(kind)
    found = reader(message) if reader else _unsupported(message)
    extra = {**_referral(message), **_context(message), **_errors(message)}
    return Content(found.text, {**found.data, **extra}, found.attachments) if extra else found


def _text(message: Mapping[str, Any]) -> Content:
    return Content(word(mapping(message.get("text")).get("body")))


def _media(message: Mapping[str, Any]) -> Content:
    kind = word(message.get("type"))
    one = mapping(message.get(kind))
    ref = word(one.get("id"), 300)
    file = Attachment(
        MEDIA[kind],
        word(one.get("filename"), 300),
        word(one.get("mime_type"), 120),
        ref=ref,
        sha256=_sum(word(one.get("sha256"), 100)),
    )
    data = {"voice": True} if one.get("voice") is True else {}
    return Content(word(one.get("caption")), {**data, "type": kind}, (file,))


def _sum(text: str) -> str | None:
    """A SHA-256 in hexadecimal: webhooks write it in base 64, the look-up in hexadecimal."""
    if len(text) == 64 and all(letter in "0123456789abcdefABCDEF" for letter in text):
        return text.lower()
    try:
        raw = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw.hex() if len(raw) == 32 else None


def _location(message: Mapping[str, Any]) -> Content:
    one = mapping(message.get("location"))
    place = ", ".join(part for part in (word(one.get("name"), 200), word(one.get("address"), 400)) if part)
    where = f"{one.get('latitude')}, {one.get('longitude')}"
    return Content(
        f"Location: {place} ({where})" if place else f"Location: {where}", {"type": "location", "location": plain(one)}
    )


def _contacts(message: Mapping[str, Any]) -> Content:
    lines = []
    for one in items(message.get("contacts")):
        name = word(mapping(mapping(one).get("name")).get("formatted_name"), 200)
        phones = [word(mapping(phone).get("phone"), 40) for phone in items(mapping(one).get("phones"))]
        mails = [word(mapping(mail).get("email"), 200) for mail in items(mapping(one).get("emails"))]
        lines.append("Contact: " + ", ".join(part for part in (name, *phones, *mails) if part))
    return Content("\n".join(lines) or "Contact", {"type": "contacts", "contacts": plain(message.get("contacts"))})


def _interactive(message: Mapping[str, Any]) -> Content:
    one = mapping(message.get("interactive"))
    kind = word(one.get("type"), 60)
    reply = mapping(one.get(kind))
    if kind in ("button_reply", "list_reply"):
        return Content(word(reply.get("title"), 200), {"type": kind, "choice_id": word(reply.get("id"), 300)})
    if kind == "nfm_reply":
        data = {"type": kind, "form": word(reply.get("response_json")), "form_name": word(reply.get("name"), 100)}
        return Content(word(reply.get("body"), 1000) or "Form", data)
    if kind == "call_permission_reply":
        return Content(f"Calls: {word(reply.get('response'), 40) or 'answered'}", {"type": kind, "reply": plain(reply)})
    return Content("", {"type": "unsupported", "unsupported": f"interactive {kind}".strip(), "original": plain(one)})


def _button(message: Mapping[str, Any]) -> Content:
    one = mapping(message.get("button"))
    payload = word(one.get("payload"), 1000)
    return Content(word(one.get("text"), 200) or payload, {"type": "button", "choice_id": payload})


def _order(message: Mapping[str, Any]) -> Content:
    one = mapping(message.get("order"))
    lines = [word(one.get("text"), 2000) or "Order"]
    for item in items(one.get("product_items")):
        product = mapping(item)
        price = f"{product.get('item_price', '')} {word(product.get('currency'), 8)}".strip()
        lines.append(f"{number(product.get('quantity')) or 1} × {word(product.get('product_retailer_id'), 100)} {price}".strip())
    return Content("\n".join(lines), {"type": "order", "order": plain(one)})


def _welcome(message: Mapping[str, Any]) -> Content:
    return Content("", {"type": "request_welcome"})


def _unsupported(message: Mapping[str, Any]) -> Content:
    kind = word(message.get("type"), 60)
    inner = word(mapping(message.get("unsupported")).get("type"), 60)
    original = {key: one for key, one in message.items() if key not in ("from", "id", "timestamp", "context")}
    return Content("", {"type": "unsupported", "unsupported": inner or kind or "no type", "original": plain(original)})


def _referral(message: Mapping[str, Any]) -> dict[str, Any]:
    """The ad or post that the customer came from."""
    one = mapping(message.get("referral"))
    return {"referral": plain(one)} if one else {}


def _context(message: Mapping[str, Any]) -> dict[str, Any]:
    one = mapping(message.get("context"))
    found: dict[str, Any] = {}
    often = one.get("frequently_forwarded") is True
    if often or one.get("forwarded") is True:
        found |= {"forwarded": "often" if often else "once", "own_words": ""}
    if product := mapping(one.get("referred_product")):
        found["product"] = plain(product)
    return found


def _errors(message: Mapping[str, Any]) -> dict[str, Any]:
    errors = [plain(one) for one in items(message.get("errors")) if isinstance(one, dict)]
    return {"errors": errors[:5]} if errors else {}


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Content]] = {
    "text": _text,
    **dict.fromkeys(MEDIA, _media),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "order": _order,
    "request_welcome": _welcome,
}
