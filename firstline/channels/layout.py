"""How the settings of an account are laid out as a form: which stand together, which belong to a choice, which stay folded.

A channel that has more settings than fit a screen puts a ``layout`` on its model. One without is shown as one list.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

TEAMMATE: dict[str, Any] = {"choose": "teammate"}
"""For ``json_schema_extra`` of a setting that holds the id of a teammate, or nothing: it is chosen by name."""

LONG: dict[str, Any] = {"write": "long"}
"""For ``json_schema_extra`` of a text whose lines mean something, such as a signature: it is entered in several lines."""


@dataclass(frozen=True)
class Section:
    """Settings that are read together.

    ``title`` may be empty: the section goes on where the one before it ended. ``when`` names a setting and the values
    with which the section means anything; with others it is not shown and keeps what it holds. A ``folded`` section opens at
    a click: what it holds is right for most as it stands.
    """

    title: str
    fields: tuple[str, ...]
    when: tuple[str, frozenset[str]] | None = None
    folded: bool = False


def layout_of(config: type[BaseModel]) -> tuple[Section, ...]:
    """The sections of a model; all its fields in one if it says nothing."""
    given: Any = getattr(config, "layout", ())
    return given or (Section("", tuple(config.model_fields)),)


def holds_teammate(config: type[BaseModel], name: str) -> bool:
    """Whether a setting is a teammate's id."""
    return _says(config, name, TEAMMATE)


def has_lines(config: type[BaseModel], name: str) -> bool:
    """Whether a setting is a text whose lines mean something."""
    return _says(config, name, LONG)


def _says(config: type[BaseModel], name: str, what: dict[str, Any]) -> bool:
    info = config.model_fields.get(name)
    extra = info.json_schema_extra if info is not None else None
    return isinstance(extra, dict) and what.items() <= extra.items()
