"""Promises of work by people: allowed only together with a handoff (HO6). Pure.

*Our team will get back to you* is a promise when the agent says it; quoted from content, word for word, it is content.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files

from firstline.agent.models.lexicon import base, fold

_MACRO = re.compile(r"\{([a-z]+)\}")
_ASKS = re.compile(r"[?？]\s*$")


def promise_in(sentence: str, language: str = "en") -> str | None:
    """The words of a sentence that promise work by people, or None. A question promises nothing: it offers.

    Tried in the given language, in English, and then in all others.
    """
    if _ASKS.search(sentence.strip()):
        return None
    plain = " ".join(fold(sentence).split())
    known = _all()
    order = dict.fromkeys((base(language), "en", *known))
    for one in order:
        if one in known and (found := known[one].search(plain)):
            return found[0].strip()
    return None


@cache
def _all() -> dict[str, re.Pattern[str]]:
    read = tomllib.loads(files("firstline.agent").joinpath("promises.toml").read_text("utf-8"))
    return {language: _compiled(table) for language, table in read.items()}


def _compiled(table: dict[str, str | list[str]]) -> re.Pattern[str]:
    patterns = table["patterns"]
    text = "|".join(f"(?:{one})" for one in patterns)
    return re.compile(_MACRO.sub(lambda found: str(table[found[1]]), text))
