"""Our messages → the bodies that are posted to ``/messages``. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from firstline.channels.base import Outbound
from firstline.channels.graph.signing import sealed_choice
from firstline.conversations.rules import Attachment
from firstline.kit.errors import Rejected

WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)


def render(
    message: Outbound, media: Sequence[str] = (), *, secret: str = "", human_agent: bool = False, updates: bool = True
) -> list[dict[str, Any]]:
    """The bodies to post, in order: the text with its quick replies, and each file in a message of its own.

    :param media: ids of the uploaded attachments, in their order. :param secret: seals the quick replies.
    :param human_agent: whether people may write for 7 days.
    :param updates: whether the platform knows messages that answer nothing.
    :raises Rejected: if the window is closed to whoever wrote it.
    """
    head = {"recipient": {"id": message.to}, **allowed(message, human_agent, updates)}
    bodies: list[dict[str, Any]] = []
    if text := message.text.strip():
        bodies.append({"text": text})
    for file, id in zip(message.attachments, media, strict=True):
        bodies.append({"attachment": {"type": wire_kind(file), "payload": {"attachment_id": id}}})
    if bodies and message.buttons:
        bodies[-1]["quick_replies"] = [
            {
                "content_type": "text",
                "title": button.title[:20],
                "payload": sealed_choice(secret, message.conversation_id, message.entry_id, button.id),
            }
            for button in message.buttons
        ]
    quoted = {"reply_to": {"mid": message.reply_to}} if message.reply_to else {}
    return [
        {**head, **(quoted if place == 0 else {}), "message": {**body, "metadata": message.correlation}}
        for place, body in enumerate(bodies)
    ]


def allowed(message: Outbound, human_agent: bool, updates: bool = True) -> dict[str, str]:
    """Under what name it may be sent: within 24 hours as a response, or an update if the customer was answered; later only what a
    person wrote, with the tag for that.

    :raises Rejected: if it may not be sent. A machine never gets the tag.
    """
    within = {"messaging_type": "RESPONSE" if message.answers or not updates else "UPDATE"}
    if message.last_customer_at is None or message.at is None:
        return within
    since = message.at - message.last_customer_at
    if since < WINDOW:
        return within
    if message.by_kind != "teammate":
        raise Rejected("The reply window of 24 hours is closed; after it only people may write.")
    if not human_agent or since >= HUMAN_WINDOW:
        raise Rejected("The reply window is closed: the customer's last message is too old. Wait until they write again.")
    return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


def wire_kind(file: Attachment) -> str:
    """As what a file is sent."""
    size = file.size or len(file.content or b"")
    if file.kind in ("image", "sticker") and size <= 8_000_000 and file.media_type in ("image/png", "image/jpeg", "image/gif"):
        return "image"
    return file.kind if file.kind in ("audio", "video") else "file"
