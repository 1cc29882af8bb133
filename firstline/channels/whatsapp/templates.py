"""Templates: what Meta's list says of them, and how one is filled. Pure.

Values are counted through header, text and links, in the order they are read: a template has one list of values, whatever
its parts are.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from firstline.channels.base import Template
from firstline.channels.graph.reading import items, mapping, word

_HOLE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,60})\s*\}\}")


def template_of(item: Any) -> Template | None:
    """One item of ``message_templates``; None if it has no name."""
    one = mapping(item)
    name, language = word(one.get("name"), 512), word(one.get("language"), 20)
    if not name or not language:
        return None
    named = word(one.get("parameter_format"), 20).upper() == "NAMED"
    lines: list[str] = []
    shape: list[dict[str, Any]] = []
    reason = ""
    for component in items(one.get("components")):
        text, parts, problem = _component(mapping(component), _count(shape), named)
        lines += [text] if text else []
        shape += parts
        reason = reason or problem
    rejected = word(one.get("rejected_reason"), 200)
    state = word(one.get("status"), 40).upper() or "UNKNOWN"
    why = reason if state == "APPROVED" else ("" if rejected in ("", "NONE") else rejected)
    return Template(
        name, language, "\n\n".join(lines), state, word(one.get("category"), 40).lower(), why, {"parts": shape, "problem": reason}
    )


def filled(template: Template, variables: Sequence[str]) -> dict[str, Any]:
    """The body of ``template`` in a send."""
    left = list(variables)
    components = []
    for part in items(template.shape.get("parts")):
        names = [word(name, 60) for name in items(mapping(part).get("names"))]
        values, left = left[: len(names)], left[len(names) :]
        parameters = [
            {"type": "text", "text": _line(value), **({"parameter_name": name} if part.get("named") else {})}
            for name, value in zip(names, values, strict=False)
        ]
        component: dict[str, Any] = {"type": part["type"], "parameters": parameters}
        if part["type"] == "button":
            component |= {"sub_type": part["sub_type"], "index": part["index"]}
        components.append(component)
    return {"name": template.name, "language": {"code": template.language}, **({"components": components} if components else {})}


def _line(value: str) -> str:
    """Values may hold no line ends, tabs, or more than four spaces in a row (132018)."""
    return re.sub(r" {4,}", "   ", re.sub(r"[\n\r\t]+", " ", value)).strip()


def _component(one: Mapping[str, Any], before: int, named: bool) -> tuple[str, list[dict[str, Any]], str]:
    """Text, parts that take values, and why it cannot be sent from here."""
    kind, format_ = word(one.get("type"), 20).upper(), word(one.get("format"), 20).upper()
    if kind == "HEADER" and format_ not in ("", "TEXT"):
        return "", [], f"Its header needs {format_.lower()}, which cannot be given here."
    if kind in ("HEADER", "BODY"):
        text, names = _numbered(word(one.get("text"), 4000), before)
        return text, [{"type": kind.lower(), "names": names, "named": named}] if names else [], ""
    if kind == "FOOTER":
        return word(one.get("text"), 200), [], ""
    if kind != "BUTTONS":
        return "", [], "" if not kind else f"It has a part ({kind.lower()}) that cannot be filled here."
    return _buttons(one, before)


def _buttons(one: Mapping[str, Any], before: int) -> tuple[str, list[dict[str, Any]], str]:
    lines: list[str] = []
    parts: list[dict[str, Any]] = []
    problem = ""
    for index, button in enumerate(items(one.get("buttons"))):
        kind, label = word(mapping(button).get("type"), 30).upper(), word(mapping(button).get("text"), 60)
        url, names = _numbered(word(mapping(button).get("url"), 2000), before + _count(parts))
        if kind == "REQUEST_CONTACT_INFO":  # Meta labels it in the customer's language
            label = f"{label or 'Share contact info'}: asks for the phone number"
        lines.append(f"[{label}]" + (f" {url}" if url else ""))
        if names:
            parts.append({"type": "button", "sub_type": "url", "index": str(index), "names": names, "named": False})
        if kind in ("OTP", "COPY_CODE", "FLOW", "CATALOG", "MPM", "SPM"):
            problem = f"Its button of kind {kind.lower()} cannot be filled here."
    return "\n".join(lines), parts, problem


def _numbered(text: str, before: int) -> tuple[str, list[str]]:
    """The text with its holes counted on from ``before``, and their own names."""
    found = list(dict.fromkeys(_HOLE.findall(text)))
    names = sorted(found, key=int) if all(name.isdigit() for name in found) else found
    return _HOLE.sub(lambda hole: f"{{{{{before + names.index(hole[1]) + 1}}}}}", text), names


def _count(parts: Sequence[Mapping[str, Any]]) -> int:
    return sum(len(part["names"]) for part in parts)
