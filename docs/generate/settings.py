"""The settings page, from ``firstline/settings.py``."""

import types
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from docs.generate.markdown import code, page, table
from firstline.settings import Settings

_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path", SecretStr: "secret text"}

INTRODUCTION = """Every setting is an environment variable, read once when the product starts. A wrong value stops
the start with a sentence that names it. Options of [the commands](commands.md) win over the environment. What a
teammate sets in the console (working hours, handoff, switch, channel accounts) is not here; it is kept in the
database."""


def write() -> str:
    """The page."""
    prefix = Settings.model_config.get("env_prefix", "")
    rows = [
        (code(f"{prefix}{name.upper()}"), _type(field.annotation) + _limits(field), _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return page("Settings", INTRODUCTION, table(("variable", "value", "default", "means"), rows))


def _type(annotation: Any) -> str:
    if get_origin(annotation) is types.UnionType:
        return _type(next(one for one in get_args(annotation) if one is not type(None)))
    return _WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _limits(field: FieldInfo) -> str:
    least = next((one.ge for one in field.metadata if hasattr(one, "ge")), None)
    most = next((one.le for one in field.metadata if hasattr(one, "le")), None)
    return f", {least} to {most}" if least is not None and most is not None else ""


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        made = field.default_factory()  # type: ignore[call-arg]
        home = str(Path.home())
        return code(str(made).replace(home, "~", 1))
    if field.default is PydanticUndefined:
        return "required"
    if field.default is None:
        return "none"
    return code(str(field.default).lower() if isinstance(field.default, bool) else field.default)
