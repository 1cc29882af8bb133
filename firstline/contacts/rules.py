"""What is known of a customer."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class IdentityKind(StrEnum):
    """By what a channel knows a customer."""

    EMAIL = "email"
    PHONE = "phone"
    VISITOR = "visitor"
    WHATSAPP = "whatsapp"
    """A WhatsApp id: the digits of a phone number."""
    WHATSAPP_USER = "whatsapp_user"
    """A business-scoped user id (BSUID): WhatsApp's name for somebody whose number it does not tell."""
    WHATSAPP_PARENT = "whatsapp_parent"
    """The same over several businesses of one owner (parent BSUID)."""
    PAGE_SCOPED = "page_scoped"
    INSTAGRAM = "instagram"
    CUSTOM = "custom"


NUMBERS = frozenset({IdentityKind.PHONE, IdentityKind.WHATSAPP})
"""Kinds that say a customer's phone number."""


NAMELESS = frozenset({IdentityKind.PAGE_SCOPED, IdentityKind.INSTAGRAM})
"""Kinds whose messages do not say who writes: the provider is asked for a name."""


@dataclass(frozen=True)
class Identity:
    """One address of a customer. ``scope`` is the channel account within which it holds, empty where it holds everywhere."""

    kind: IdentityKind
    value: str
    scope: str = ""
    verified: bool = False
    evidence: str = ""


@dataclass(frozen=True)
class Contact:
    """A customer."""

    id: str
    name: str | None
    email: str | None
    language: str | None
    properties: dict[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    identities: tuple[Identity, ...] = ()
    picture: str = ""
    """Names the version of a picture that the provider gave; empty if there is none."""

    @property
    def called(self) -> str:
        """The name to show: the name, else the email address, else a word for a stranger."""
        return self.name or self.email or "Visitor"
