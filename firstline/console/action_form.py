"""From the form of an action to its definition and back."""

import json
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from starlette.datastructures import FormData

from firstline.agent.actions.definition import BuiltIn, Definition, Http, Mcp, Protection
from firstline.agent.actions.inputs import Input, InputType
from firstline.console.entered import text, texts
from firstline.console.view.actions import ActionEditor, InputRow
from firstline.console.words import _
from firstline.kit.foreign import decoded

BLANK_VALUES = {"title": "", "name": "", "when": "", "examples": "", "kind": "http", "method": "GET", "url": "", "headers": "",
                "body": "", "timeout": "15", "tool": "", "verb": "transfer", "properties": "", "protection": "none",
                "results": "", "tell": ""}  # fmt: skip


def values_of(found: Definition) -> dict[str, str]:
    """What stands in the fields of an action."""
    does = found.does
    values = BLANK_VALUES | {
        "title": found.title,
        "name": found.name,
        "when": found.when,
        "examples": "\n".join(found.examples),
        "kind": does.kind,
        "protection": found.protection.value,
        "results": "\n".join(f"{label} = {path}" for label, path in found.results.items()),
        "tell": found.tell,
    }
    if isinstance(does, Http):
        values |= {"method": does.method, "url": does.url, "body": does.body}
    if isinstance(does, Mcp):
        values |= {"url": does.url, "tool": does.tool}
    if isinstance(does, Http | Mcp):
        values |= {"headers": "\n".join(f"{name}: {value}" for name, value in does.headers.items()), "timeout": str(does.timeout)}
    if isinstance(does, BuiltIn):
        values |= {"verb": does.verb, "properties": ", ".join(does.properties)}
    return values


def checks_of(found: Definition) -> frozenset[str]:
    """The boxes that are ticked."""
    repeats = isinstance(found.does, Http | Mcp) and (
        found.does.honours_key if isinstance(found.does, Http) else found.does.repeatable
    )
    ticked = {"enabled": found.enabled, "confirm": found.confirm, "honours_key": repeats}
    return frozenset(name for name, on in ticked.items() if on)


def rows_of(found: Definition) -> tuple[InputRow, ...]:
    """The inputs as rows."""
    return tuple(input_row(one) for one in found.inputs)


def input_row(one: Input) -> InputRow:
    """One input as a row."""
    return InputRow(
        one.name,
        one.type.value,
        one.label,
        one.ask,
        one.required,
        ", ".join(one.choices),
        one.of_contact,
        one.many,
        one.empty,
        _figure(one.minimum),
        _figure(one.maximum),
        json.dumps(one.at, ensure_ascii=False) if one.at else "",
    )


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if value.is_integer() and abs(value) < 10**6 else repr(value)


def entered_rows(form: FormData) -> tuple[InputRow, ...]:
    """The rows as entered; those without a name are left out."""
    columns = [texts(form, f"input_{name}") for name in _COLUMNS]
    rows = [_entered_row(dict(zip(_COLUMNS, cells, strict=True))) for cells in zip_longest(*columns, fillvalue="")]
    return tuple(row for row in rows if row.name)


_COLUMNS = ("name", "type", "label", "ask", "required", "choices", "of_contact", "many", "empty", "minimum", "maximum", "at")


def _entered_row(cell: Mapping[str, str]) -> InputRow:
    return InputRow(
        cell["name"].strip(),
        cell["type"] or "text",
        cell["label"].strip(),
        cell["ask"].strip(),
        cell["required"] != "no",
        cell["choices"].strip(),
        cell["of_contact"],
        cell["many"] == "yes",
        cell["empty"] == "yes",
        cell["minimum"].strip(),
        cell["maximum"].strip(),
        cell["at"].strip(),
    )


def entered_values(form: FormData) -> dict[str, str]:
    """The fields as entered."""
    return {name: text(form, name, standard).strip() for name, standard in BLANK_VALUES.items()}


def definition_in(form: FormData) -> dict[str, Any]:
    """What the form describes, for the command to check."""
    values = entered_values(form)
    return {
        "name": values["name"] or _named(values["title"]),
        "title": values["title"],
        "when": values["when"],
        "examples": [line.strip() for line in values["examples"].splitlines() if line.strip()],
        "inputs": [_input(row) for row in entered_rows(form)],
        "does": _does(values, text(form, "honours_key") == "on"),
        "protection": values["protection"],
        "confirm": text(form, "confirm") == "on",
        "enabled": text(form, "enabled") == "on",
        "results": _pairs(values["results"], "="),
        "tell": values["tell"],
    }


