"""The agent's own words: what it says besides content. One TOML file a language, with other wordings per personality.

Verb: :func:`say`. A language without a file speaks English; a key without another wording has the friendly one.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

PERSONALITIES = ("professional", "casual", "empathetic", "witty")
"""Those with wordings of their own; *friendly* is the plain file."""

_PLACE = re.compile(r"\{(\w+)\}")


def say(key: str, language: str, personality: str = "friendly", **values: str) -> str:
    """One phrase, such as ``say("handoff.now", "de")``.

    :raises KeyError: if English has no such key, or a value of the phrase is missing.
    """
    text = _template(key, short(language), personality)
    return _PLACE.sub(lambda place: values[place[1]], text)


def recognised(key: str, text: str) -> bool:
    """Whether a text holds the phrase, in any language and personality."""
    return _pattern(key).search(text) is not None


def languages() -> tuple[str, ...]:
    """Languages that have a file."""
    return tuple(sorted(_all()))


def keys(language: str = "en") -> tuple[str, ...]:
    """The keys of a language's plain wording."""
    return tuple(key for key in _all()[language] if key.partition(".")[0] not in PERSONALITIES)


def short(language: str) -> str:
    """The language of a tag that has a file, else English."""
    base = language.replace("_", "-").partition("-")[0].lower()
    return base if base in _all() else "en"


def _template(key: str, language: str, personality: str) -> str:
    known = _all()[language]
    return known.get(f"{personality}.{key}") or known.get(key) or _all()["en"][key]


@cache
def _all() -> dict[str, dict[str, str]]:
    folder = files(__package__)
    read = {one.name.removesuffix(".toml"): one.read_text("utf-8") for one in folder.iterdir() if one.name.endswith(".toml")}
    return {language: dict(_flat(tomllib.loads(text))) for language, text in read.items()}


def _flat(table: dict[str, Any], path: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        found += _flat(value, f"{path}{name}.") if isinstance(value, dict) else [(f"{path}{name}", value)]
    return found


@cache
def _pattern(key: str) -> re.Pattern[str]:
    templates = {
        known[found]
        for known in _all().values()
        for found in (key, *(f"{personality}.{key}" for personality in PERSONALITIES))
        if found in known
    }
    return re.compile("|".join(_as_pattern(one) for one in sorted(templates)), re.DOTALL)


def _as_pattern(template: str) -> str:
    parts = _PLACE.split(template)
    return "".join(".+?" if place % 2 else re.escape(part).replace(r"\ ", r"\s+") for place, part in enumerate(parts))
