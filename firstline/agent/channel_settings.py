"""What differs by channel (ID4, HO5): mail that people answer, and when a chat asks for an email address. Pure."""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

PATTERNS = 500
SILENT = 60 * 24 * 90
"""Minutes: ninety days."""


class Capture(StrEnum):
    """When a customer of a chat is asked for an email address."""

    START = "start"
    AFTER_FIRST_ANSWER = "after_first_answer"
    BEFORE_HANDOFF = "before_handoff"
    NEVER = "never"


_PATTERN = re.compile(r"(?:[^@\s]+)?@?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)+")
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?\.[a-z]{2,24}(?![\w-])", re.IGNORECASE)


class Silence(BaseModel):
    """What an agent does when the customer is silent: minutes until a reminder and until closing. None: as for everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    remind: int | None = Field(default=None, ge=0, le=SILENT, description="Minutes until a reminder; 0 for none.")
    close: int | None = Field(default=None, ge=1, le=SILENT, description="Minutes until the conversation is closed.")

    @model_validator(mode="after")
    def _in_order(self) -> "Silence":
        if self.remind and self.close and self.remind >= self.close:
            raise ValueError(f"the reminder after {self.remind} minutes comes before closing after {self.close}")
        return self


class ChannelSettings(BaseModel):
    """Settings of an agent for each kind of channel."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ignored: tuple[Annotated[str, Field(max_length=254)], ...] = Field(
        default=(),
        max_length=PATTERNS,
        description="Addresses (vip@example.com) and domains (example.com) whose mail the agent does not answer: people do.",
    )
    email_capture: Capture = Field(
        default=Capture.BEFORE_HANDOFF,
        description="When a chat asks for the customer's email address: start, after_first_answer, before_handoff, never. A"
        " contact whose address is known is never asked.",
    )

    silence: dict[Literal["chat", "messaging", "email"], Silence] = Field(
        default_factory=dict,
        description="By channel family, what differs from Waiting times when a customer is silent with this agent.",
    )

    @field_validator("ignored")
    @classmethod
    def _addresses(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        kept = dict.fromkeys(one.strip().lower().removeprefix("@") for one in given if one.strip())
        for one in kept:
            if not _PATTERN.fullmatch(one) or one.count("@") > 1:
                raise ValueError(f"“{one[:60]}” is neither an address such as vip@example.com nor a domain such as example.com")
        return tuple(kept)

    def ignores(self, address: str | None) -> str | None:
        """The entry that an address falls under; a domain stands for its subdomains too."""
        if not address:
            return None
        address = address.strip().lower()
        domain = address.rpartition("@")[2]
        for one in self.ignored:
            if address == one or ("@" not in one and (domain == one or domain.endswith(f".{one}"))):
                return one
        return None


ASKS_IN = "chat"
"""The family of channels in which an address is asked for."""


def asks_now(moment: Capture, chosen: Capture, *, family: str, email: str | None, asked: bool) -> bool:
    """Whether this is the moment to ask: in a chat, once, and never somebody whose address is known (HO5)."""
    return moment is chosen and moment is not Capture.NEVER and family == ASKS_IN and not email and not asked


def address_in(text: str) -> str | None:
    """The email address in a message, where there is exactly one."""
    found = {one.lower().rstrip(".") for one in _ADDRESS.findall(text)}
    return found.pop() if len(found) == 1 else None


def only_address(text: str) -> bool:
    """Whether a message is an address and hardly anything else: nothing to answer."""
    rest = _ADDRESS.sub(" ", text)
    return address_in(text) is not None and len(re.findall(r"\w+", rest)) <= 6 and "?" not in rest
