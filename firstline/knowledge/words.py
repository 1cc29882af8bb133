"""Words and terms of a text: one analyser for what is stored and what is asked. Pure.

Terms are lower-case words without stop words, reduced to their stems by Snowball in the language of the text.
"""

import re
import threading
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files

import snowballstemmer  # type: ignore[import-untyped]

WORD = re.compile(r"[^\W_]+(?:[.\-'’][^\W_]+)*", re.UNICODE)

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Languages with a stemmer, by ISO 639-1 code; words of other languages are kept as they are."""

STOP = frozenset(
    """a about above after again all also am an and any are aren't as at be because been before being below between both but by
    can can't cannot could couldn't did didn't do does doesn't doing don't down during each else ever few for from further get
    give go got had hadn't has hasn't have haven't having he he's her here hers herself hi hello him himself his how how's i i'd
    i'll i'm i've if in into is isn't it it's its itself just know let let's like may maybe me might more most must my myself
    need no nor not of off on once only or other ought our ours ourselves out over own please same say see shall she she's
    should shouldn't so some such tell than thank thanks that that's the their theirs them themselves then there there's these
    they they'd they'll they're they've this those through to too under until up upon us very want wanted was wasn't we we'd
    we'll we're we've were weren't what what's when when's where where's which while who who's whom why why's will with won't
    would wouldn't yes you you'd you'll you're you've your yours yourself yourselves""".split()  # noqa: SIM905
)
"""English words that say nothing about the subject; *need, want, please, can, know, tell, there* among them."""


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    lists = tomllib.loads((files("firstline.knowledge") / "stop_words.toml").read_text("utf-8"))
    return {"en": STOP} | {language: frozenset(words.split()) for language, words in lists.items()}


def stop_words(language: str) -> frozenset[str]:
    """The words of a language that say nothing about the subject; English ones where no list is known, which does little harm."""
    return _lists().get(language.partition("-")[0], STOP)


MOST_PLACES = 255
"""Places of one term that a ``tsvector`` keeps; its text holds no position above 16,383."""


def words(text: str) -> Iterator[re.Match[str]]:
    """The words of a text with their places: letters and digits, with inner dots, hyphens and apostrophes."""
    return WORD.finditer(text)


_STEMMERS = threading.local()
"""A stemmer keeps the word it works on: each thread has its own."""


@lru_cache(maxsize=60_000)
def stem(word: str, language: str = "en") -> str:
    """A lower-case word's stem in a language; never empty, though some stemmers leave nothing of short words."""
    word = word.replace("’", "'")
    if language == "en":
        word = word.removesuffix("'s") or word
    if language not in STEMMERS or not word.isalpha():
        return word[:100]
    stemmer = getattr(_STEMMERS, language, None)
    if stemmer is None:
        stemmer = snowballstemmer.stemmer(STEMMERS[language])
        setattr(_STEMMERS, language, stemmer)
    return (str(stemmer.stemWord(word)) or word)[:100]


def terms(text: str, language: str = "en") -> list[str]:
    """The terms of a text, in order."""
    found, stop = [], stop_words(language)
    for match in WORD.finditer(text.lower()):
        word = match.group().replace("’", "'")
        if word not in stop:
            found.append(stem(word, language))
    return found


def as_tsvector(found: list[str]) -> str:
    """Terms with their places, as PostgreSQL reads a ``tsvector``."""
    places: dict[str, list[int]] = {}
    for place, one in enumerate(found, 1):
        listed = places.setdefault(one, [])
        if len(listed) < MOST_PLACES:
            listed.append(min(place, 16_383))
    return " ".join(f"{_quoted(one)}:{','.join(map(str, at))}" for one, at in places.items())


def as_tsquery(wanted: Iterable[str], *, together: bool = False) -> str:
    """Any of the terms, or all of them together, as PostgreSQL reads a ``tsquery``."""
    return (" & " if together else " | ").join(_quoted(one) for one in wanted)


def _quoted(one: str) -> str:
    return "'" + one.replace("\\", "\\\\").replace("'", "''") + "'"
