"""What an agent may read of a contact and what it may change (ID5): the settings and their decisions. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from firstline.agent.models.base import KnownContact
from firstline.contacts.rules import Contact, IdentityKind


class Reach(StrEnum):
    """How far an agent gets with one property of a contact."""

    HIDDEN = "hidden"
    ACTION = "action"
    READ = "read"
    CHANGE = "change"


BUILT_IN = ("name", "email", "phone", "language")
"""Properties that every contact may have; all others are the company's own."""

_PLAIN = {"name": Reach.READ, "email": Reach.READ, "language": Reach.READ}

Name = Annotated[str, Field(min_length=1, max_length=80)]


class Permissions(BaseModel):
    """For each property of a contact: *hidden*, never; *action*, only where an action names it; *read*, known in every answer
    and never changed; *change*, known, and changed by actions that name it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    contact: dict[Name, Reach] = Field(
        default_factory=dict,
        max_length=200,
        description="Access by property: hidden, action, read or change. Where nothing is said: read for name, email and"
        " language, action for everything else.",
    )

    def of(self, name: str) -> Reach:
        """How far the agent gets with a property."""
        return self.contact.get(name, _PLAIN.get(name, Reach.ACTION))

    def knows(self, name: str) -> bool:
        """Whether every turn may know it."""
        return self.of(name) in (Reach.READ, Reach.CHANGE)

    def may_tell(self, name: str) -> bool:
        """Whether an action may look it up, or be given it."""
        return self.of(name) is not Reach.HIDDEN

    def may_change(self, name: str) -> bool:
        """Whether an action may change it."""
        return self.of(name) in (Reach.ACTION, Reach.CHANGE)


def permitted(contact: Contact, allowed: Permissions) -> KnownContact:
    """A contact as the agent may know it in a turn."""
    phone = next((one.value for one in contact.identities if one.kind is IdentityKind.PHONE), None)
    facts: Mapping[str, object] = {"phone": phone, **contact.properties}
    return KnownContact(
        contact.name if allowed.knows("name") else None,
        contact.email if allowed.knows("email") else None,
        {
            name: str(fact)
            for name, fact in facts.items()
            if fact not in (None, "") and name not in _PLAIN and allowed.knows(name)
        },
    )
