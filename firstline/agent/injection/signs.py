"""The structure of injected instructions: who is addressed, what is asked of them, and about what. Pure.

Words alone mislead: "please ignore my previous email" and "where are the instructions" are what customers write every day. A
sign therefore needs a verb that addresses the reader *and* an object that only an assistant has (its instructions, its prompt,
its reply, a role), and it does not count where somebody tells of themselves ("I ignored the instructions").
"""

import base64
import binascii
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Literal

from firstline.agent.models.lexicon import fold

Place = Literal["customer", "content"]


@dataclass(frozen=True)
class Sign:
    """One sign: its name, the words, and how much it weighs (:data:`~firstline.agent.injection.looking.FLAGGED` flags)."""

    name: str
    words: str
    weight: float


_I = partial(re.compile, flags=re.IGNORECASE)

_OVERRIDE = (
    r"(?:ignore|disregard|forget|drop|abandon|override|overwrite|bypass|neglect|dismiss|erase|"
    r"(?:do not|don'?n?'?t|stop) (?:follow(?:ing)?|obey(?:ing)?|look(?:ing)? (?:in|at))|leave|remove|vergiss|"
    r"vergesst|vergessen sie|ignoriere?|ignorieren sie|missachte|missachten sie|lass|olvida|olvide|"
    r"olvidar|ignora|ignorez|oublie|oubliez|"
    r"dimentica|esquece|esqueca|zaboravi|zapomnij|zignoruj|negeer|vergeet|ignorera|glom|"
    r"забудь|игнорируй)"
)
_EVERYTHING = (
    r"(?:everything(?: (?:else|above|you|that|before|we|and|i said))?|anything you|all (?:the |of the |your |that |my )?(?:above|"
    r"previous|preceding|prior|provided|instructions|rules|documents|of this)|the above|"
    r"alles (?:davor|andere|gesagte|vorherige|was)?|todo (?:que|lo|el)?|tout ce|tutto quello|all that)"
)
_OBJECT = (
    r"(?:(?:system ?)?prompts?|instructions?|instruktionen|instrukcije|instrucciones|istruzioni|instrucoes|instrukcje|"
    r"instructies|directives|commands|guardrails|programming|training|context|articles?|artikels?|documents|information before|"
    r"anweisungen|befehle|vorgaben|angaben|aufgaben|consignes|ordenes|"
    r"(?:previous|preceding|prior|former|earlier|last) (?:\w+ )?(?:tasks?|orders|rules|information|conversation|guidelines)|"
    r"your (?:rules|guidelines|tasks?|thoughts|policies|restrictions))"
)
_OWN = r"\b(?:i|we|he|she|they|it|who|ich|wir|je|j'ai|ho|nous|yo|that|which|to you)\b"
_ASKS = r"\b(?:can|could|should|may|must|how (?:do|can|to)|did|do|does|have|has|safe to|able to|told me to|kann|darf|soll)\b"
_MINE = r"\b(?:my|our|mein\w*|unser\w*|meine|mon|ma|mes|mi|mis|il mio|delivery|assembly|washing|care|montage|de montage)\b"

_OVERRIDING = _I(rf"\b{_OVERRIDE}\b(?P<between>[^.!?\n]{{0,70}}?)\b(?P<object>{_OBJECT})\b")
_FORGETTING = _I(
    r"(?:^|[.!?,;:\"“(]|\b(?:and|then|now|but|please|just|bitte|und|if you|you to|should|must)) *"
    rf"\b{_OVERRIDE} (?P<object>{_EVERYTHING})\b"
)


def _listed(place: str) -> tuple[tuple[str, float, re.Pattern[str]], ...]:
    listed = tomllib.loads((files("firstline.agent.injection") / "signs.toml").read_text("utf-8"))["sign"]
    return tuple((one["name"], one["weight"], _I("|".join(one["any"]))) for one in listed if one["place"] == place)


_ANYWHERE = _listed("any")
_IN_CONTENT = _listed("content")
_HIDDEN = re.compile("[\U000e0020-\U000e007f]{4,}|[\u202a-\u202e\u2066-\u2069]{2,}|(?:\u200b|\u200c|\u2060){6,}")
_SPACED = re.compile(r"\b(?:[A-Za-z] ){9,}[A-Za-z]\b")
_ENCODED = re.compile(r"[A-Za-z0-9+/]{32,}={0,2}")
_SHOUTED = re.compile(r"(?:\b[A-ZÄÖÜ]{2,}\b[ ,\"“'!]*){4,}")
_ORDER_WORDS = _I(r"\b(?:just|only|ignore|forget|output|say|do not look|use also|look in|du bist|musst du)\b")


def signs_of(text: str, place: Place) -> list[Sign]:
    """The signs that the structure of a text gives."""
    found = [*_overrides(text), *_written(text), *_hidden(text, place)]
    return sorted(found, key=lambda one: -one.weight)


def _overrides(text: str) -> Iterator[Sign]:
    plain = fold(text)
    for match in _OVERRIDING.finditer(plain):
        before = re.split(r"[.!?\n,;:]", plain[max(0, match.start() - 60) : match.start()])[-1]
        whose = match["between"] + " "
        yours = re.search(r"\b(?:your|all|any|provided|deine|alle|todas|sve|previous and)\b", whose) is not None
        if re.search(_MINE, whose) or (not yours and re.search(_ASKS, before)):
            continue
        if re.search(_OWN, before) and not re.search(r"\b(?:if you|want you|ask you|command you|you to)\b", before):
            continue
        yield Sign("override", _cut(match[0]), 1.0)
    for match in _FORGETTING.finditer(plain):
        rest = plain[match.end() : match.end() + 12]
        if not re.match(r" ?(?:i write|i wrote|i said about)", rest):
            yield Sign("override", _cut(match[0]), 1.0)


def _written(text: str) -> Iterator[Sign]:
    plain = fold(text)
    for name, weight, pattern in _ANYWHERE:
        if (match := pattern.search(plain)) is not None:
            yield Sign(name, _cut(match[0]), weight)


def _hidden(text: str, place: Place) -> Iterator[Sign]:
    if (match := _HIDDEN.search(text)) is not None:
        yield Sign("hidden_text", "characters that nobody sees", 1.0)
    if (match := _SPACED.search(text)) is not None:
        yield Sign("spelled_out", _cut(match[0]), 1.0)
    for match in _ENCODED.finditer(text[:20_000]):
        plain = _decoded(match[0])
        if plain and (inner := [*_overrides(plain), *_written(plain)]):
            yield Sign("encoded", f"{_cut(plain)} ({inner[0].name})", 1.0)
    if any(letter.islower() for letter in text):
        for match in _SHOUTED.finditer(text):
            if _ORDER_WORDS.search(match[0]):
                yield Sign("shouted_order", _cut(match[0]), 1.0)
    if place == "content":
        plain = fold(text)
        for name, weight, pattern in _IN_CONTENT:
            if (found := pattern.search(plain)) is not None:
                yield Sign(name, _cut(found[0]), weight)


def _decoded(text: str) -> str:
    """What base64 stands for, if it is text."""
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return plain if plain and sum(one.isprintable() or one.isspace() for one in plain) > 0.95 * len(plain) else ""


def _cut(text: str) -> str:
    plain = " ".join(text.strip(' .,;:!?"“').split())
    return plain if len(plain) <= 120 else plain[:119] + "…"
