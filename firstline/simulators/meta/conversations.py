"""What the simulated Meta remembers of conversations, and how it tells (Messenger Platform, *Conversations API*)."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from firstline.simulators.meta.world import INSTAGRAM, PAGE, World

KNOWN = {
    "conversations": {"id", "updated_time", "participants", "messages", "is_owner", "link", "snippet", "message_count"},
    "messages": {
        *("id", "created_time", "from", "to", "message", "attachments", "shares", "story", "reactions", "tags"),
        *("reply_to", "is_unsupported"),
    },
}
DETAILED = 20
"""Of so many of a conversation's latest messages Instagram tells more than id and time."""
A_SECOND = 2
_FIELD = re.compile(r"([a-z_]+)(?:\{[^{}]*\})?")


class NotTold(Exception):
    """Refused: code, words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Line:
    """One message of a conversation."""

    id: str
    at: float
    by_customer: bool
    text: str
    media: str = ""
    """Of a file that came with it."""


@dataclass
class Threads:
    """Conversations, by kind and customer."""

    lines: dict[tuple[str, str], list[Line]] = field(default_factory=dict)
    asked: deque[float] = field(default_factory=deque)

    def add(self, kind: str, who: str, line: Line) -> None:
        """Something was said."""
        self.lines.setdefault((kind, who), []).append(line)

    def conversations(self, world: World, own: str, query: Mapping[str, str]) -> dict[str, Any]:
        """The list, the newest first."""
        self._admit(world)
        kind = query.get("platform", "messenger").lower()
        if own not in (PAGE, INSTAGRAM) or kind not in ("messenger", "instagram"):
            raise NotTold(100, "Unsupported get request. Object does not exist")
        fields = _fields("conversations", query.get("fields", "id,updated_time"))
        one = query.get("user_id", "")
        mine = [(who, said) for (platform, who), said in self.lines.items() if platform == kind and one in ("", who)]
        mine.sort(key=lambda one: one[1][-1].at, reverse=True)
        listed = [{"id": f"t_{kind}_{who}", "updated_time": _written(said[-1].at)} for who, said in mine]
        return _paged([{name: one[name] for name in fields if name in one} for one in listed], query)

    def messages(self, world: World, name: str, query: Mapping[str, str], base: str) -> dict[str, Any]:
        """One conversation, the newest first."""
        self._admit(world)
        _, kind, who = (*name.split("_", 2), "", "")[:3]
        if (kind, who) not in self.lines:
            raise NotTold(100, "Unsupported get request. Object does not exist")
        fields = _fields("messages", query.get("fields", "id,created_time"))
        told = []
        for place, line in enumerate(reversed(self.lines[kind, who])):
            whole = self._told(world, kind, who, line, base)
            few = kind == "instagram" and place >= DETAILED
            told.append({key: whole[key] for key in ("id", "created_time") if few or key in fields})
            told[-1] |= {} if few else {key: whole[key] for key in fields if key in whole}
        return _paged(told, query)

    def _told(self, world: World, kind: str, who: str, line: Line, base: str) -> dict[str, Any]:
        own = {"id": INSTAGRAM if kind == "instagram" else PAGE, "name": "Veloria"}
        customer = {"id": who, "name": world.names.get(who, f"Customer {who[-4:]}")}
        sides = (customer, own) if line.by_customer else (own, customer)
        told: dict[str, Any] = {"id": line.id, "created_time": _written(line.at), "message": line.text}
        told |= {"from": sides[0], "to": {"data": [sides[1]]}}
        if line.media:
            url = f"{base}/files/{line.media}?signed=yes"
            media_type = world.media[line.media][1]
            about = {"id": line.media, "mime_type": media_type, "name": line.media}
            of_kind = {"image": {"image_data": {"url": url}}, "video": {"video_data": {"url": url}}}
            told["attachments"] = {"data": [{**about, **of_kind.get(media_type.partition("/")[0], {"file_url": url})}]}
        return told

    def _admit(self, world: World) -> None:
        """Two requests a second."""
        now = world.now()
        while self.asked and now - self.asked[0] >= 1.0:
            self.asked.popleft()
        if world.settings.limits and len(self.asked) >= A_SECOND:
            raise NotTold(613, "Calls to this api have exceeded the rate limit.")
        self.asked.append(now)


def _fields(edge: str, asked: str) -> list[str]:
    names = [found.group(1) for found in _FIELD.finditer(asked)]
    for name in names:
        if name not in KNOWN[edge]:
            raise NotTold(100, f"Tried accessing nonexisting field ({name})")
    return names


def _paged(found: list[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    limit, begin = min(int(query.get("limit", "25")), 100), int(query.get("after", "0"))
    end = begin + limit
    more = {"next": f"https://graph.facebook.com/next?after={end}"} if end < len(found) else {}
    return {"data": found[begin:end], "paging": {"cursors": {"before": str(begin), "after": str(end)}, **more}}


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
