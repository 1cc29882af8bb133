"""Inputs of an action made of a JSON Schema, such as that of an MCP tool's arguments. Pure.

Objects become one input a property, so that each can be asked for in plain words; what cannot be asked for so (a list of
objects, an object of any properties) becomes one input that takes JSON.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from firstline.agent.actions.inputs import Input, InputType

DEEPEST = 4
"""Objects within objects that become inputs of their own."""
_FORMATS = {
    "email": InputType.EMAIL, "idn-email": InputType.EMAIL, "date": InputType.DATE, "time": InputType.TIME,
    "phone": InputType.PHONE, "tel": InputType.PHONE, "uri": InputType.LINK, "url": InputType.LINK, "iri": InputType.LINK,
}  # fmt: skip
_TYPES = {"integer": InputType.INTEGER, "number": InputType.NUMBER, "boolean": InputType.BOOLEAN}


@dataclass(frozen=True)
class Described:
    """What a schema asks for as inputs, and what of it could not be taken over, for people."""

    inputs: tuple[Input, ...]
    notes: tuple[str, ...]


def described(schema: object, most: int) -> Described:
    """The inputs of a schema. Whatever it holds, this returns: a schema is somebody else's.

    :param most: inputs that an action may have; optional ones beyond are left out.
    """
    reading = _Reading(schema if isinstance(schema, Mapping) else {})
    inputs = list(reading.inputs_of(reading.root, (), required=True, deep=0))
    inputs.sort(key=lambda one: not one.required)
    notes = list(reading.notes)
    if len(inputs) > most:
        notes.append(
            f"It takes {len(inputs)} inputs; {most} are the limit: {', '.join(one.name for one in inputs[most:])} left out."
        )
    return Described(tuple(inputs[:most]), tuple(dict.fromkeys(notes)))


class _Reading:
    """One schema with its definitions, and the names given so far."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root
        self.taken: set[str] = set()
        self.notes: list[str] = []

    def inputs_of(self, schema: Mapping[str, Any], at: tuple[str, ...], *, required: bool, deep: int) -> Iterator[Input]:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping):
            return
        needed = schema.get("required")
        needs = frozenset(one for one in needed if isinstance(one, str)) if isinstance(needed, list) else frozenset()
        for name, part in list(properties.items())[:60]:
            if not isinstance(name, str) or not 0 < len(name) <= 120:
                continue
            inner, nullable = self._resolved(part)
            must = required and name in needs and not nullable
            path = (*at, name)
            if self._has_parts(inner) and deep + 1 < DEEPEST:
                yield from self.inputs_of(inner, path, required=must, deep=deep + 1)
            else:
                yield self._one(path, inner, must)

    def _has_parts(self, schema: Mapping[str, Any]) -> bool:
        properties = schema.get("properties")
        return isinstance(properties, Mapping) and bool(properties)

    def _resolved(self, schema: object, steps: int = 0) -> tuple[Mapping[str, Any], bool]:
        """A schema behind its reference, and whether nothing is right as well (*anyOf* with *null*)."""
        if not isinstance(schema, Mapping) or steps > 8:
            return {}, False
        if isinstance(reference := schema.get("$ref"), str):
            found, nullable = self._resolved(self._at(reference), steps + 1)
            return {**found, **{name: value for name, value in schema.items() if name != "$ref"}}, nullable
        types = schema.get("type")
        if isinstance(types, list):
            kinds = [one for one in types if one != "null"]
            return {**schema, "type": kinds[0] if kinds else "string"}, "null" in types
        for word in ("anyOf", "oneOf", "allOf"):
            options = schema.get(word)
            if isinstance(options, list) and options:
                rest = [one for one in options if not (isinstance(one, Mapping) and one.get("type") == "null")]
                found, nullable = self._resolved(rest[0] if rest else {}, steps + 1)
                if len(rest) > 1:
                    self.notes.append("Where it takes one of several kinds, the first was taken.")
                about = {name: value for name, value in schema.items() if name != word}
                return {**found, **about}, nullable or len(rest) < len(options)
        return schema, False

    def _at(self, reference: str) -> object:
        found: object = self.root
        for step in reference.removeprefix("#").strip("/").split("/"):
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
        return found

    def _one(self, path: tuple[str, ...], schema: Mapping[str, Any], required: bool) -> Input:
        many = schema.get("type") == "array"
        of, _nullable = self._resolved(schema.get("items")) if many else (schema, False)
        type_, choices = self._kind(path, of)
        bounded = type_ in (InputType.INTEGER, InputType.NUMBER)
        low, high = (_bound(of, "minimum", "exclusiveMinimum", type_, 1), _bound(of, "maximum", "exclusiveMaximum", type_, -1))
        if low is not None and high is not None and low > high:
            low = high = None
        may_be_empty = not schema.get("minItems") if many else type_ is InputType.TEXT and not of.get("minLength")
        plain = not (of.get("pattern") or of.get("format"))
        name = self._name(path)
        return Input(
            name=name,
            type=type_,
            label=_label(path),
            required=required,
            many=many,
            empty=bool(may_be_empty and (many or plain)),
            minimum=low if bounded else None,
            maximum=high if bounded else None,
            choices=choices,
            at=() if path == (name,) else path,
        )

    def _kind(self, path: tuple[str, ...], of: Mapping[str, Any]) -> tuple[InputType, tuple[str, ...]]:
        listed = of.get("enum") if isinstance(of.get("enum"), list) else [of["const"]] if "const" in of else []
        words = tuple(dict.fromkeys(one for one in listed or () if isinstance(one, str) and 0 < len(one) <= 80))
        if words and len(words) <= 60:
            return InputType.CHOICE, words
        kind, form = of.get("type"), of.get("format")
        if isinstance(form, str) and kind in (None, "string") and form in _FORMATS:
            return _FORMATS[form], ()
        if isinstance(kind, str) and kind in _TYPES:
            return _TYPES[kind], ()
        if kind in ("object", "array"):
            self.notes.append(f"{'.'.join(path)} is taken as JSON: it cannot be asked for in one question.")
            return InputType.OBJECT, ()
        return InputType.TEXT, ()

    def _name(self, path: tuple[str, ...]) -> str:
        """A name that templates can use: *orderId* within *order* becomes ``order_order_id``."""
        words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", "_".join(path)).lower()
        plain = re.sub(r"[^a-z0-9]+", "_", words).strip("_")
        plain = (plain if plain[:1].isalpha() else f"input_{plain}")[:36].strip("_")
        name, number = plain, 2
        while name in self.taken:
            name, number = f"{plain}_{number}", number + 1
        self.taken.add(name)
        return name


def _bound(schema: Mapping[str, Any], inclusive: str, exclusive: str, type_: InputType, step: int) -> float | None:
    """A bound; an open one is closed by one for whole numbers, and left to the tool for others."""
    for name, by in ((inclusive, 0), (exclusive, step if type_ is InputType.INTEGER else 0)):
        value = schema.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**15:
            return float(value) + by
    return None


def _label(path: tuple[str, ...]) -> str:
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", " ".join(path))
    return " ".join(re.sub(r"[_\-.]+", " ", words).lower().split())[:80]
