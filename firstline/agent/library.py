"""The knowledge as the agent uses it."""

from collections.abc import Sequence

from firstline.agent.models.base import Said, Searched
from firstline.knowledge.finding import Finder
from firstline.knowledge.rules import Query, Turn
from firstline.people.rules import ActorKind

FOUND = 8
"""Passages a turn looks at."""


class Shelf:
    """Looks answers up in what the agent may use."""

    def __init__(self, finder: Finder) -> None:
        self.finder = finder

    async def search(self, question: str, history: Sequence[Said], *, agent_id: str | None, language: str) -> Searched:
        """Passages that may answer the question, and the probability that they do."""
        before = tuple(Turn("customer" if said.by is ActorKind.CONTACT else "agent", said.text) for said in history)
        query = Query(last=question, history=before, language=language, agent_id=agent_id, limit=FOUND)
        found = await self.finder.find(query)
        return Searched(question, found, found.covered)
