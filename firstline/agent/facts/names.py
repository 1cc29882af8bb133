"""Proper names in a sentence, as far as capitals tell them. Pure.

Capitals inside a sentence are names in languages that write nouns small. German writes every noun with a capital: there a
name is what follows a title, or a capital inside a word, or a word beside another unknown capital. At the beginning of a
sentence a capital says nothing; there, a word counts when it replaces a word of the evidence (:mod:`.support`).
"""

import re
from collections.abc import Iterator

from firstline.agent.facts.dates import weekdays
from firstline.agent.facts.reading import Fact, Kind
from firstline.agent.models.lexicon import words_of

_WORD = re.compile(r"[^\W\d_]+(?:['’.-](?=[^\W\d_])[^\W\d_]+)*")
_TITLES = frozenset(
    """herr herrn frau dr prof mr mrs ms mme monsieur madame señor señora sig pan pani""".split()  # noqa: SIM905
)
_STARTS = re.compile(r"(?:^|[.!?:;…]\s+|[\n|•]\s*|[-–—]\s+|[\"“„«(\[]\s*|\d[.)]\s+)$")
_NEVER = frozenset(
    """i i'm i’m i'll i’ll i've i’ve i'd i’d ok ai ki ia faq pdf url sms pm am vat usb tv""".split()  # noqa: SIM905
)
"""Capitals that name nobody."""
CAPITAL_NOUNS = frozenset({"de", "lb"})
"""Languages that write every noun with a capital."""


def names(text: str, language: str) -> Iterator[Fact]:
    """The words of a sentence that are proper names, one fact a word."""
    every_noun = language in CAPITAL_NOUNS
    days = {one.start for one in weekdays(text)}
    before = ""
    for found in _WORD.finditer(text):
        word = found[0].rstrip(".")
        previous, before = before, word
        if found.start() in days or word.lower() in _NEVER or word.lower() in _TITLES or not _is_capital(word):
            continue
        inner = sum(letter.isupper() for letter in word[1:]) > 0 and not word.isupper()
        titled = previous.lower() in _TITLES
        inside = not _STARTS.search(text[: found.start()])
        telling = inside and not _is_function_word(word, language)
        if inner or titled or (telling and (not every_noun or _beside_name(text, found, previous))):
            yield Fact(Kind.NAME, word, frozenset({name_value(word)}), start=found.start())


def name_value(word: str) -> str:
    """A name as it is compared: lower case, without an English possessive."""
    return re.sub(r"['’]s?$", "", word.lower())


def _is_capital(word: str) -> bool:
    return word[0].isupper() and len(word) > 1


def _is_function_word(word: str, language: str) -> bool:
    return word.lower() in words_of(language).stop


def _beside_name(text: str, found: re.Match[str], previous: str) -> bool:
    """Whether a capital stands directly beside another one, as in *Jonas Feld*; two nouns in a row are rare in German."""
    after = _WORD.match(text, found.end() + 1) if text[found.end() : found.end() + 1] == " " else None
    left = text[: found.start()]
    follows = bool(previous) and previous[0].isupper() and left.endswith(previous + " ")
    if follows and not _STARTS.search(left[: -len(previous) - 1]):
        return True
    return after is not None and after[0][0].isupper()
