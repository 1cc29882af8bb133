"""Thinkers and libraries that tests hold in their hands."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from firstline.agent.models.base import Draft, Part, Reason, Reply, Said, Searched, Segment, Situation, Tools
from firstline.knowledge.rules import Found


class Says:
    """A thinker that does what the test says; ``meanwhile`` happens while it thinks."""

    name = "test"

    def __init__(self, draft: Draft | Exception, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
        self.draft = draft
        self.meanwhile = meanwhile
        self.seen: list[Situation] = []

    async def think(self, situation: Situation, tools: Tools) -> AsyncIterator[Part]:
        self.seen.append(situation)
        if self.meanwhile is not None:
            await self.meanwhile()
        if isinstance(self.draft, Exception):
            raise self.draft
        yield Part(draft=self.draft)


class EmptyLibrary:
    """Knows nothing."""

    async def search(self, question: str, history: Sequence[Said], *, agent_id: str | None, language: str) -> Searched:
        return Searched(question, Found(), 0.0)


def courtesy(text: str) -> Reply:
    """A reply of the product's own words, which needs no evidence."""
    return Reply(reasons=(Reason("courtesy", "Test"),), segments=(Segment(text, own=True),))
