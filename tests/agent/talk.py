"""A customer's side of a conversation with the built-in answerer, over a few passages written by hand."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from firstline.agent.models.base import Draft, KnownContact, Said, Searched, Situation
from firstline.agent.models.builtin import Builtin
from firstline.agent.rules import Profile
from firstline.channels.base import Capabilities
from firstline.knowledge.rules import Access, EntryKind, Found, Hit, Name
from firstline.people.rules import ActorKind

NOW = datetime(2026, 11, 22, 9, 46, tzinfo=UTC)
CHAT = Capabilities(text_limit=4_000, rich_text=True, citations=True)
MAIL = Capabilities(text_limit=100_000, family="email")
VELO = Profile(name="Velo", company="Veloria")


def hit(text: str, title: str = "Returns", **more: Any) -> Hit:
    """A passage; its id is made of its title."""
    slug = title.lower().replace(" ", "-")
    given: dict[str, Any] = {
        "passage_id": f"psg_{slug}",
        "page_id": f"pag_{slug}",
        "source_id": f"src_{slug}",
        "title": title,
        "url": f"https://veloria.example/{slug}",
        "kind": EntryKind.PASSAGE,
        "access": Access.PUBLIC,
        "score": 2.0,
    }
    return Hit(text=text, **(given | more))


def faq(question: str, answer: str, **more: Any) -> Hit:
    """A short answer."""
    return hit(answer, question, **({"kind": EntryKind.FAQ, "question": question, "url": None} | more))


def found(*hits: Hit, covered: float = 0.9, names: Mapping[str, float] | None = None) -> Found:
    """What a search gives."""
    return Found(hits, covered, 0.9, tuple(Name(name, focus) for name, focus in (names or {}).items()))


class Library:
    """Finds by a word of the question; what no word finds is not covered."""

    def __init__(self, shelves: Mapping[str, Found]) -> None:
        self._shelves = shelves
        self.asked: list[str] = []
        self.kept: dict[str, Any] = {}

    async def search(self, question: str) -> Searched:
        """The first shelf whose word stands in the question."""
        self.asked.append(question)
        for word, here in self._shelves.items():
            if word in question.lower():
                return Searched(question, here, here.covered)
        return Searched(question, Found(), 0.05)

    async def recall(self, step: str) -> Mapping[str, Any] | None:
        """What was kept of a step."""
        found: Mapping[str, Any] | None = self.kept.get(step)
        return found

    async def keep(self, step: str, data: Mapping[str, Any], ms: int) -> None:
        """Keep a step."""
        self.kept[step] = dict(data)


def said(*lines: str) -> tuple[Said, ...]:
    """Messages: those that begin with ``>`` are the agent's, with ``+`` a teammate's, the others the customer's."""
    kinds = {">": ActorKind.AGENT, "+": ActorKind.TEAMMATE}
    return tuple(
        Said(kinds.get(line[:1], ActorKind.CONTACT), line.removeprefix(">").removeprefix("+").strip(), NOW, number)
        for number, line in enumerate(lines, 1)
    )


def situation(library: Library, text: str, *history: str, language: str = "en", **more: Any) -> Situation:
    """The customer writes ``text`` after ``history``."""
    given: dict[str, Any] = {"agent": VELO, "contact": KnownContact(), "capabilities": CHAT, "now": NOW, "people_available": True}
    return Situation(
        new=said(text),
        history=said(*history),
        searched=asyncio.run(library.search(text)),
        language=language,
        **(given | more),
    )


def answer(shelves: Mapping[str, Found] | Library, text: str, *history: str, **more: Any) -> Draft:
    """What the built-in answerer drafts."""
    library = shelves if isinstance(shelves, Library) else Library(shelves)
    here = situation(library, text, *history, **more)

    async def think() -> Draft:
        parts = [part async for part in Builtin().think(here, library)]
        assert parts[-1].draft is not None
        return parts[-1].draft

    return asyncio.run(think())


def talk(shelves: Mapping[str, Found], *texts: str, **more: Any) -> Sequence[Draft]:
    """A whole conversation: each text is answered with what was said before it."""
    history: list[str] = []
    drafts = []
    for text in texts:
        draft = answer(shelves, text, *history, **more)
        drafts.append(draft)
        history += [text, f"> {getattr(draft, 'text', None) or ''}"]
    return drafts
