"""A message as the channel's webhook gets it. Pure."""

import json
from collections.abc import Sequence
from typing import Any

from firstline.channels.base import Account, Outbound
from firstline.channels.custom.config import Declared
from firstline.channels.formatting import formatted, plain


def event_id(message: Outbound) -> str:
    """The same for every attempt, and without a dot: Standard Webhooks signs ``id.timestamp.body``."""
    return message.correlation.replace(".", "-")


def render(account: Account, message: Outbound, can: Declared, links: Sequence[str]) -> bytes:
    """The event ``message.created``. ``text`` has no marks and is no longer than declared, ``rich_text`` has the declared ones.

    :param links: the address of each attachment, in their order.
    """
    data: dict[str, Any] = {
        "id": message.correlation,
        "message_id": message.entry_id,
        "attempt": message.attempt,
        "part": message.part + 1,
        "parts": message.parts,
        "account_id": account.id,
        "channel_id": account.settings.get("custom_channel_id"),
        "delivery_identifier": account.settings.get("delivery_identifier", ""),
        "conversation_id": message.conversation_id,
        "thread_id": message.thread,
        "recipient": {"id": message.to},
        "author": {"kind": {"teammate": "human", "agent": "ai"}.get(message.by_kind, "system"), "name": message.by_name},
        "text": plain(message.text),
        "rich_text": _rich(message.text, can),
        "in_reply_to": message.reply_to,
        "buttons": [{"id": button.id, "title": button.title} for button in message.buttons],
        "attachments": [
            {"kind": file.kind, "name": file.name, "media_type": file.media_type, "size": file.size, "url": link}
            for file, link in zip(message.attachments, links, strict=True)
        ],
    }
    return event("message.created", message.at.isoformat() if message.at else "", data)


def _rich(text: str, can: Declared) -> dict[str, str] | None:
    if not can.rich_text:
        return None
    form = can.rich_text_format
    return {"format": form, "text": formatted(text, frozenset(can.rich_text), form)}


def sign(account: Account, to: str, provider_id: str, conversation_id: str, thread: str | None) -> dict[str, Any]:
    """What is told with ``message.read`` and ``typing.started``.

    :param provider_id: the customer's latest message, as it was published.
    """
    return {
        "message_id": provider_id,
        "account_id": account.id,
        "channel_id": account.settings.get("custom_channel_id"),
        "delivery_identifier": account.settings.get("delivery_identifier", ""),
        "conversation_id": conversation_id,
        "thread_id": thread,
        "recipient": {"id": to},
    }


def event(kind: str, timestamp: str, data: dict[str, Any]) -> bytes:
    """An event in the convention of Standard Webhooks."""
    return json.dumps({"type": kind, "timestamp": timestamp, "data": data}, ensure_ascii=False).encode()
