"""Names of everybody who can stand in a timeline, read once for a page."""

from collections.abc import Mapping
from dataclasses import dataclass

from firstline.agent import queries as agents
from firstline.console.addresses import known_as, numbers_of
from firstline.console.view.common import Person
from firstline.console.words import _
from firstline.contacts.rules import Contact
from firstline.conversations.rules import Owner, OwnerKind
from firstline.kit.database import Tx
from firstline.people import queries as people
from firstline.people.queries import Team, Teammate


def as_person(contact: Contact) -> Person:
    """A customer, with the picture that a provider gave."""
    picture = f"/contacts/{contact.id}/picture?v={contact.picture}" if contact.picture else ""
    numbers = numbers_of(contact)
    name = known_as(contact.name, contact.email, numbers[0][1] if numbers else None)
    return Person(contact.id, name, "contact", picture=picture)


@dataclass(frozen=True)
class Names:
    """Teammates (removed ones too), teams and agents by id."""

    teammates: Mapping[str, Teammate]
    teams: Mapping[str, Team]
    agents: Mapping[str, str]

    def __contains__(self, id_: str) -> bool:
        """Whether it is a team, or a teammate, gone or not."""
        return id_ in self.teams or id_ in self.teammates

    def person(self, kind: str, id_: str | None, contact: Person | None = None) -> Person:
        """Whoever acted."""
        key = id_ or kind
        if kind == "contact":
            return contact or Person(key, _("Visitor"), "contact")
        if kind == "agent":
            return Person(key, self.agents.get(key, _("Agent")), "agent")
        if kind == "teammate":
            mate = self.teammates.get(key)
            if mate is None:
                return Person(key, _("Former teammate"))
            return Person(key, mate.name, available=None if mate.disabled else mate.available)
        return Person(key, "Firstline", "system")

    def owner(self, owner: Owner) -> str:
        """Who has it, as a word."""
        if owner.kind is OwnerKind.TEAM:
            team = self.teams.get(owner.id or "")
            return team.name if team else _("Former team")
        if owner.kind is OwnerKind.NOBODY:
            return _("nobody")
        if owner.kind is OwnerKind.BOT:
            return _("a bot")
        return self.person(owner.kind.value, owner.id).name


def names(tx: Tx) -> Names:
    """Everybody's."""
    return Names(
        {mate.id: mate for mate in people.teammates(tx, with_removed=True)},
        {team.id: team for team in people.teams(tx)},
        agents.names(tx),
    )
