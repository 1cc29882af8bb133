"""Which of the things that the agent offered is meant: by number, by place, by words; never one that was not offered. Pure.

A message that says more than an option does is no choice but a new question, and is left to the search.
"""

import re
from collections.abc import Sequence

from firstline.agent.models.lexicon import base, words_of, words_only
from firstline.knowledge.words import STOP, stem

_NUMBER = re.compile(r"\d{1,2}\Z")
_PLACES = {
    "en": ("first|1st", "second|2nd", "third|3rd", "fourth|4th", "fifth|5th", "last|latter|bottom one"),
    "de": ("erste[nmrs]?", "zweite[nmrs]?", "dritte[nmrs]?", "vierte[nmrs]?", "funfte[nmrs]?", "letzte(?:re)?[nmrs]?"),
    "fr": ("premiere?|1ere?", "deuxieme|seconde?", "troisieme", "quatrieme", "cinquieme", "derniere?"),
    "es": ("primer[oa]?", "segund[oa]", "tercer[oa]?", "cuart[oa]", "quint[oa]", "ultim[oa]"),
    "it": ("prim[oa]", "second[oa]", "terz[oa]", "quart[oa]", "quint[oa]", "ultim[oa]"),
    "nl": ("eerste", "tweede", "derde", "vierde", "vijfde", "laatste"),
    "pt": ("primeir[oa]", "segund[oa]", "terceir[oa]", "quart[oa]", "quint[oa]", "ultim[oa]"),
    "pl": (
        "pierwsz[aey]g?o?",
        "drugi(?:ej|ego)?|druga",
        "trzeci(?:ej|ego|a)?",
        "czwart[aey]",
        "piat[aey]",
        "ostatni(?:a|ej|ego)?",
    ),
}
"""The first to the fifth, and the last, on folded text."""
MOST_BESIDE = 1
"""Telling words besides a place up to which a message only points: *the second one, quick*."""
_POINTS = frozenset(
    """one ones option thing topic point number no nr nummer numero thema punkt opcion opzione optie opcao opcja sujet tema
    argomento onderwerp assunto temat take bitte""".split()  # noqa: SIM905
)
ENOUGH = 0.5
"""Share of a message's telling words that an option has to have."""


def numbered(text: str) -> tuple[str, ...]:
    """The options that a text lists line by line, ``1. Returns``; a channel without buttons shows them so."""
    found: list[str] = []
    for line in text.splitlines():
        place, mark, label = line.partition(". ")
        if mark and place.strip() == str(len(found) + 1):
            found.append(label.strip())
    return tuple(found)


def chosen(text: str, offered: Sequence[str], language: str) -> str | None:
    """The option that a message picks; None if it picks none of them, or may mean more than one."""
    if not offered or not text.strip():
        return None
    plain = words_only(text)
    for label in offered:
        if plain == words_only(label):
            return label
    telling = _telling(plain, language)
    if len(telling) == 1 and _NUMBER.match(telling[0]):
        place = int(telling[0])
        return offered[place - 1] if 1 <= place <= len(offered) else None
    by_words = _by_words(telling, offered, language)
    return by_words if by_words is not None else _by_place(plain, telling, offered, language)


def _by_place(plain: str, telling: Sequence[str], offered: Sequence[str], language: str) -> str | None:
    """*The second one*, in the language of the conversation or in English: a place in a message that tells little else."""
    if len(telling) > MOST_BESIDE + 1:
        return None
    for places in dict.fromkeys((_PLACES.get(base(language), _PLACES["en"]), _PLACES["en"])):
        named = [n for n, pattern in enumerate(places) if re.search(rf"(?:\A|\s)(?:{pattern})(?:\Z|\s)", plain)]
        if len(named) == 1:
            place = len(offered) - 1 if named[0] == len(places) - 1 else named[0]
            return offered[place] if place < len(offered) else None
    return None


def _by_words(telling: Sequence[str], offered: Sequence[str], language: str) -> str | None:
    """The one option that has most of the message's telling words, where these are mostly its own."""
    said = {stem(word, language) for word in telling}
    if not said:
        return None
    shared = {label: len(said & {stem(word, language) for word in words_only(label).split()}) for label in offered}
    most = max(shared.values())
    best = [label for label, count in shared.items() if count == most]
    return best[0] if len(best) == 1 and most / len(said) > ENOUGH else None


def _telling(plain: str, language: str) -> list[str]:
    """The words that tell something: numbers, and what is neither a stop word nor a word that only points."""
    nothing = words_of(language).stop | STOP | _POINTS
    return [word for word in plain.split() if word not in nothing and (len(word) > 1 or not word.isascii() or word.isdigit())]
