"""The settings of a channel account as form fields, from its pydantic model, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from starlette.datastructures import FormData

from firstline.channels.layout import has_lines, holds_teammate, layout_of
from firstline.console.entered import text
from firstline.console.words import _

_CAPITALS = ("html", "imap", "lmtp", "smtp", "starttls", "tls")
ABBREVIATIONS = {**{one: one.upper() for one in _CAPITALS}, "utf16": "UTF-16"}


@dataclass(frozen=True)
class ConfigField:
    """One field. ``kind`` is text, long, secret, lines, choice, several, check, number or colour."""

    name: str
    label: str
    hint: str
    kind: str
    value: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ConfigSection:
    """Fields under one heading. With ``by`` it is shown while that field has one of ``among``; ``idle``: it has none now."""

    title: str
    fields: tuple[ConfigField, ...]
    folded: bool = False
    by: str = ""
    among: tuple[str, ...] = ()
    idle: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Of the fields: a folded section opens when one of them was refused."""
        return frozenset(field.name for field in self.fields)


def fields_of(
    config: type[BaseModel], values: Mapping[str, Any], people: Sequence[tuple[str, str]] = ()
) -> tuple[ConfigField, ...]:
    """The fields of a model with what is set; secrets are never shown. ``people``: id and name of the teammates there are."""
    found = []
    for name, info in config.model_fields.items():
        if name in hidden_fields(config):
            continue
        kind, choices = _kind(info.annotation, name)
        given = values.get(name, None if info.is_required() else info.get_default(call_default_factory=True))
        if holds_teammate(config, name):
            kind, choices = "choice", _named(people, given)
        elif has_lines(config, name):
            kind = "long"
        found.append(ConfigField(name, info.title or name, info.description or "", kind, _written(given, kind), choices))
    return tuple(found)


def sections_of(
    config: type[BaseModel], values: Mapping[str, Any], people: Sequence[tuple[str, str]] = ()
) -> tuple[ConfigSection, ...]:
    """The same in the sections of the model's layout. A field that the layout forgot stands at the end, never nowhere."""
    fields = {field.name: field for field in fields_of(config, values, people)}
    chosen = {field.name: field.value for field in fields.values()}
    found = []
    for section in layout_of(config):
        held = tuple(fields.pop(name) for name in section.fields if name in fields)
        by, among = section.when or ("", frozenset())
        idle = bool(by) and chosen.get(by, "") not in among
        found.append(ConfigSection(section.title, held, section.folded, by, tuple(sorted(among)), idle))
    found.append(ConfigSection("", tuple(fields.values())))
    return tuple(section for section in found if section.fields)


def hidden_fields(config: type[BaseModel]) -> frozenset[str]:
    """Fields that a program sets: they are no part of the form."""
    return frozenset(
        name
        for name, info in config.model_fields.items()
        if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("set_by") == "program"
    )


def settings_in(config: type[BaseModel], form: FormData) -> dict[str, Any]:
    """What was entered, in the shapes the model wants; the model itself checks it."""
    entered: dict[str, Any] = {}
    for name, info in config.model_fields.items():
        if name in hidden_fields(config):
            continue
        kind, _choices = _kind(info.annotation, name)
        value = text(form, f"s-{name}")
        if kind not in ("check", "several") and f"s-{name}" not in form:
            continue
        if kind == "several":
            entered[name] = [str(one) for one in form.getlist(f"s-{name}")]
        elif kind == "lines":
            entered[name] = [line.strip() for line in value.splitlines() if line.strip()]
        elif kind == "check":
            entered[name] = f"s-{name}" in form
        elif kind != "secret" or value:
            entered[name] = "\n".join(value.strip().splitlines())
    return entered


def _kind(annotation: Any, name: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    if get_origin(annotation) is list:
        (of,) = get_args(annotation)
        return ("several", _labelled(of)) if get_origin(of) is Literal else ("lines", ())
    if get_origin(annotation) is Literal:
        return "choice", _labelled(annotation)
    types = [one for one in (*get_args(annotation), annotation) if isinstance(one, type)]
    for one in types:
        if issubclass(one, Enum):
            return "choice", tuple((str(member.value), _label(str(member.value))) for member in one)
        if issubclass(one, SecretStr):
            return "secret", ()
        if issubclass(one, bool):
            return "check", ()
        if issubclass(one, int | float):
            return "number", ()
    return ("colour" if name == "accent" else "text"), ()


def _named(people: Sequence[tuple[str, str]], chosen: str | None) -> tuple[tuple[str, str], ...]:
    gone = ((chosen, _("Somebody who was removed")),) if chosen and chosen not in dict(people) else ()
    return (("", _("Nobody")), *people, *gone)


def _label(value: str) -> str:
    """A value as a word: what is an abbreviation stays one."""
    return ABBREVIATIONS.get(value) or value.replace("_", " ").capitalize()


def _labelled(literal: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(one), _label(str(one))) for one in get_args(literal))


def _written(value: Any, kind: str) -> str:
    if kind == "secret" or value is None:
        return ""
    if kind in ("lines", "several"):
        return "\n".join(str(one) for one in value)
    if kind == "check":
        return "on" if value else ""
    return str(value.value) if isinstance(value, Enum) else str(value)
