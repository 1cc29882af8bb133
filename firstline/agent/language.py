"""Which language a message is written in, among those that an account answers in.

py3langid limited to the given languages; short texts keep the conversation's language, because a word or two say little
(measured: every mistake on short support messages is under 14 letters). A script that only one of the languages uses
decides at any length.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from firstline.agent.models.lexicon import SCRIPTS_OF, base, fold, scripts_in
from firstline.kit.languages import classified, known_languages

ENOUGH = 14
"""Letters below which the conversation's language is kept."""

SURE = 0.6
"""Probability below which the conversation's language is kept."""

READ = 1000
"""Characters that are looked at."""

PRODUCT_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")
"""The languages that the product's own texts are written in."""

_NOT_LANGUAGE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[\w-]*\d[\w-]*|[{}<>\[\]|#*_`]")


@dataclass(frozen=True)
class Detected:
    """The language of a message and how it was found: ``text``, ``script``, or ``kept`` from the conversation."""

    language: str
    how: str
    probability: float


def detect(text: str, allowed: Sequence[str], current: str | None = None) -> Detected:
    """The language of a message.

    :param allowed: languages that the account answers in, by tag; empty means the product's own.
    :param current: the language of the conversation so far, if there is one; the first allowed where there is none.
    """
    languages = tuple(dict.fromkeys(base(one) for one in allowed)) or PRODUCT_LANGUAGES
    kept = base(current) if current else languages[0]
    plain = " ".join(_NOT_LANGUAGE.sub(" ", text[:READ]).split())
    if (by_script := _by_script(plain, languages)) is not None:
        return Detected(by_script, "script", 1.0)
    if sum(letter.isalpha() for letter in plain) < ENOUGH:
        return Detected(kept, "kept", 0.0)
    known = tuple(one for one in languages if one in known_languages())
    if len(known) < 2:
        return Detected(kept, "kept", 0.0)
    found, probability = classified(plain, known)
    if probability < SURE:
        return Detected(kept, "kept", probability)
    return Detected(found, "text", probability)


def _by_script(plain: str, languages: tuple[str, ...]) -> str | None:
    """The one language among these whose script the text is written in, if its script is not Latin."""
    scripts = scripts_in(fold(plain)) - {"latin"}
    if not scripts:
        return None
    fitting = [one for one in languages if scripts & SCRIPTS_OF.get(one, frozenset())]
    if "ja" in fitting and "kana" in scripts:
        return "ja"
    letters = [one for one in fold(plain) if one.isalpha()]
    latin = sum("a" <= one <= "z" for one in letters)
    return fitting[0] if len(fitting) == 1 and latin * 2 <= len(letters) else None
