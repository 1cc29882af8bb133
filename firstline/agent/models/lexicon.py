"""Words of courtesy, mood and wish in many languages: one TOML file each, compiled once, matched on folded text.

A file has ``[macros]`` (named pieces of pattern), ``[person]`` (asking for a person), ``[social]``, ``[mood]``, and for
the product's own languages ``[talk]`` (small talk) and ``[text]`` (stop words, words that join two questions).
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from firstline.knowledge.words import STOP, stop_words

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"} | dict.fromkeys("’‘`´ʼ", "'"))
_ACCENTS = dict.fromkeys(range(0x300, 0x370))
_MACRO = re.compile(r"\{([a-z]+)\}")
_NEVER = re.compile(r"(?!)")


def fold(text: str) -> str:
    """Lower case, without accents, with straight apostrophes: what patterns are written in."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).translate(_ACCENTS))


@cache
def _is_word(character: str) -> bool:
    return character in "'-" or unicodedata.category(character)[0] in "LMN"


def words_only(text: str) -> str:
    """Folded text with single spaces instead of everything that belongs to no word."""
    return " ".join("".join(one if _is_word(one) else " " for one in fold(text)).split())


@dataclass(frozen=True)
class Words:
    """One language. Patterns of ``social`` match a whole clause, the others anywhere in it."""

    language: str
    scripts: frozenset[str]
    request: re.Pattern[str]
    no_bot: re.Pattern[str]
    refuse: re.Pattern[str]
    refuse_before: re.Pattern[str]
    bare: re.Pattern[str]
    social: dict[str, re.Pattern[str]]
    fillers: re.Pattern[str]
    greeting_first: re.Pattern[str]
    mood: dict[str, re.Pattern[str]]
    talk: dict[str, re.Pattern[str]]
    stop: frozenset[str]
    joiners: tuple[str, ...]


def _fold_pattern(pattern: str) -> str:
    """Fold a pattern and leave its escapes alone (``\\S`` is not ``\\s``)."""
    return "".join(one if one.startswith("\\") else fold(one) for one in re.split(r"(\\.)", pattern))


def _one_of(patterns: list[str], macros: dict[str, str], *, whole: bool = False) -> re.Pattern[str]:
    if not patterns:
        return _NEVER
    text = "|".join(f"(?:{one})" for one in patterns)
    while _MACRO.search(text):
        text = _MACRO.sub(lambda found: macros[found[1]], text)
    text = _fold_pattern(text)
    return re.compile(rf"(?:{text})\Z" if whole else text)


def _fillers(words: list[str], scripts: frozenset[str]) -> re.Pattern[str]:
    text = _fold_pattern("|".join(words))
    return re.compile(rf"(?:{text})" if scripts & UNSPACED else rf"(?<![\w'])(?:{text})(?![\w'])")


def _compile(language: str, given: dict[str, Any]) -> Words:
    macros: dict[str, str] = given.get("macros", {})
    person, social, mood = given["person"], given["social"], given["mood"]
    talk, text = given.get("talk", {}), given.get("text", {})
    scripts = SCRIPTS_OF.get(language, frozenset({"latin"}))
    greeting = _fold_pattern("|".join([*social["greetings"], *social["thanks"]]))
    return Words(
        language=language,
        scripts=scripts,
        request=_one_of(person["request"], macros),
        no_bot=_one_of(person["nobot"], macros),
        refuse=_one_of(person["refuse"], macros),
        refuse_before=_one_of(person["refuse_before"], macros),
        bare=_one_of(person["bare"], macros, whole=True),
        social={name: _one_of(social[name], macros, whole=True) for name in ("greetings", "thanks", "goodbyes", "yes", "no")},
        fillers=_fillers(social["fillers"], scripts),
        greeting_first=re.compile(
            rf"(?:{greeting})(?=[\s,!.])[\s,!.]*(?:(?:but|and|aber|und|mais|et|pero|y|ma|e|mas|maar|ale) )?"
        ),
        mood={name: _one_of(mood[name], macros) for name in ("upset", "not_helped", "urgent", "kind")},
        talk={name: _one_of(talk.get(name, []), macros) for name in ("who", "how", "what")},
        stop=frozenset(fold(text.get("stop", "") or _stop(language)).split()),
        joiners=tuple(fold(one) for one in text.get("joiners", [])),
    )


def _stop(language: str) -> str:
    """The stop words of content in this language; English ones, which are another list, stand in its file."""
    return " ".join(sorted(stop_words(language))) if stop_words(language) is not STOP else ""


UNSPACED = frozenset({"han", "kana", "thai"})
"""Scripts that put no spaces between words."""

SCRIPTS_OF: dict[str, frozenset[str]] = {
    "el": frozenset({"greek"}),
    "ru": frozenset({"cyrillic"}),
    "uk": frozenset({"cyrillic"}),
    "bg": frozenset({"cyrillic"}),
    "ar": frozenset({"arabic"}),
    "he": frozenset({"hebrew"}),
    "hi": frozenset({"devanagari"}),
    "zh": frozenset({"han"}),
    "ja": frozenset({"kana", "han"}),
    "ko": frozenset({"hangul"}),
    "th": frozenset({"thai"}),
}
"""Scripts of the languages that are not written in Latin letters."""

_SCRIPTS = {
    "latin": r"[a-z]",
    "greek": r"[\u0370-\u03ff]",
    "cyrillic": r"[\u0400-\u04ff]",
    "hebrew": r"[\u0590-\u05ff]",
    "arabic": r"[\u0600-\u06ff]",
    "devanagari": r"[\u0900-\u097f]",
    "thai": r"[\u0e00-\u0e7f]",
    "kana": r"[\u3040-\u30ff]",
    "han": r"[\u4e00-\u9fff]",
    "hangul": r"[\uac00-\ud7af]",
}
_SCRIPT_PATTERNS = {name: re.compile(pattern) for name, pattern in _SCRIPTS.items()}


def scripts_in(folded: str) -> frozenset[str]:
    """The scripts that a text is written in; kanji between kana count as kana."""
    found = {name for name, pattern in _SCRIPT_PATTERNS.items() if pattern.search(folded)}
    return frozenset(found - {"han"} if "kana" in found else found)


@cache
def all_words() -> dict[str, Words]:
    """Every language, by its code."""
    folder = files("firstline.agent.models") / "words"
    read = {one.name.removesuffix(".toml"): one.read_text("utf-8") for one in folder.iterdir() if one.name.endswith(".toml")}
    return {language: _compile(language, tomllib.loads(text)) for language, text in sorted(read.items())}


@cache
def words_for(scripts: frozenset[str], first: str) -> tuple[Words, ...]:
    """The languages written in any of these scripts: the given one first, then English, then the others."""
    fitting = [one for one in all_words().values() if one.scripts & scripts]
    return tuple(sorted(fitting, key=lambda one: (one.language != first, one.language != "en", one.language)))


def words_of(language: str) -> Words:
    """One language, or English where there is no file for it. Regions are ignored: ``pt-BR`` is ``pt``."""
    known = all_words()
    return known.get(base(language)) or known["en"]


def base(language: str) -> str:
    """The language of a tag: ``pt-BR`` → ``pt``; the two spoken forms of Norwegian are one."""
    short = language.replace("_", "-").partition("-")[0].lower()
    return {"no": "nb", "nn": "nb", "sr": "hr", "bs": "hr", "ms": "id", "iw": "he"}.get(short, short)
