"""A checked draft in the form a channel can show: text with marks for its sources, or without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firstline.agent.models.base import Clarify, Reply, Segment
from firstline.channels.base import Capabilities
from firstline.channels.splitting import MEASURES, split
from firstline.knowledge.rules import Hit

QUOTE = 240
MESSAGES = 3
"""One answer becomes at most so many where a channel takes less than all of it: more meet the pair limits of messengers."""


@dataclass(frozen=True)
class Citation:
    """A source as the customer sees it: ``n`` stands in the text as ``[n]``."""

    n: int
    source_id: str
    passage_id: str
    title: str
    url: str | None
    quote: str

    def as_json(self) -> dict[str, Any]:
        """As entries keep it and REST shows it."""
        return {
            "n": self.n,
            "source_id": self.source_id,
            "passage_id": self.passage_id,
            "title": self.title,
            "url": self.url,
            "quote": self.quote,
        }


@dataclass(frozen=True)
class Worded:
    """What is sent."""

    text: str
    citations: tuple[Citation, ...]


def cite(reply: Reply, hits: Sequence[Hit]) -> tuple[dict[str, Citation], tuple[Citation, ...]]:
    """The citation of each passage that is named, and the list of sources: pages named twice have one number."""
    known: Mapping[str, Hit] = {hit.passage_id: hit for hit in hits}
    by_page: dict[tuple[str, str | None, str], Citation] = {}
    by_passage: dict[str, Citation] = {}
    for passage_id in reply.cites:
        hit = known.get(passage_id)
        if hit is None or hit.access != "public":
            continue
        page = (hit.source_id, hit.url, hit.title)
        if page not in by_page:
            by_page[page] = Citation(len(by_page) + 1, hit.source_id, passage_id, hit.title, hit.url, _quote(reply, passage_id))
        by_passage[passage_id] = by_page[page]
    return by_passage, tuple(by_page.values())


def _quote(reply: Reply, passage_id: str) -> str:
    words = " ".join(segment.text for segment in reply.segments if passage_id in segment.cites)
    return words if len(words) <= QUOTE else words[:QUOTE].rsplit(" ", 1)[0] + "…"


def word(draft: Reply | Clarify, hits: Sequence[Hit], capabilities: Capabilities) -> Worded:
    """The text for a channel; sources are marked where the channel can show them, and listed below where it cannot."""
    if isinstance(draft, Clarify):
        tapped = len(draft.options) <= capabilities.buttons and all(
            len(one.label) <= capabilities.button_limit for one in draft.options
        )
        shown = capabilities.rich_text or tapped
        options = "" if shown else "".join(f"\n{n}. {one.label}" for n, one in enumerate(draft.options, 1))
        return Worded(_fitted(draft.text, options, capabilities), ())
    by_passage, citations = cite(draft, hits)
    if capabilities.citations:
        return Worded(_fitted(_marked(draft.segments, by_passage), "", capabilities), citations)
    links = [f"{one.title}: {one.url}" for one in citations if one.url]
    below = "\n\n" + "\n".join(links) if links else ""
    return Worded(_fitted(draft.text, below, capabilities), citations)


def _marked(segments: Sequence[Segment], by_passage: Mapping[str, Citation]) -> str:
    text = ""
    for segment in segments:
        if text:
            text += "\n\n" if segment.block else " "
        numbers = dict.fromkeys(by_passage[one].n for one in segment.cites if one in by_passage)
        text += segment.text.strip() + "".join(f"[{n}]" for n in numbers)
    return text


def _fitted(text: str, below: str, can: Capabilities) -> str:
    """As much as the channel carries, in several messages where it allows that. Sources and choices below are kept."""
    limit, unit, most = can.text_limit, can.text_unit, MESSAGES if can.splits else 1
    if len(split(text + below, limit, unit)) <= most:
        return text + below
    room = limit - MEASURES[unit](below + "…")
    if room < limit // 4:  # links longer than the message itself
        below, room = "", limit - MEASURES[unit]("…")
    parts = split(text, limit, unit)[:most]
    return "\n\n".join((*parts[:-1], f"{split(parts[-1], room, unit)[0]}…{below}"))
