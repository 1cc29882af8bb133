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
    PAGE_SCOPED = "page_scoped"
    CUSTOM = "custom"


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

    @property
    def called(self) -> str:
        """The name to show: the name, else the email address, else a word for a stranger."""
        return self.name or self.email or "Visitor"