def secrets_in_form(form: FormData) -> dict[str, str]:
    """Secrets that were entered; an empty field leaves what is kept."""
    names = texts(form, "secret_name")
    return {name: value for name, value in zip(names, texts(form, "secret_value"), strict=False) if value}


def _input(row: InputRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "type": row.type,
        "label": row.label,
        "ask": row.ask,
        "required": row.required,
        "choices": [one.strip() for one in row.choices.split(",") if one.strip()],
        "of_contact": row.of_contact,
        "many": row.many,
        "empty": row.empty,
        "minimum": row.minimum.replace(",", ".") or None,
        "maximum": row.maximum.replace(",", ".") or None,
        "at": _path(row.at),
    }


def _path(written: str) -> list[Any]:
    try:
        found = decoded(written) if written else []
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def _does(values: Mapping[str, str], repeats: bool) -> dict[str, Any]:
    entered = values["timeout"]
    timeout: Any = int(entered) if entered.isascii() and entered.isdigit() and len(entered) < 7 else entered
    headers = _pairs(values["headers"], ":")
    if values["kind"] == "mcp":
        return {"kind": "mcp", "url": values["url"], "tool": values["tool"], "headers": headers, "timeout": timeout,
                "repeatable": repeats}  # fmt: skip
    if values["kind"] == "built_in":
        properties = [one.strip() for one in values["properties"].split(",") if one.strip()]
        return {"kind": "built_in", "verb": values["verb"], "properties": properties}
    return {"kind": "http", "method": values["method"], "url": values["url"], "headers": headers, "body": values["body"],
            "honours_key": repeats, "timeout": timeout}  # fmt: skip


def _pairs(written: str, sign: str) -> dict[str, str]:
    lines: Sequence[str] = [line for line in written.splitlines() if line.strip()]
    return {name.strip(): value.strip() for name, _sign, value in (line.partition(sign) for line in lines)}


def _named(title: str) -> str:
    """A name made of a title; one in other letters, or of a single one, is an action like any other."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in title.lower())
    made = "_".join(part for part in plain.split("_") if part)[:33].strip("_")
    return made if len(made) > 1 and made[0].isalpha() else f"action_{made}".strip("_")


def editor(
    action_id: str, title: str, values: dict[str, str], checks: frozenset[str], rows: tuple[InputRow, ...], **more: Any
) -> ActionEditor:
    """The form with its choices, and always one empty row for another input."""
    return ActionEditor(
        action_id,
        title,
        values,
        checks,
        (*rows, InputRow()),
        kinds=(
            ("http", _("HTTP request"), _("To any system with an API.")),
            ("mcp", _("MCP tool"), _("A tool of a server that speaks the Model Context Protocol.")),
            ("built_in", _("Built in"), _("Something that Firstline does itself.")),
        ),
        methods=tuple((one, one) for one in ("GET", "POST", "PUT", "PATCH", "DELETE")),
        verbs=(
            ("look_up_contact", _("Look up the contact")),
            ("update_contact", _("Change the contact")),
            ("qualify_lead", _("Qualify a lead")),
            ("schedule_callback", _("Schedule a callback")),
            ("create_ticket", _("Pass a request to the help desk")),
            ("transfer", _("Transfer to people")),
        ),
        types=tuple((one.value, word) for one, word in _types().items()),
        facts_of_contact=(
            ("", _("The customer")),
            ("email", _("The contact’s email")),
            ("name", _("The contact’s name")),
            ("phone", _("The contact’s phone")),
            ("id", _("The contact’s id")),
        ),
        protections=(
            (Protection.NONE.value, _("None"), _("For what anybody may know or do.")),
            (
                Protection.MATCH.value,
                _("Known customer"),
                _("The channel itself knows who writes: signed in, or a proven address."),
            ),
            (Protection.VERIFY.value, _("One-time code"), _("The customer enters a code that is mailed to the address on file.")),
            (Protection.APPROVE.value, _("Approval"), _("A teammate approves each call in the inbox.")),
        ),
        **more,
    )


def _types() -> dict[InputType, str]:
    return {
        InputType.TEXT: _("Text"),
        InputType.NAME: _("Name of a person, place or thing"),
        InputType.CODE: _("Code or number of an order"),
        InputType.INTEGER: _("Whole number"),
        InputType.NUMBER: _("Number"),
        InputType.DATE: _("Day"),
        InputType.TIME: _("Time of day"),
        InputType.EMAIL: _("Email address"),
        InputType.PHONE: _("Phone number"),
        InputType.LINK: _("Web address"),
        InputType.CHOICE: _("One of several"),
        InputType.BOOLEAN: _("Yes or no"),
        InputType.OBJECT: _("JSON object"),
    }
