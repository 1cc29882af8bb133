"""The inputs of an action: what they are called, how they are asked for, and which values are right (AC2). Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Literal

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import BaseModel, ConfigDict, Field, model_validator

from firstline.agent.facts.reading import Kind, facts
from firstline.agent.models.intents import read
from firstline.agent.models.lexicon import words_only

LONGEST = 500
"""Characters of one value."""
Value = str | int | float | bool


class InputType(StrEnum):
    """What a value is."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    EMAIL = "email"
    PHONE = "phone"
    CODE = "code"
    """An order, customer or serial number: one word with a digit in it."""
    CHOICE = "choice"
    BOOLEAN = "boolean"


class Input(BaseModel):
    """One input. ``of_contact`` takes the value from the contact, never from what somebody wrote."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="How templates name it, such as order_number.")
    type: InputType = Field(default=InputType.TEXT, description="What a value is.")
    label: str = Field(default="", max_length=80, description="What people call it.")
    ask: str = Field(default="", max_length=300, description="How the agent asks for it; empty for a standard question.")
    required: bool = Field(default=True, description="Whether the call needs it.")
    choices: tuple[Annotated[str, Field(min_length=1, max_length=80)], ...] = Field(
        default=(), max_length=20, description="The values of a choice."
    )
    of_contact: Literal["", "email", "name", "phone", "id"] = Field(
        default="", description="Which fact of the contact it is; then it is never taken from a message."
    )

    @model_validator(mode="after")
    def _whole(self) -> "Input":
        if (self.type is InputType.CHOICE) != bool(self.choices):
            raise ValueError(f"{self.name}: a choice has choices, and nothing else has")
        return self

    @property
    def called(self) -> str:
        """The label, or the name as words."""
        return self.label or self.name.replace("_", " ")


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


def fill(inputs: Sequence[Input], given: Mapping[str, object], contact: Mapping[str, str | None]) -> Filled:
    """Check what was given; inputs of the contact are taken from the contact, whatever was given for them."""
    values: dict[str, Value] = {}
    missing: list[Input] = []
    wrong: list[Wrong] = []
    for one in inputs:
        raw = contact.get(one.of_contact) if one.of_contact else given.get(one.name)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            if one.required:
                missing.append(one)
            continue
        try:
            values[one.name] = value_of(one, raw)
        except ValueError as error:
            wrong.append(Wrong(one, str(error)))
    return Filled(values, tuple(missing), tuple(wrong))


def value_of(one: Input, raw: object) -> Value:
    """The value that something stands for.

    :raises ValueError: with what is wrong, for people.
    """
    if isinstance(raw, bool):
        if one.type is InputType.BOOLEAN:
            return raw
        raise ValueError(f"{one.called} is no yes or no")
    if not isinstance(raw, str | int | float):
        raise ValueError(f"{one.called} is one value, not a list or an object")
    text = " ".join(str(raw).replace("\x00", "").split())
    if len(text) > LONGEST:
        raise ValueError(f"{one.called} has {len(text)} characters; {LONGEST} are the limit")
    return _READERS[one.type](one, text)


def value_in(one: Input, message: str, language: str) -> Value | None:
    """The value that a message names in answer to a question for this input; None if it names none.

    A value is looked for first among what a message holds (an address, a number, a date, a code), then in the message as a whole.
    """
    found = [fact.written for fact in facts(message) if fact.kind in _KINDS.get(one.type, frozenset())]
    if one.type is InputType.CODE:
        found += re.findall(r"[A-Za-z0-9][A-Za-z0-9/._#-]*", message)
    if one.type is InputType.BOOLEAN:
        reading = read(message, language)
        if reading.agrees != reading.declines:
            return reading.agrees
    for candidate in [*found, message]:
        try:
            return value_of(one, candidate)
        except ValueError:
            continue
    return None


_KINDS: Mapping[InputType, frozenset[Kind]] = {
    InputType.EMAIL: frozenset({Kind.EMAIL}),
    InputType.PHONE: frozenset({Kind.PHONE}),
    InputType.DATE: frozenset({Kind.DATE}),
    InputType.CODE: frozenset({Kind.CODE}),
    InputType.INTEGER: frozenset({Kind.NUMBER}),
    InputType.NUMBER: frozenset({Kind.NUMBER, Kind.MONEY}),
}


def _text(one: Input, text: str) -> str:
    if not text:
        raise ValueError(f"{one.called} is empty")
    return text


def _integer(one: Input, text: str) -> int:
    plain = text.replace(" ", "").replace("\u202f", "").replace(",", "").removesuffix(".0")
    if not re.fullmatch(r"[+-]?\d{1,15}", plain):
        raise ValueError(f"{one.called} is a whole number; “{text[:60]}” is none")
    return int(plain)


def _number(one: Input, text: str) -> float:
    plain = re.sub(r"[^\d,.+-]", "", text)
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})*,\d{1,2}", plain) or re.fullmatch(r"[+-]?\d+,\d{1,2}", plain):
        plain = plain.replace(".", "").replace(",", ".")
    try:
        return float(Decimal(plain.replace(",", "")))
    except InvalidOperation:
        raise ValueError(f"{one.called} is a number; “{text[:60]}” is none") from None


def _date(one: Input, text: str) -> str:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise ValueError(f"{one.called} is no day that exists: {text}") from None
    for fact in facts(text):
        whole = [value for value in fact.values if isinstance(value, tuple) and len(value) == 3 and None not in value]
        if fact.kind is Kind.DATE and len(whole) == 1:
            return date(*whole[0]).isoformat()
    raise ValueError(f"{one.called} is a day with its year, such as 2026-11-30; “{text[:60]}” is none")


def _email(one: Input, text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise ValueError(f"{one.called} is an email address; “{text[:60]}” is none") from None


def _phone(one: Input, text: str) -> str:
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise ValueError(f"{one.called} is a phone number with its country code, such as +49 341 123456") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError(f"{one.called} is no possible phone number: {text[:40]}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _code(one: Input, text: str) -> str:
    plain = text.strip(" .,;:!?#")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9/._-]{1,59}", plain) or not any(letter.isdigit() for letter in plain):
        raise ValueError(f"{one.called} is one word with a digit in it; “{text[:60]}” is none")
    return plain


def _choice(one: Input, text: str) -> str:
    wanted = words_only(text)
    if text.isdigit() and 1 <= int(text) <= len(one.choices):
        return one.choices[int(text) - 1]
    exact = [choice for choice in one.choices if words_only(choice) == wanted]
    named = exact or [choice for choice in one.choices if f" {words_only(choice)} " in f" {wanted} "]
    if len(named) != 1:
        raise ValueError(f"{one.called} is one of {', '.join(one.choices)}")
    return named[0]


def _boolean(one: Input, text: str) -> bool:
    plain = text.casefold()
    if plain in ("true", "yes", "on", "1"):
        return True
    if plain in ("false", "no", "off", "0"):
        return False
    raise ValueError(f"{one.called} is yes or no")


_READERS: Mapping[InputType, Callable[[Input, str], Value]] = {
    InputType.TEXT: _text,
    InputType.INTEGER: _integer,
    InputType.NUMBER: _number,
    InputType.DATE: _date,
    InputType.EMAIL: _email,
    InputType.PHONE: _phone,
    InputType.CODE: _code,
    InputType.CHOICE: _choice,
    InputType.BOOLEAN: _boolean,
}
