"""What one message of Messenger or Instagram says: its text, its files, and what else came with it. Pure."""

from collections.abc import Mapping
from typing import Any

from firstline.channels.graph.content import Content
from firstline.channels.graph.reading import items, mapping, plain, word
from firstline.conversations.rules import Attachment

UNSUPPORTED = "(Sent something that is not passed on: {kind})"
FILES = {"image": "image", "audio": "audio", "video": "video", "file": "file", "sticker": "sticker"}
_SEEN_AS_FILES = {"story_mention": "file", "ephemeral": "file"}


def content_of(message: Mapping[str, Any]) -> Content:
    """The content of a message; one with nothing in it is kept all the same."""
    lines = [word(message.get("text"))]
    data: dict[str, Any] = {}
    files: list[Attachment] = []
    stickers: set[str] = set()
    for item in items(message.get("attachments")):
        one = mapping(item)
        kind, payload = word(one.get("type"), 60), mapping(one.get("payload"))
        url = word(payload.get("url"), 4000) or word(one.get("url"), 4000)
        sticker = word(payload.get("sticker_id"), 60)
        if sticker and sticker in stickers:
            continue
        if sticker:
            stickers.add(sticker)
            kind = "sticker"
        if (kind in FILES or kind in _SEEN_AS_FILES) and url:
            files.append(Attachment(FILES.get(kind) or _SEEN_AS_FILES[kind], word(payload.get("title"), 200), ref=url))
        else:
            lines.append(_line(kind, one, payload, url))
            data |= {key: plain(payload[key]) for key in ("product", "booking") if mapping(payload.get(key))}
    if quick := mapping(message.get("quick_reply")):
        data["choice_id"] = word(quick.get("payload"), 1000)
    if story := mapping(mapping(message.get("reply_to")).get("story")):
        data["story"] = plain(story)
    if referral := mapping(message.get("referral")):
        data["referral"] = plain(referral)
    text = "\n".join(line for line in lines if line)
    if not text and not files:
        kinds = [word(mapping(one).get("type"), 40) for one in items(message.get("attachments"))]
        kind = "unsupported" if message.get("is_unsupported") is True else ", ".join(filter(None, kinds)) or "an empty message"
        data |= {"type": "unsupported", "unsupported": kind}
        text = UNSUPPORTED.format(kind=kind)
    return Content(text, data, tuple(files))


def _line(kind: str, one: Mapping[str, Any], payload: Mapping[str, Any], url: str) -> str:
    """Words for what is no file: a shared link, a place, a post."""
    title = word(payload.get("title"), 300) or word(one.get("title"), 300)
    if kind == "location":
        where = mapping(payload.get("coordinates"))
        return f"Location: {title + ' ' if title else ''}({where.get('lat', '?')}, {where.get('long', '?')})"
    elements = items(mapping(payload.get("product")).get("elements"))
    if products := [said for one in elements if (said := word(mapping(one).get("title"), 300))][:10]:
        title = ", ".join(products)
    if title or url:
        return " ".join(part for part in (title, url) if part)
    if kind in ("fallback", ""):
        return ""
    return f"({kind.replace('_', ' ')})"
