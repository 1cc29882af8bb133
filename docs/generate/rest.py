"""The page of REST, from the OpenAPI document of the application."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.generate.markdown import code, first_sentence, page, table
from firstline.app import create_app
from firstline.settings import Settings

Json = Mapping[str, Any]

INTRODUCTION = """JSON over HTTP under `/api/v1`, with an API key as `Authorization: Bearer fl_…`. How to get one
and how to use it: [use the API](../how-to/use-the-api.md). The same as a machine reads it is the OpenAPI document at
`{openapi}`.

Lists are `{{"items": […], "next": …}}`; `next` is the `cursor` of the next page, or null. Times are RFC 3339. Errors
are problem documents (RFC 9457): `status`, `title`, `detail`, and `field` where one field is wrong. A `POST` with an
`Idempotency-Key` is carried out once: the same key with the same body gets the first answer for 24 hours, with
another body 409."""


def write() -> str:
    """The page."""
    document, address = _openapi()
    by_tag: dict[str, list[tuple[str, str, Json]]] = defaultdict(list)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag[(operation.get("tags") or ["Other"])[0]].append((method.upper(), path, operation))
    schemas = document.get("components", {}).get("schemas", {})
    parts = []
    for tag in sorted(by_tag):
        parts.append(f"## {tag}")
        parts.append(table(("request", "does"), (_line(*one) for one in by_tag[tag])))
        parts += [part for one in by_tag[tag] if (part := _details(*one, schemas))]
    return page("REST", INTRODUCTION.format(openapi=address), *parts)


def _openapi() -> tuple[Json, str]:
    """The document and its address; nothing is connected to."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data=Path(folder), database_url=None), "postgresql://nobody@localhost/none", worker=False)
        try:
            return app.openapi(), str(app.openapi_url)
        finally:
            app.state.database.close()


def _line(method: str, path: str, operation: Json) -> tuple[str, str]:
    return code(f"{method} {path}"), first_sentence(operation.get("description"))


def _details(method: str, path: str, operation: Json, schemas: Json) -> str:
    """Parameters and body of one request; nothing if it has neither."""
    rows = [(code(one["name"]), _type(one["schema"], schemas), _about(one["schema"], one)) for one in _asked(operation)]
    kinds = operation.get("requestBody", {}).get("content", {})
    body = [row for content in kinds.values() for row in _fields(content["schema"], schemas)]
    if not rows and not body:
        return ""
    parts = [f"### {method} {path}"]
    if rows:
        parts.append(table(("query", "value", "means"), rows))
    if body:
        kind = ", ".join(code(kind) for kind in kinds if kind != "application/json")
        parts.append(table(("body", "value", "means"), body))
        if kind:
            parts.append(f"Sent as {kind}.")
    return "\n\n".join(parts)


def _asked(operation: Json) -> list[Json]:
    return [one for one in operation.get("parameters", []) if one["in"] == "query"]


def _fields(schema: Json, schemas: Json, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    schema = _resolved(schema, schemas)
    for one in schema.get("anyOf", ()):
        if one.get("type") != "null":
            yield from _fields(one, schemas, prefix)
    for one in schema.get("oneOf", ()):
        yield from _fields(one, schemas, prefix)
    required = set(schema.get("required", ()))
    for name, field in schema.get("properties", {}).items():
        words = _about(field, field)
        yield code(prefix + name), _type(field, schemas), f"Required. {words}".strip() if name in required else words


def _resolved(schema: Json, schemas: Json) -> Json:
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _type(schema: Json, schemas: Json) -> str:
    schema = _resolved(schema, schemas)
    if choices := [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]:
        return " or ".join(_type(one, schemas) for one in choices)
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return ", ".join(code(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}), schemas)}"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "object": "object"}
    word = "file" if schema.get("format") == "binary" else words.get(schema.get("type", ""), "any")
    if "minimum" in schema and "maximum" in schema:
        return f"{word}, {schema['minimum']} to {schema['maximum']}"
    return word


def _about(schema: Json, described: Json) -> str:
    words = str(described.get("description") or schema.get("description") or "")
    default = schema.get("default")
    if default in (None, "", [], {}):
        return words
    shown = default if isinstance(default, str) else json.dumps(default, ensure_ascii=False)
    return f"{words} Default {code(shown)}.".strip()
