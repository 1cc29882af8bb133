"""What one message on a channel of Meta's says, whichever it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from firstline.channels.graph.reading import number
from firstline.channels.graph.signing import opened_choice
from firstline.conversations.rules import Attachment


@dataclass(frozen=True)
class Content:
    """The readable part of a message."""

    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()


def with_choice(content: Content, secrets: tuple[str, ...]) -> dict[str, Any]:
    """The data of a message; a tap on a button that we made names its message, another one is only its text."""
    data = dict(content.data)
    if opened := opened_choice(secrets, str(data.get("choice_id", ""))):
        conversation, entry, chosen = opened
        data["choice"] = {"conversation": conversation, "message": entry, "number": number(chosen) or 0, "label": content.text}
    return data
