"""A value in its type: read strictly, or refused with a sentence for people. Pure."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from firstline.agent.actions.inputs import Input, InputType, Value
from firstline.agent.actions.inputs.moments import day_in, time_in
from firstline.agent.facts.reading import Kind, facts
from firstline.agent.models.lexicon import words_only
from firstline.kit.foreign import decoded

LONGEST = 500
"""Characters of one value."""
MOST = 50
"""Values of a list."""
LARGEST = 10_000
"""Characters of an object as JSON."""

_APART = re.compile(r"\s*[,;\n]\s*")
_LAST = re.compile(r"\s*(?:\b(?:and|und|et|og|och|as well as|sowie)\b|&|\+)\s*", re.IGNORECASE)


def value_of(one: Input, raw: object, today: date | None = None) -> Value:
    """The value that something stands for.

    :raises ValueError: with what is wrong, for people.
    """
    if one.many:
        return _list_of(one, raw, today)
    return _single(one, raw, today)


def parts_of(text: str) -> list[str]:
    """The parts of a list as people write it: *a, b and c*, one a line, or with semicolons."""
    parts = [part for part in _APART.split(text) if part.strip()]
    if len(parts) < 2:
        return [part.strip() for part in _LAST.split(text) if part.strip()]
    head, last = parts[:-1], parts[-1]
    found = _LAST.split(last)
    return [part.strip(" .") for part in (*head, *found) if part.strip(" .")]


def _list_of(one: Input, raw: object, today: date | None) -> list[Any]:
    items: Sequence[object]
    if isinstance(raw, str):
        items = _json_list(raw) or parts_of(raw)
    elif isinstance(raw, list | tuple):
        items = raw
    else:
        items = [raw]
    if not items and not one.empty:
        raise ValueError(f"{one.called} needs one value at least")
    if len(items) > MOST:
        raise ValueError(f"{one.called} has {len(items)} values; {MOST} are the limit")
    return [_single(one, item, today) for item in items]


def _json_list(text: str) -> list[Any]:
    if not text.lstrip().startswith("["):
        return []
    try:
        found = decoded(text)
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def _single(one: Input, raw: object, today: date | None) -> Value:
    if one.type is InputType.OBJECT:
        return _object(one, raw)
    if isinstance(raw, bool):
        if one.type is InputType.BOOLEAN:
            return raw
        raise ValueError(f"{one.called} is no yes or no")
    if not isinstance(raw, str | int | float):
        raise ValueError(f"{one.called} is one value, not a list or an object")
    if isinstance(raw, float) and not math.isfinite(raw):
        raise ValueError(f"{one.called} is no number that exists")
    text = " ".join(_written(raw).replace("\x00", "").split())
    if len(text) > LONGEST:
        raise ValueError(f"{one.called} has {len(text)} characters; {LONGEST} are the limit")
    if one.type is InputType.DATE:
        return _date(one, text, today)
    return _within(one, _READERS[one.type](one, text))


def _written(raw: str | int | float) -> str:
    return format(Decimal(repr(raw)), "f") if isinstance(raw, float) else str(raw)


def _within(one: Input, value: Value) -> Value:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if one.minimum is not None and value < one.minimum:
        raise ValueError(f"{one.called} is {one.minimum:g} at least; {value:g} is less")
    if one.maximum is not None and value > one.maximum:
        raise ValueError(f"{one.called} is {one.maximum:g} at most; {value:g} is more")
    return value


def _object(one: Input, raw: object) -> dict[str, Any]:
    if isinstance(raw, str):
        try:
            raw = decoded(raw)
        except ValueError:
            raise ValueError(f"{one.called} is a JSON object, such as {{“name”: “value”}}") from None
    if not isinstance(raw, dict):
        raise ValueError(f"{one.called} is a JSON object, such as {{“name”: “value”}}")
    try:
        written = json.dumps(raw, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise ValueError(f"{one.called} holds something that JSON cannot") from None
    if len(written) > LARGEST:
        raise ValueError(f"{one.called} has {len(written):,} characters as JSON; {LARGEST:,} are the limit")
    return raw


def _text(one: Input, text: str) -> str:
    if not text and not one.empty:
        raise ValueError(f"{one.called} is empty")
    return text


def _integer(one: Input, text: str) -> int:
    plain = text.replace(" ", "").replace("\u202f", "").replace(",", "").removesuffix(".0")
    if not re.fullmatch(r"[+-]?[0-9]{1,15}", plain):
        raise ValueError(f"{one.called} is a whole number; “{text[:60]}” is none")
    return int(plain)


def _number(one: Input, text: str) -> float:
    plain = re.sub(r"[^0-9,.+-]", "", text)
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})*,\d{1,2}", plain) or re.fullmatch(r"[+-]?\d+,\d{1,2}", plain):
        plain = plain.replace(".", "").replace(",", ".")
    try:
        return float(Decimal(plain.replace(",", "")))
    except InvalidOperation:
        raise ValueError(f"{one.called} is a number; “{text[:60]}” is none") from None


def _date(one: Input, text: str, today: date | None) -> str:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise ValueError(f"{one.called} is no day that exists: {text}") from None
    if (day := day_in(text, today)) is not None:
        return day.isoformat()
    raise ValueError(f"{one.called} is a day with its year, such as 2026-11-30; “{text[:60]}” is none")


def _time(one: Input, text: str) -> str:
    if (found := time_in(text)) is None:
        raise ValueError(f"{one.called} is a time of day, such as 18:30; “{text[:60]}” is none")
    return found


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


def _link(one: Input, text: str) -> str:
    links = [fact.written for fact in facts(text) if fact.kind is Kind.LINK]
    if len(links) != 1 or links[0] != text.rstrip(".,;:!?"):
        raise ValueError(f"{one.called} is a web address, such as https://example.org; “{text[:60]}” is none")
    return links[0] if "://" in links[0] else f"https://{links[0]}"


def _code(one: Input, text: str) -> str:
    plain = text.strip(" .,;:!?#")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9/._-]{1,59}", plain) or not any(letter.isdigit() for letter in plain):
        raise ValueError(f"{one.called} is one word with a digit in it; “{text[:60]}” is none")
    return plain


def _choice(one: Input, text: str) -> str:
    wanted = words_only(text)
    exact = [choice for choice in one.choices if words_only(choice) == wanted or choice == text]
    numbered = any(choice.strip().isdigit() for choice in one.choices)
    if not exact and not numbered and re.fullmatch(r"[0-9]{1,2}", text) and 1 <= int(text) <= len(one.choices):
        return one.choices[int(text) - 1]
    named = exact or [choice for choice in one.choices if f" {words_only(choice)} " in f" {wanted} "]
    longest = [one for one in named if not any(one != other and one.lower() in other.lower() for other in named)]
    if len(longest) != 1:
        raise ValueError(f"{one.called} is one of {', '.join(one.choices)}")
    return longest[0]


def _boolean(one: Input, text: str) -> bool:
    plain = text.casefold()
    if plain in ("true", "yes", "on", "1"):
        return True
    if plain in ("false", "no", "off", "0"):
        return False
    raise ValueError(f"{one.called} is yes or no")


_READERS: Mapping[InputType, Callable[[Input, str], Value]] = {
    InputType.TEXT: _text,
    InputType.NAME: _text,
    InputType.INTEGER: _integer,
    InputType.NUMBER: _number,
    InputType.TIME: _time,
    InputType.EMAIL: _email,
    InputType.PHONE: _phone,
    InputType.LINK: _link,
    InputType.CODE: _code,
    InputType.CHOICE: _choice,
    InputType.BOOLEAN: _boolean,
}
