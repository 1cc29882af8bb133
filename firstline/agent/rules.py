"""Who the agent is (ID1)."""

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from firstline.kit.errors import Invalid

M = TypeVar("M", bound=BaseModel)
PERSONALITIES = ("friendly", "professional", "casual", "empathetic", "witty")


class Profile(BaseModel):
    """The agent's identity, as customers meet it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(max_length=60, description="What customers call the agent.")
    company: str = Field(default="", max_length=120, description="The company it speaks for.")
    avatar: str | None = Field(
        default=None,
        max_length=4,
        description="Up to four characters shown instead of the agent's sign.",
    )
    personality: Literal["friendly", "professional", "casual", "empathetic", "witty"] = Field(
        default="friendly", description="How it words what it says."
    )
    language: str = Field(
        default="auto",
        max_length=12,
        description="“auto” answers in the customer's language; a code such as “de” fixes it.",
    )
    welcome: str = Field(
        default="",
        max_length=500,
        description="First words in the chat; empty for a standard greeting.",
    )
    signature: str = Field(default="", max_length=1000, description="Ends each email.")

    @field_validator("name")
    @classmethod
    def _named(cls, name: str) -> str:
        name = " ".join(name.split())
        if not name:
            raise ValueError("give the agent a name")
        return name


def checked(model: type[M], values: dict[str, Any]) -> M:
    """:raises Invalid: naming the first field that is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        raise Invalid(f"{field}: {_plain(first)}", field=field) from None


def _plain(error: Mapping[str, Any]) -> str:
    """What is wrong, in words: a pattern says nothing to people."""
    limits, kind = error.get("ctx") or {}, str(error["type"])
    if kind == "string_too_short" and not str(error.get("input")).strip():
        return "it is empty"
    if kind in ("int_parsing", "float_parsing"):
        return f"“{str(error.get('input'))[:60]}” is no number"
    if kind == "string_too_long":
        return f"it has {len(str(error.get('input')))} characters; {limits.get('max_length')} are the limit"
    if kind != "string_pattern_mismatch":
        return str(error["msg"]).removeprefix("Value error, ")
    pattern, given = str(limits.get("pattern")), str(error.get("input"))[:60]
    if pattern.startswith("^https?"):
        return f"“{given}” is no address; it begins with https:// and has no spaces"
    if pattern.startswith("^[a-z]"):
        return f"“{given}” is no name: small letters, digits and _ after a first letter, such as order_number"
    return f"“{given}” has letters that cannot stand there; letters, digits, - and _ can"
