"""TOML files turned into frozen dataclasses, with errors that name file, entry and field."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

T = TypeVar("T")
STRICT = ConfigDict(extra="forbid", str_strip_whitespace=True, str_min_length=1)
"""What every shape of the demo wants: no unknown field, no empty text."""


class BadWorld(Exception):
    """The files of the demo company contradict each other or cannot be read; one problem a line."""


@dataclass
class Tables:
    """A TOML file, and those of its tables that nobody has taken yet."""

    path: Path
    rest: dict[str, Any]

    def nothing_left(self) -> None:
        """:raises BadWorld: if the file has a table that nobody knows."""
        if self.rest:
            raise BadWorld(f"{self.path.name}: nobody knows the table {min(self.rest)!r}")


def read_table(path: Path) -> Tables:
    """:raises BadWorld: if the file is missing or is no TOML."""
    try:
        return Tables(path, tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadWorld(f"{path.name}: {error}") from error


def take(tables: Tables, name: str, shape: type[T]) -> T:
    """One table of a file in its shape.

    :raises BadWorld: naming the entry and the field that are wrong.
    """
    if name not in tables.rest:
        raise BadWorld(f"{tables.path.name}: the table {name!r} is missing")
    return shaped(tables.rest.pop(name), shape, f"{tables.path.name}: {name}")


def shaped(values: Any, shape: type[T], where: str) -> T:
    """Values in their shape.

    :raises BadWorld: naming every field that is wrong.
    """
    try:
        found: T = TypeAdapter(shape).validate_python(values)
    except ValidationError as error:
        lines = (f"{where}.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise BadWorld("\n".join(lines)) from error
    return found
