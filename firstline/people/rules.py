"""Who acts, and what they may do."""

from dataclasses import dataclass, field
from enum import StrEnum

from firstline.kit.errors import Forbidden


class ActorKind(StrEnum):
    """Whose deed an entry is."""

    CONTACT = "contact"
    AGENT = "agent"
    TEAMMATE = "teammate"
    BOT = "bot"
    SYSTEM = "system"


class Permission(StrEnum):
    """What a role can allow (PRODUCT.md PM1)."""

    EDIT_AGENT = "customer_agent.edit"
    MANAGE_CHANNELS = "channels.manage"
    MANAGE_AVAILABILITY = "availability.manage"
    MANAGE_BILLING = "billing.manage"
    READ_AUDIT = "audit.read"
    USE_INBOX = "inbox.use"
    USE_HELP_DESK = "help_desk.use"
    MANAGE_TEAMMATES = "teammates.manage"
    EDIT_CONTACTS = "contacts.edit"


LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")
"""The languages a new account answers in: those of the product's own texts."""

PERMISSION_NAMES = {
    Permission.EDIT_AGENT: "Customer agent editor",
    Permission.MANAGE_CHANNELS: "Channel management",
    Permission.MANAGE_AVAILABILITY: "Availability management",
    Permission.MANAGE_BILLING: "Billing",
    Permission.READ_AUDIT: "Audit log",
    Permission.USE_INBOX: "Inbox",
    Permission.USE_HELP_DESK: "Help desk",
    Permission.MANAGE_TEAMMATES: "Users and teams",
    Permission.EDIT_CONTACTS: "Contacts",
}

ALL = frozenset(Permission)
ROLES: dict[str, frozenset[Permission]] = {
    "super_admin": ALL,
    "manager": ALL - {Permission.MANAGE_BILLING},
    "agent_editor": frozenset(
        {
            Permission.EDIT_AGENT,
            Permission.USE_INBOX,
            Permission.USE_HELP_DESK,
            Permission.EDIT_CONTACTS,
        }
    ),
    "teammate": frozenset({Permission.USE_INBOX, Permission.USE_HELP_DESK, Permission.EDIT_CONTACTS}),
}
ROLE_NAMES = {
    "super_admin": "Super admin",
    "manager": "Manager",
    "agent_editor": "Customer agent editor",
    "teammate": "Teammate",
}


@dataclass(frozen=True)
class Actor:
    """Who does something. Every command takes one; permission is checked there."""

    kind: ActorKind
    id: str
    name: str = ""
    permissions: frozenset[Permission] = field(default_factory=frozenset)
    seat: bool = False

    @classmethod
    def system(cls) -> "Actor":
        """The product itself."""
        return cls(ActorKind.SYSTEM, "system", "Firstline", ALL, seat=True)

    @classmethod
    def agent(cls, agent_id: str, name: str = "") -> "Actor":
        """The customer agent."""
        return cls(ActorKind.AGENT, agent_id, name)

    @classmethod
    def contact(cls, contact_id: str) -> "Actor":
        """The customer."""
        return cls(ActorKind.CONTACT, contact_id)

    def may(self, permission: Permission) -> bool:
        """Whether the actor holds a permission."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """:raises Forbidden: naming the permission that is missing and who can give it."""
        if permission not in self.permissions:
            raise Forbidden(
                f"This needs the permission “{PERMISSION_NAMES[permission]}”. A super admin can give it under Users and teams."
            )

    def require_agent_editor(self) -> None:
        """Both the permission and a seat are needed (PM2).

        :raises Forbidden: naming which of the two is missing.
        """
        missing = []
        if Permission.EDIT_AGENT not in self.permissions:
            missing.append("the permission “Customer agent editor”")
        if not self.seat:
            missing.append("an assigned seat")
        if missing:
            raise Forbidden(
                f"Changing the customer agent needs {' and '.join(missing)}. A super admin can give it under Users and teams."
            )
