"""What a website's chat can be set to."""

import re
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

KEY_LENGTH = 32
"""Characters of a key for known customers at least: the bytes of what HS256 makes (RFC 7518, 3.2)."""


class ThemeMode(StrEnum):
    """Light, dark, or as the visitor's system has it."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class Corner(StrEnum):
    """Where the launcher sits: at the end of a line (right in English) or at its start."""

    END = "end"
    START = "start"


class VisitorsFiles(StrEnum):
    """What visitors may send: nothing, pictures, or pictures with documents, sound and video."""

    NOTHING = "nothing"
    PICTURES = "pictures"
    FILES = "files"


class LiveChatConfig(BaseModel):
    """Settings of one website's chat."""

    model_config = ConfigDict(extra="forbid", title="Live chat")

    website: Annotated[
        str,
        Field(
            title="Website",
            description="Address of the website the chat is on, such as https://www.example.com. Shown to teammates.",
            max_length=300,
        ),
    ] = ""
    company: Annotated[
        str,
        Field(
            title="Name shown to visitors",
            description="Stands in the chat's header. Empty: the company in the agent's identity, else the name of this account.",
            max_length=80,
        ),
    ] = ""
    allowed_origins: Annotated[
        list[str],
        Field(
            title="Allowed websites",
            description="Only pages from these origins may use the chat, such as https://www.example.com or "
            "https://*.example.com. Empty: any website.",
            max_length=50,
        ),
    ] = []
    accent: Annotated[
        str,
        Field(
            title="Colour",
            description="Colour of launcher, buttons and the visitor's messages, as #rrggbb. Empty: Firstline's blue.",
            pattern=r"^(#[0-9a-fA-F]{6})?$",
        ),
    ] = ""
    theme: Annotated[ThemeMode, Field(title="Light or dark", description="“auto” follows the visitor's system.")] = ThemeMode.AUTO
    position: Annotated[
        Corner, Field(title="Position", description="“end” is the lower right corner in languages written from left to right.")
    ] = Corner.END
    identity_key: Annotated[
        SecretStr,
        Field(
            title="Key for known customers",
            description="Your website's server signs with it who is signed in. At least 32 characters, such as "
            "openssl rand -hex 32 makes. While you change it, enter the new and the old one with a space between. "
            "Empty: nobody is known.",
        ),
    ] = SecretStr("")
    files: Annotated[
        VisitorsFiles,
        Field(
            title="Files from visitors",
            description="“files” are pictures, documents, sound and video. What a file is, is told by its content; programs, "
            "web pages and archives are never taken.",
        ),
    ] = VisitorsFiles.FILES
    file_limit: Annotated[
        int, Field(title="Largest file", description="In megabytes. Visitors are told before they send.", ge=1, le=25)
    ] = 10

    @field_validator("identity_key")
    @classmethod
    def _is_long(cls, value: SecretStr) -> SecretStr:
        if any(len(key) < KEY_LENGTH for key in value.get_secret_value().split()):
            raise ValueError(f"a key has at least {KEY_LENGTH} characters")
        return value

    @field_validator("website")
    @classmethod
    def _is_website(cls, value: str) -> str:
        value = value.strip()
        address = urlsplit(value)
        if value and not (address.scheme in ("http", "https") and address.hostname):
            raise ValueError("a website begins with http:// or https:// and a host name")
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, value: list[str]) -> list[str]:
        cleaned = [origin.strip().rstrip("/").lower() for origin in value if origin.strip()]
        for origin in cleaned:
            if not _ORIGIN.match(origin):
                raise ValueError(f"“{origin}” is no origin; write it as https://www.example.com or https://*.example.com")
        return cleaned


_ORIGIN = re.compile(r"^https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$", re.IGNORECASE)


def origin_allowed(allowed: list[str], origin: str | None) -> bool:
    """Whether a page of that origin may use the chat. ``https://*.example.com`` means its subdomains, not itself.

    With a list, a request that names no origin is refused: every browser names one on these requests.
    """
    if not allowed:
        return True
    if origin is None:
        return False
    origin = origin.lower()
    scheme, _, host = origin.partition("://")
    return any(
        origin == one or ("://*." in one and scheme == one.partition("://")[0] and host.endswith(one.partition("*")[2]))
        for one in allowed
    )
