"""The inputs of an action: what they are called, how they are asked for, which values are right (AC2), and filling them. Pure.

``filling`` checks what was given, ``values`` reads one value in its type, ``finding`` finds values in what a customer writes,
``parts`` what a message holds, ``moments`` days and times, ``schemas`` makes inputs of a JSON Schema.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Value = str | int | float | bool | list[Any] | dict[str, Any]


class InputType(StrEnum):
    """What a value is."""

    TEXT = "text"
    NAME = "name"
    """A proper name: of a person, a place, a product."""
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    """A time of day, such as 18:30."""
    EMAIL = "email"
    PHONE = "phone"
    LINK = "link"
    CODE = "code"
    """An order, customer or serial number: one word with a digit in it."""
    CHOICE = "choice"
    BOOLEAN = "boolean"
    OBJECT = "object"
    """A JSON object, for what no single question can ask; people are asked for it as JSON, models and REST give it whole."""


_BOUNDED = (InputType.INTEGER, InputType.NUMBER)
_OPEN = (InputType.TEXT, InputType.NAME)


class Input(BaseModel):
    """One input. ``of_contact`` takes the value from the contact, never from what somebody wrote."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="How templates name it, such as order_number.")
    type: InputType = Field(default=InputType.TEXT, description="What a value is.")
    label: str = Field(default="", max_length=80, description="What people call it.")
    ask: str = Field(default="", max_length=300, description="How the agent asks for it; empty for a standard question.")
    required: bool = Field(default=True, description="Whether the call needs it.")
    many: bool = Field(default=False, description="Whether it is a list of such values; people write “a, b and c”.")
    empty: bool = Field(default=False, description="Whether an empty text or list is a right value; people write “none”.")
    minimum: float | None = Field(default=None, allow_inf_nan=False, description="The smallest number that is right.")
    maximum: float | None = Field(default=None, allow_inf_nan=False, description="The largest number that is right.")
    choices: tuple[Annotated[str, Field(min_length=1, max_length=80)], ...] = Field(
        default=(), max_length=60, description="The values of a choice."
    )
    of_contact: Literal["", "email", "name", "phone", "id"] = Field(
        default="", description="Which fact of the contact it is; then it is never taken from a message."
    )
    at: tuple[Annotated[str, Field(min_length=1, max_length=120)], ...] = Field(
        default=(), max_length=6, description="Where an MCP tool takes it, as names from the outside in; empty for its name."
    )

    @model_validator(mode="after")
    def _whole(self) -> "Input":
        if (self.type is InputType.CHOICE) != bool(self.choices):
            raise ValueError(f"{self.name}: a choice has choices, and nothing else has")
        if self.of_contact and (self.many or self.type is InputType.OBJECT):
            raise ValueError(f"{self.name}: a fact of the contact is one value, not a list or an object")
        if self.empty and not self.many and self.type not in _OPEN:
            raise ValueError(f"{self.name}: only a text or a list may be empty")
        if (self.minimum is not None or self.maximum is not None) and self.type not in _BOUNDED:
            raise ValueError(f"{self.name}: only numbers have a smallest and a largest value")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"{self.name}: the smallest value {self.minimum:g} is above the largest, {self.maximum:g}")
        return self

    @property
    def called(self) -> str:
        """The label, or the name as words."""
        return self.label or self.name.replace("_", " ")

    @property
    def path(self) -> tuple[str, ...]:
        """Where a tool takes it."""
        return self.at or (self.name,)


@dataclass(frozen=True)
class Wrong:
    """A value that is not right, and why, for people."""

    input: Input
    why: str


@dataclass(frozen=True)
class Filled:
    """What a call has: right values, inputs that are missing, values that are wrong."""

    values: Mapping[str, Value]
    missing: tuple[Input, ...]
    wrong: tuple[Wrong, ...]

    @property
    def whole(self) -> bool:
        """Whether the call can be made."""
        return not self.missing and not self.wrong
