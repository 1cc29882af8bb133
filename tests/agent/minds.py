"""The shop's agent with models that tests script, from the customer's message to what is said."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from firstline.agent import commands as agents
from firstline.agent import queries as agent_queries
from firstline.agent.connections import commands
from firstline.agent.listening import Listening
from firstline.agent.models.base import Said, Searched
from firstline.agent.models.builtin import Builtin
from firstline.agent.models.llm import Models
from firstline.agent.turn import Turns
from firstline.channels.base import Channel
from firstline.channels.livechat.channel import LiveChat
from firstline.conversations import queries
from firstline.conversations.rules import Entry
from firstline.knowledge.rules import Found
from tests.agent import talk
from tests.agent.provider import Provider
from tests.world import KEYRING, Shop

RETURNS = talk.found(talk.hit("You can return a bike within 30 days. Returns are free in Germany."))


class Shelves:
    """What the agent may use, found by a word of the question."""

    def __init__(self, shelves: Mapping[str, Found]) -> None:
        self._library = talk.Library(shelves)

    async def search(self, question: str, history: Sequence[Said], *, agent_id: str | None, language: str) -> Searched:
        """The first shelf whose word stands in the question."""
        return await self._library.search(question)


class Velo:
    """The shop's agent; ``connect`` gives it a model."""

    def __init__(self, shop: Shop, shelves: Mapping[str, Found] | None = None) -> None:
        self.shop = shop
        self.id = shop.database.run(agents.create, {"name": "Velo", "company": "Veloria"}, by=shop.ines)
        shop.database.run(agents.set_handoff, self.id, {"destination": {"kind": "teams", "ids": [shop.workshop]}}, by=shop.ines)
        self.models = Models(Builtin(), shop.database, KEYRING)
        self.library = Shelves(shelves if shelves is not None else {"return": RETURNS})
        chat = LiveChat()
        channels: dict[str, Channel] = {chat.kind: chat}
        self.turns = Turns(shop.database, self.library, self.models, channels, Listening(shop.database), lambda **_: None)

    def connect(self, provider: Provider, **more: Any) -> str:
        """Connect a scripted provider; returns the connection."""
        settings = {"provider": "compatible", "model": "scripted", "base_url": provider.url, "seconds": 2, **more}
        key = settings.pop("key", "sk-very-secret-key")
        return self.shop.database.run(commands.connect, KEYRING, settings, key=key, by=self.shop.ines)

    def thinks_with(self, *providers: Provider, mask: bool = False, **more: Any) -> list[str]:
        """Set the models, first and fallback."""
        connected = [self.connect(one, **more) for one in providers]
        choice = {"primary": connected[0], "fallback": connected[1] if len(connected) > 1 else None, "mask": mask}
        self.shop.database.run(commands.choose, self.id, choice, by=self.shop.ines)
        return connected

    def asked(self, text: str, **more: Any) -> str:
        """A customer writes and the turn runs; the conversation."""
        received = self.shop.hears(text, **more)
        if received.new:
            self.shop.gives_to_agent(received.conversation_id, self.id)
        asyncio.run(self.turns.run(received.conversation_id))
        return received.conversation_id

    def said(self, conversation: str) -> list[str]:
        """What went out."""
        return [one.text for one in self.shop.database.run(queries.said, conversation) if one.direction == "out"]

    def timeline(self, conversation: str) -> list[Entry]:
        """Everything."""
        return list(self.shop.database.run(queries.timeline, conversation))

    def turn(self, conversation: str) -> dict[str, Any]:
        """The last turn."""
        newest = self.shop.database.run(agent_queries.turns_of, conversation)[0]
        return self.shop.database.run(agent_queries.turn_of, newest)
