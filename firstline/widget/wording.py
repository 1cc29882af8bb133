"""The widget's own words, in the visitor's language."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

DEFAULT = "en"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


@dataclass(frozen=True)
class Wording:
    """One catalogue."""

    language: str
    sentences: dict[str, str]

    @property
    def direction(self) -> str:
        """``rtl`` for languages written from right to left."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    def say(self, key: str, **values: Any) -> str:
        """A sentence with its places filled."""
        return self.sentences[key].format_map(values)


@cache
def catalogues() -> dict[str, Wording]:
    """All catalogues by language, read once."""
    folder = resources.files(__package__).joinpath("strings")
    found = {}
    for file in folder.iterdir():
        language, _, ending = file.name.partition(".")
        if ending == "json":
            found[language] = Wording(language, json.loads(file.read_text("utf-8")))
    return found


def wording(tag: str) -> Wording:
    """The catalogue for a language tag such as ``de-AT``; English where there is none."""
    known = catalogues()
    return known.get(tag.replace("_", "-").partition("-")[0].lower(), known[DEFAULT])
