"""The frames a browser is sent."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from firstline.channels.linking import Links
from firstline.conversations.attaching import File
from firstline.conversations.rules import Received
from firstline.kit.sniffing import SHOWN
from firstline.widget.queries import Line, Snapshot, Standing, first_name
from firstline.widget.rules import BadFrame
from firstline.widget.site import Site
from firstline.widget.visitors import Visitor
from firstline.widget.wording import Wording

Frame = dict[str, Any]
PONG: Frame = {"t": "pong"}


def ready(site: Site, visitor: Visitor, seen: Snapshot, links: Links, transcript: str = "") -> Frame:
    """Everything a chat shows when it opens. ``transcript``: where the conversation can be sent, masked."""
    return {
        "t": "ready",
        "visitor": visitor.token,
        "conversation": seen.standing.conversation,
        "entries": [entry(line, site, links) for line in seen.lines],
        "more": seen.more,
        "cursor": str(seen.cursor),
        "agent": site.agent(),
        "limits": {"text": site.text_limit},
        "transcript": transcript,
        **_standing(site, seen.standing),
    }


def state(site: Site, standing: Standing) -> Frame:
    """Who has the conversation now."""
    return {"t": "state", **_standing(site, standing)}


def _standing(site: Site, standing: Standing) -> Frame:
    return {
        "owner": {"kind": standing.owner, "name": standing.name},
        "status": standing.status,
        "asked": standing.asked,
        "poweredByAi": site.powered_by_ai,
    }


def entry(line: Line, site: Site, links: Links, *, stream: bool = False) -> Frame:
    """One line of the conversation."""
    shown: Frame = {
        "id": line.id,
        "conversation": line.conversation,
        "seq": line.seq,
        "kind": line.kind,
        "by": {"kind": line.by_kind, "name": _name(line, site)},
        "text": line.text if line.kind == "message" else "",
        "citations": citations(line.data.get("citations")) if line.kind == "message" else [],
        "at": line.at.isoformat(),
    }
    if line.by_kind == "contact" and line.client_id:
        shown["clientId"] = line.client_id
    if line.files:
        shown["files"] = [file(one, links) for one in line.files]
    if options := [str(one) for one in line.data.get("options") or () if one]:
        shown["options"] = options
    if is_answer(line):
        shown["answer"] = True
    if line.by_kind == "agent" and stream:
        shown["stream"] = True
    if line.data.get("feedback") in ("up", "down"):
        shown["feedback"] = line.data["feedback"]
    return shown


def file(one: File, links: Links) -> Frame:
    """A file with its signed address on this server. ``shown``: its content is a picture that browsers show."""
    name = one.name or "file"
    return {"name": name, "size": one.size or 0, "type": one.media_type, "shown": one.media_type in SHOWN, "url": links.to(one)}


def is_answer(line: Line) -> bool:
    """Whether a line says something that can have helped: no greeting, no question back, no handing over."""
    said = line.data
    about = said.get("decision", "answer") == "answer" and not said.get("courtesy") and not said.get("handoff")
    return line.kind == "message" and line.by_kind == "agent" and about


def news(line: Line, site: Site, links: Links, *, stream: bool) -> Frame:
    """A line that is new, or new in something; ``stream`` has an answer shown word by word."""
    return {"t": "entry", "entry": entry(line, site, links, stream=stream)}


def _name(line: Line, site: Site) -> str:
    if line.by_kind == "contact":
        return ""
    return line.name or (site.agent_name if line.by_kind == "agent" else "") or site.company


def citations(found: Any) -> list[Frame]:
    """The sources of an answer that a customer may see, with addresses he can open."""
    shown = []
    for number, one in enumerate(found if isinstance(found, Iterable) else (), start=1):
        if isinstance(one, Mapping) and one.get("access", "public") == "public":
            url = one.get("url")
            opens = isinstance(url, str) and urlsplit(url).scheme in ("http", "https")
            n = one.get("n")
            title = str(one.get("title") or "") or (str(url) if opens else "")
            shown.append({"n": n if isinstance(n, int) else number, "title": title, "url": url if opens else None})
    return shown


def ack(client_id: str, received: Received, at: str) -> Frame:
    """The message is kept."""
    return {
        "t": "ack",
        "clientId": client_id,
        "id": received.entry_id,
        "conversation": received.conversation_id,
        "seq": received.seq,
        "at": at,
    }


def error(bad: BadFrame, words: Wording) -> Frame:
    """Why a frame was not carried out."""
    shown: Frame = {"t": "error", "code": bad.code, "message": words.say(bad.say, **bad.values)}
    if bad.why:
        shown["why"] = bad.why
    if bad.client_id is not None:
        shown["clientId"] = bad.client_id
    return shown


def transcript(to: str) -> Frame:
    """The conversation is on its way to a masked address."""
    return {"t": "transcript", "to": to}


def history(lines: Iterable[Line], more: bool, site: Site, links: Links) -> Frame:
    """What was before."""
    return {"t": "history", "entries": [entry(line, site, links) for line in lines], "more": more}


def typing(by: Mapping[str, Any], on: bool, site: Site) -> Frame:
    """Somebody of the other side writes, or has stopped."""
    kind = "agent" if by.get("kind") == "agent" else "teammate"
    name = str(by.get("name") or "")
    shown = (name or site.agent_name) if kind == "agent" else first_name(name) or site.company
    return {"t": "typing", "by": {"kind": kind, "name": shown}, "on": on}


def bye(seconds: float) -> Frame:
    """The line ends; come back in about so many seconds."""
    return {"t": "bye", "reconnect": seconds}
