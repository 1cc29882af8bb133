"""Requests and sentences with places for values: a value can fill a place, never change what stands around it. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from firstline.kit.foreign import decoded

_PLACE = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
_SECRET = re.compile(r"\{secret:([A-Za-z0-9_-]{1,60})\}")
_LABEL = re.compile(r"\{([^{}]{1,60})\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def places(text: str) -> set[str]:
    """The inputs that a template names."""
    return set(_PLACE.findall(text))


def secrets_in(text: str) -> set[str]:
    """The secrets that a template names."""
    return set(_SECRET.findall(text))


def address(template: str, values: Mapping[str, Any]) -> str:
    """The address with every value as one part of it: a slash, a question mark or a dot-dot in a value stays text."""

    def put(place: re.Match[str]) -> str:
        value = values.get(place[1], "")
        # A list in an address is written with commas, as most interfaces take it.
        text = ",".join(map(_written, value)) if _is_plain_list(value) else _written(value)
        return quote("%2E%2E" if text == ".." else "%2E" if text == "." else text, safe="%" if text in (".", "..") else "")

    return _PLACE.sub(put, template)


def header(template: str, values: Mapping[str, Any], secrets: Mapping[str, str]) -> str:
    """A header's value on one line."""
    text = _PLACE.sub(lambda place: _written(values.get(place[1], "")), template)
    text = _SECRET.sub(lambda place: secrets.get(place[1], ""), text)
    return _CONTROL.sub(" ", text).strip()


def body(template: str, values: Mapping[str, Any], secrets: Mapping[str, str]) -> bytes | None:
    """The JSON body: a string that is one place becomes the value in its own type; places within strings become text.

    A property whose value is a place without a value is left out.

    :raises ValueError: if the template is no JSON.
    """
    if not template.strip():
        return None
    return json.dumps(_filled(decoded(template), values, secrets), ensure_ascii=False).encode()


_ABSENT = object()


def _filled(node: Any, values: Mapping[str, Any], secrets: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        filled = {name: _filled(inner, values, secrets) for name, inner in node.items()}
        return {name: inner for name, inner in filled.items() if inner is not _ABSENT}
    if isinstance(node, list):
        return [inner for one in node if (inner := _filled(one, values, secrets)) is not _ABSENT]
    if not isinstance(node, str):
        return node
    if whole := _PLACE.fullmatch(node):
        return values.get(whole[1], _ABSENT)
    text = _PLACE.sub(lambda place: _written(values.get(place[1], "")), node)
    return _SECRET.sub(lambda place: secrets.get(place[1], ""), text)


def sentence(template: str, facts: Mapping[str, Any]) -> str:
    """What the customer is told."""
    return _LABEL.sub(lambda place: _written(facts.get(place[1], "")), template)


def at(answer: Any, path: str) -> Any:
    """What stands at a path such as ``order.lines[0].name``; None where there is nothing."""
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(answer, list) and step.isdigit() and int(step) < len(answer):
            answer = answer[int(step)]
        elif isinstance(answer, dict):
            answer = answer.get(step)
        else:
            return None
    return answer


def as_fact(value: Any, most: int = 500) -> str | None:
    """A value of an answer as text for people; None for nothing. Long values are cut, objects are written as JSON."""
    if value is None or value == "":
        return None
    plain = isinstance(value, str | int | float | bool) or _is_plain_list(value)
    text = _written(value) if plain else json.dumps(value, ensure_ascii=False)
    text = _CONTROL.sub(" ", text)
    return text if len(text) <= most else text[: most - 1] + "…"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if _is_plain_list(value):
        return ", ".join(_written(one) for one in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _is_plain_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str | int | float | bool) for one in value)
