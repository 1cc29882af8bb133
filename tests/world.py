"""One small company with named people: Veloria, a bicycle shop, and its customers."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from firstline.channels import accounts
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations import intake, ownership
from firstline.conversations.record import locked
from firstline.conversations.rules import Inbound, Owner, OwnerKind, Place, Received
from firstline.kit.database import Database, Tx
from firstline.kit.ids import new_id
from firstline.kit.secrets import Keyring
from firstline.people import commands as people
from firstline.people.rules import Actor

KEYRING = Keyring(b"k" * 32)
PASSWORD = "correct horse battery"


class AnySettings(BaseModel):
    """Settings of a channel account that tests do not look at."""


@dataclass(frozen=True)
class Shop:
    """Veloria with its people, teams and one website chat."""

    database: Database
    ines: Actor
    samira: Actor
    jonas: Actor
    service: str
    workshop: str
    chat: Place

    def hears(self, text: str, *, visitor: str = "mira", message: str | None = None, **more: Any) -> Received:
        """A customer writes in the chat."""
        inbound = Inbound(
            sender=Identity(IdentityKind.VISITOR, visitor, self.chat.channel_account_id),
            text=text,
            provider_id=message or new_id("in"),
            **more,
        )
        return self.database.run(intake.receive, self.chat, inbound)

    def gives_to_agent(self, conversation_id: str, agent_id: str = "agt_velo") -> int:
        """The conversation is the agent's from now on; returns the epoch."""
        return self.database.run(_given, conversation_id, agent_id)


def _given(tx: Tx, conversation_id: str, agent_id: str) -> int:
    """As routing gives it."""
    return ownership.set_owner(tx, locked(tx, conversation_id), Owner(OwnerKind.AGENT, agent_id), Actor.system())


def found_shop(tx: Tx) -> dict[str, Any]:
    """Set the company up."""
    ines = people.set_up(
        tx, email="ines@veloria.example", password=PASSWORD, name="Ines Moreau", company="Veloria", timezone="Europe/Berlin"
    )
    owner = people.actor_of(tx, ines)
    samira = people.add_teammate(tx, name="Samira Bakri", email="samira@veloria.example", password=PASSWORD, by=owner)
    jonas = people.add_teammate(tx, name="Jonas Feld", email="jonas@veloria.example", password=PASSWORD, by=owner)
    service = people.add_team(tx, "Service team", [samira], by=owner)
    workshop = people.add_team(tx, "Workshop team", [jonas], by=owner)
    chat = accounts.connect(
        tx, KEYRING, AnySettings, kind="live_chat", name="Website chat", workspace="inbox", settings={}, by=owner
    )
    return {
        "ines": owner,
        "samira": people.actor_of(tx, samira),
        "jonas": people.actor_of(tx, jonas),
        "service": service,
        "workshop": workshop,
        "chat": Place(chat, "inbox"),
    }
