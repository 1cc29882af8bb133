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
another body 409.

For operators, outside of `/api/v1` and without a key: `/healthz` (the process answers), `/readyz` (503 while the
database does not answer or has no schema), `/metrics` (figures for Prometheus)."""


def write() -> str:
    """The page."""
    document, address = openapi()
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


def openapi() -> tuple[Json, str]:
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
    query = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    parts = [table(("query", "value", "means"), (_row(one["name"], one["schema"], schemas, one, False) for one in query))]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        head = "body" if kind == "application/json" else f"body as {code(kind)}"
        parts.append(table((head, "value", "means"), _fields(content["schema"], schemas)))
    parts = [part for part in parts if part]
    return "\n\n".join([f"### {method} {path}", *parts]) if parts else ""


def _fields(schema: Json, schemas: Json) -> Iterator[tuple[str, str, str]]:
    """The fields of a body; of a choice between kinds, each field once with the kinds that have it."""
    choices = [_resolved(one, schemas) for one in _choices(_resolved(schema, schemas), schemas)]
    seen: dict[str, list[Json]] = defaultdict(list)
    for choice in choices:
        for name in choice.get("properties", {}):
            seen[name].append(choice)
    for name, having in sorted(seen.items(), key=lambda one: one[0] != "kind" or len(choices) == 1):
        field = having[0]["properties"][name]
        required = all(name in one.get("required", ()) for one in having)
        if len(choices) > 1 and name == "kind":
            yield code(name), ", ".join(_type(one["properties"][name], schemas) for one in having), "Required."
            continue
        shown, value, words = _row(name, field, schemas, field, required)
        if len(having) < len(choices):
            words = f"{words} With {', '.join(_type(one['properties']['kind'], schemas) for one in having)}.".strip()
        yield shown, value, words


def _choices(schema: Json, schemas: Json) -> list[Json]:
    several = [one for one in (*schema.get("oneOf", ()), *schema.get("anyOf", ())) if one.get("type") != "null"]
    return [below for one in several for below in _choices(_resolved(one, schemas), schemas)] or [schema]


def _row(name: str, schema: Json, schemas: Json, described: Json, required: bool) -> tuple[str, str, str]:
    words = _about(schema, described)
    return code(name), _type(schema, schemas), f"Required. {words}".strip() if required else words


def _resolved(schema: Json, schemas: Json) -> Json:
    found: Json = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


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
        return f"{word}, {int(schema['minimum']):,} to {int(schema['maximum']):,}"
    return word


def _about(schema: Json, described: Json) -> str:
    words = str(described.get("description") or schema.get("description") or "")
    default = schema.get("default")
    if default in (None, "", [], {}):
        return words
    shown = default if isinstance(default, str) else json.dumps(default, ensure_ascii=False)
    return f"{words} Default {code(shown)}.".strip()
