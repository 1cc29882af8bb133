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
    MANAGE_CHATFLOWS = "chatflows.manage"
    MANAGE_WORKFLOWS = "workflows.manage"
    MANAGE_CHANNELS = "channels.manage"
    MANAGE_AVAILABILITY = "availability.manage"
    MANAGE_BILLING = "billing.manage"
    READ_AUDIT = "audit.read"
    USE_INBOX = "inbox.use"
    USE_HELP_DESK = "help_desk.use"
    SEE_ALL = "conversations.all"
    EDIT_CONTACTS = "contacts.edit"
    READ_REPORTS = "reports.read"
    MANAGE_TEAMMATES = "teammates.manage"
    MANAGE_SECURITY = "security.manage"
    MANAGE_INTEGRATIONS = "integrations.manage"
    MANAGE_DATA = "data.manage"


LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")
"""The languages a new account answers in: those of the product's own texts."""

PERMISSION_NAMES = {
    Permission.EDIT_AGENT: "Customer agent editor",
    Permission.MANAGE_CHATFLOWS: "Chatflows",
    Permission.MANAGE_WORKFLOWS: "Workflows",
    Permission.MANAGE_CHANNELS: "Channel management",
    Permission.MANAGE_AVAILABILITY: "Availability management",
    Permission.MANAGE_BILLING: "Billing",
    Permission.READ_AUDIT: "Audit log",
    Permission.USE_INBOX: "Inbox",
    Permission.USE_HELP_DESK: "Help desk",
    Permission.SEE_ALL: "Conversations of other teams",
    Permission.EDIT_CONTACTS: "Contacts",
    Permission.READ_REPORTS: "Reports",
    Permission.MANAGE_TEAMMATES: "Users and teams",
    Permission.MANAGE_SECURITY: "Roles and security",
    Permission.MANAGE_INTEGRATIONS: "Integrations",
    Permission.MANAGE_DATA: "Export and erasure",
}

PERMISSION_HINTS = {
    Permission.EDIT_AGENT: "Create, edit, publish and deploy the agent, its knowledge and its handoff. Takes a seat as well.",
    Permission.MANAGE_CHATFLOWS: "Rule-based chatbots, and where the widget shows.",
    Permission.MANAGE_WORKFLOWS: "What happens by itself when conversations and tickets change.",
    Permission.MANAGE_CHANNELS: "Connect, change and remove channel accounts.",
    Permission.MANAGE_AVAILABILITY: "Set others available or away, their hours and their capacity.",
    Permission.MANAGE_BILLING: "The switch, credits, packs and limits.",
    Permission.READ_AUDIT: "Who changed what, and its export.",
    Permission.USE_INBOX: "Conversations of the inbox.",
    Permission.USE_HELP_DESK: "Conversations and tickets of the help desk.",
    Permission.SEE_ALL: "Without it: only their own, those of their teams, and those of the members of their teams.",
    Permission.EDIT_CONTACTS: "Create, change and merge contacts.",
    Permission.READ_REPORTS: "Performance, knowledge gaps and their export.",
    Permission.MANAGE_TEAMMATES: "Invite, change and deactivate teammates, teams and seats.",
    Permission.MANAGE_SECURITY: "Roles, the second factor, single sign-on.",
    Permission.MANAGE_INTEGRATIONS: "Custom channels, outgoing webhooks, actions of other systems.",
    Permission.MANAGE_DATA: "Export everything, erase a contact everywhere.",
}
"""What each permission allows, for the editor of roles."""

ALL = frozenset(Permission)
_EVERYBODY = frozenset(
    {
        Permission.USE_INBOX,
        Permission.USE_HELP_DESK,
        Permission.SEE_ALL,
        Permission.EDIT_CONTACTS,
        Permission.READ_REPORTS,
    }
)
ROLES: dict[str, frozenset[Permission]] = {
    "super_admin": ALL,
    "manager": ALL - {Permission.MANAGE_BILLING, Permission.MANAGE_SECURITY, Permission.MANAGE_DATA},
    "agent_editor": _EVERYBODY | {Permission.EDIT_AGENT, Permission.MANAGE_CHATFLOWS, Permission.MANAGE_WORKFLOWS},
    "teammate": _EVERYBODY,
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
    key: str = ""
    """Name of the API key that acts for the teammate, if one does."""

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
        if missing := self.lacks_for_agent():
            raise Forbidden(
                f"Changing the customer agent needs {' and '.join(missing)}. A super admin can give it under Users and teams."
            )

    def lacks_for_agent(self) -> tuple[str, ...]:
        """Which of the two that changing the agent takes are missing, in words."""
        permission = () if Permission.EDIT_AGENT in self.permissions else ("the permission “Customer agent editor”",)
        return (*permission, *(() if self.seat else ("an assigned seat",)))
