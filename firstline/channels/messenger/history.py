"""A conversation as the Conversations API gives it → the events that its webhooks would have been. Pure.

Fields as the Graph API reference has them (*Conversation*, *Message*). A message of the page does not say which app sent it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from firstline.channels.abilities import Heard
from firstline.channels.graph.reading import items, mapping, moment, word
from firstline.channels.graph.webhooks import read_items
from firstline.channels.happenings import Echo, Happening, Inbound, Parsed
from firstline.channels.messenger.events import Page, happened
from firstline.channels.rereading.rules import MARK

REST = "conversations"
"""Where a delivery that was read says that it comes from."""
_FORMER = "m_mid."
"""Until 2018 ids began with ``mid.`` in webhooks, and the API put ``m_`` before them; today's begin with ``m_`` in both."""
_KINDS = {"image": "image", "video": "video", "audio": "audio"}


def mid_of(value: Any) -> str:
    """A message's id in the form of the webhooks."""
    said = word(value, 400)
    return said[2:] if said.startswith(_FORMER) else said


def read(page: Page, body: Any) -> Parsed:
    """What was said, oldest first. Broken messages are problems; the others count.

    :raises ValueError: if it is no conversation.
    """
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        raise ValueError("a conversation is an object with messages")
    standby, messages = body.get("is_owner") is False, body["messages"]
    return read_items(((one, partial(_marked, page, one, standby=standby)) for one in messages), len(messages))


def _marked(page: Page, message: Any, *, standby: bool) -> list[Happening]:
    found = happened(page, event_of(page, message), standby=standby)
    return [replace(one, data={**one.data, MARK: True}) if isinstance(one, Inbound | Echo) else one for one in found]


def heard(page: Page, message: Any) -> Heard:
    """What is needed to see whether a message is here.

    :raises ValueError: if it is broken.
    """
    (one,) = read(page, {"messages": [message]}).happenings or (None,)
    if isinstance(one, Inbound) and one.at is not None:
        return Heard(one.provider_id, one.at, one.text)
    if isinstance(one, Echo):
        return Heard(one.provider_id, one.at, one.text, incoming=False)
    raise ValueError("it says nothing")


def event_of(page: Page, message: Any) -> dict[str, Any]:
    """The event of a webhook for one message.

    :raises ValueError: if it does not say between whom it is, or when.
    """
    one = mapping(message)
    mid, own = mid_of(one.get("id")), page.config.own_ids
    sender = word(mapping(one.get("from")).get("id"), 200)
    to = next((word(mapping(who).get("id"), 200) for who in items(mapping(one.get("to")).get("data"))), "")
    if not mid or not sender:
        raise ValueError("a message without id or sender")
    outgoing = sender in own
    if outgoing == (to in own) or (outgoing and not to):
        raise ValueError("it is not between a customer and this account")
    said = {
        "mid": mid,
        "text": word(one.get("message")),
        "attachments": [*_files(one), *_shares(one)],
        **({"reply_to": {"mid": mid_of(reply)}} if (reply := mapping(one.get("reply_to")).get("mid")) else {}),
        **({"is_unsupported": True} if one.get("is_unsupported") is True else {}),
        **({"is_echo": True} if outgoing else {}),
    }
    at = int(moment(one.get("created_time")).timestamp() * 1000)
    return {"sender": {"id": sender}, "recipient": {"id": to}, "timestamp": at, "message": said}


def _files(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for item in items(mapping(message.get("attachments")).get("data")):
        one = mapping(item)
        picture, film = mapping(one.get("image_data")), mapping(one.get("video_data"))
        name = word(one.get("name"), 200)
        if url := word(picture.get("url"), 4000) or word(picture.get("preview_url"), 4000):
            yield {"type": "sticker" if picture.get("render_as_sticker") is True else "image", "payload": {"url": url}}
        elif url := word(film.get("url"), 4000):
            yield {"type": "video", "payload": {"url": url}}
        elif url := word(one.get("file_url"), 4000):
            kind = _KINDS.get(word(one.get("mime_type"), 80).partition("/")[0], "file")
            yield {"type": kind, "payload": {"url": url, "title": name}}
        elif template := mapping(one.get("generic_template")):
            yield {"type": "template", "title": word(template.get("title"), 300)}
        else:
            yield {"type": "fallback", "title": name}


def _shares(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for item in items(mapping(message.get("shares")).get("data")):
        one = mapping(item)
        yield {"type": "fallback", "title": word(one.get("name"), 300), "url": word(one.get("link"), 4000)}
