"""The part of curl that the guides use, as requests of this process: what is written there is what is sent."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Call:
    """One request."""

    method: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    form: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.method:
            self.method = "POST" if self.body is not None or self.form or self.files else "GET"


def calls(block: str, variables: Mapping[str, str]) -> Iterator[Call]:
    """The requests of a shell block, with its variables filled in.

    :raises ValueError: for anything else than curl with the options known here.
    """
    for words in _commands(block):
        if words[0] != "curl":
            raise ValueError(f"a guide runs {words[0]}")
        yield _call([_filled(word, variables) for word in words[1:]])


def _commands(block: str) -> Iterator[list[str]]:
    """The commands of a block; a backslash or an open quote goes on in the next line."""
    pending = ""
    for line in block.splitlines():
        pending += line.removesuffix("\\")
        if line.endswith("\\"):
            continue
        try:
            words = shlex.split(pending)
        except ValueError:
            pending += "\n"
            continue
        pending = ""
        if words:
            yield words
    if pending.strip():
        raise ValueError(f"a guide has an unfinished command: {pending}")


def _filled(word: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\$([A-Z]+)", lambda name: variables[name.group(1)], word)


def _call(words: list[str]) -> Call:
    found: dict[str, Any] = {"headers": {}, "form": {}, "files": {}}
    rest = iter(words)
    for word in rest:
        if word == "-X":
            found["method"] = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            found["headers"][name] = value
        elif word == "--json":
            found["body"] = json.loads(next(rest))
        elif word == "-F":
            name, _, value = next(rest).partition("=")
            found["files" if value.startswith("@") else "form"][name] = value.removeprefix("@")
        elif word.startswith("-"):
            raise ValueError(f"a guide uses curl {word}, which its test does not know")
        else:
            found["url"] = word
    return Call(**found)
