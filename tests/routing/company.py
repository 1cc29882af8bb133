"""Veloria with its agent Velo, and what its routing tests ask again and again."""

from dataclasses import dataclass
from typing import Any

from firstline.agent import commands as agents
from firstline.agent.surroundings import SURROUNDINGS
from firstline.conversations import queries as conversations
from firstline.conversations.rules import Conversation
from firstline.kit.database import Database
from firstline.people import commands as people
from firstline.routing import commands, deciding, explaining
from firstline.routing.explaining import Explanation
from firstline.routing.situation import Decision
from tests.world import Shop

OFFICE = {
    "mode": "during",
    "timezone": "Europe/Berlin",
    "rows": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}],
}


@dataclass(frozen=True)
class Company:
    """The shop, with an agent that may be deployed on its chat."""

    shop: Shop
    velo: str

    @property
    def database(self) -> Database:
        return self.shop.database

    @property
    def chat(self) -> str:
        return self.shop.chat.channel_account_id

    def deploys(self, **chosen: Any) -> str:
        given: dict[str, Any] = {"agent_id": self.velo, "channel_account_id": self.chat, "by": self.shop.ines, **chosen}
        return self.database.run(commands.deploy, SURROUNDINGS, **given)

    def changes(self, deployment_id: str, **changes: Any) -> None:
        self.database.run(commands.change, SURROUNDINGS, deployment_id, changes, by=self.shop.ines)

    def hears(self, text: str = "Hello", visitor: str = "mira") -> str:
        """A customer writes; the id of the conversation, routed."""
        conversation_id = self.shop.hears(text, visitor=visitor).conversation_id
        self.routes(conversation_id)
        return conversation_id

    def routes(self, conversation_id: str) -> Decision | None:
        return self.database.run(deciding.route, SURROUNDINGS, conversation_id)

    def find(self, conversation_id: str) -> Conversation:
        return self.database.run(conversations.which, conversation_id)

    def owner(self, conversation_id: str) -> tuple[str, str | None]:
        found = self.find(conversation_id).owner
        return found.kind.value, found.id

    def explains(self, **question: Any) -> Explanation:
        return self.database.run(explaining.explain, SURROUNDINGS, self.chat, **question)

    def is_away(self, teammate_id: str, *, back: bool = False) -> None:
        self.database.run(people.set_available, teammate_id, back, by=self.shop.ines)

    def sets_handoff(self, **settings: Any) -> None:
        self.database.run(agents.set_handoff, self.velo, settings, by=self.shop.ines)

    def service(self) -> dict[str, Any]:
        return {"kind": "teams", "ids": [self.shop.service]}

    def only(self, *teammates: str) -> dict[str, Any]:
        return {"kind": "teammates", "ids": list(teammates)}


def found_company(shop: Shop) -> Company:
    """Veloria as it is before its first deployment."""
    return Company(shop, shop.database.run(agents.create, {"name": "Velo", "company": "Veloria"}, by=shop.ines))
