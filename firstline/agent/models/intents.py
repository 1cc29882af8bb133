"""What a message wants, read by rules: a person, thanks, a greeting, a yes or no, or something to know.

Precision comes first for *asks for a person*: a question about people, a report of an earlier call and a refusal are no
such wish, while not wanting a machine is one (HO2: honoured at once, in any language).
"""

import re
from dataclasses import dataclass
from typing import Literal

from firstline.agent.models.lexicon import UNSPACED, Words, fold, scripts_in, words_for, words_of, words_only

LIMIT = 4000
"""Characters of a message that are read; a longer one is read at its beginning and its end."""

SmallTalk = Literal["who", "how", "what"]

_ENDS = r".!?;:,\n。、，！？；：،؟।…)\"»”"
_CLAUSE = re.compile(rf"[^{_ENDS}¿¡(«“]+(?:\.(?=\S)[^{_ENDS}¿¡(«“]*)*[{_ENDS}\s]*|[^\w\s]+")
_DASH = re.compile(r"\s[-–—]+\s")


@dataclass(frozen=True)
class Reading:
    """What was read in a message. ``matter`` is the message without its courtesies; ``asks_person`` the words that ask."""

    text: str
    matter: str
    content_words: int
    asks_person: str | None = None
    greets: bool = False
    thanks: bool = False
    leaves: bool = False
    agrees: bool = False
    declines: bool = False
    upset: bool = False
    not_helped: bool = False
    urgent: bool = False
    kind: bool = False
    talk: SmallTalk | None = None

    @property
    def social_only(self) -> bool:
        """Whether there is nothing in it to look up."""
        return not self.matter


def read(text: str, language: str = "en") -> Reading:
    """Read one message, or several joined by line ends. ``language`` is tried first, then every other of the same script."""
    text = text if len(text) <= LIMIT else f"{text[: LIMIT // 2]}\n{text[-LIMIT // 2 :]}"
    words = words_of(language)
    tried = words_for(scripts_in(fold(text)), words.language)
    near = tried[:2] if tried[:1] and tried[0].language == words.language else (*tried[:1], words)
    social: set[str] = set()
    left: list[str] = []
    for clause in clauses(text):
        kind = _social(clause, tried)
        if kind is None:
            left.append(clause)
        else:
            social.add(kind)
    matter = _without_greeting("".join(left).strip(" ,;:-–—\n\t"), tried, social)
    plain = [words_only(clause) for clause in left]
    whole = words_only(text)
    return Reading(
        text=text,
        matter=matter,
        content_words=content_words(matter, words),
        asks_person=asks_for_person(text, language),
        greets="greetings" in social,
        thanks="thanks" in social,
        leaves="goodbyes" in social,
        agrees="yes" in social,
        declines="no" in social,
        upset=_mood(whole, near, "upset") or _shouts(text),
        not_helped=any(_mood(one, near, "not_helped") for one in plain),
        urgent=_mood(whole, near, "urgent"),
        kind=_mood(whole, near, "kind"),
        talk=_talk(plain, near),
    )


def clauses(text: str) -> list[str]:
    """The text cut at punctuation and line ends; each piece keeps what ends it, so joined they are the text again."""
    return [found[0] for found in _CLAUSE.finditer(_DASH.sub(", ", text))]


def asks_for_person(text: str, language: str = "en") -> str | None:
    """The words with which somebody asks for a person, or None."""
    text = text if len(text) <= LIMIT else f"{text[: LIMIT // 2]}\n{text[-LIMIT // 2 :]}"
    tried = words_for(scripts_in(fold(text)), words_of(language).language)
    whole = words_only(text)
    parts = [words_only(one) for one in clauses(text)]
    for words in tried:
        bare = " ".join(words.fillers.sub(" ", whole).split())
        if bare and len(bare) < 60 and words.bare.match(bare):
            return bare
    for words in tried:
        for part in parts:
            if found := _asked_in(part, words):
                return found
    return None


def _asked_in(part: str, words: Words) -> str | None:
    if found := words.no_bot.search(part):
        return found[0].strip()
    if words.refuse.search(part):
        return None
    for found in words.request.finditer(part):
        if not words.refuse_before.search(part[: found.start()]):
            return found[0].strip()
    return None


def _social(clause: str, tried: tuple[Words, ...]) -> str | None:
    """Which courtesy a clause is as a whole, in the first language that knows it as one; empty clauses are none to keep."""
    plain = words_only(clause)
    if not plain:
        return "punctuation"
    for words in tried:
        for name, pattern in words.social.items():
            if pattern.match(plain):
                return name
    for words in tried[:2]:
        bare = " ".join(words.fillers.sub(" ", plain).split())
        if not bare:
            return "filler"
        for name, pattern in words.social.items():
            if pattern.match(bare):
                return name
    return None


def _without_greeting(matter: str, tried: tuple[Words, ...], social: set[str]) -> str:
    """Drop a greeting or thanks that no punctuation parts from the rest: *hi can I return it*."""
    folded = fold(matter)
    if len(folded) != len(matter):
        return matter
    for words in tried[:2]:
        found = words.greeting_first.match(folded)
        if found and len(matter) - found.end() > 3:
            social.add("greetings")
            return matter[found.end() :].lstrip(" ,")
    return matter


def content_words(text: str, words: Words) -> int:
    """How many words of a text carry meaning; two characters count as one where words are not spaced."""
    plain = words_only(text)
    if scripts_in(plain) & UNSPACED:
        return len(plain.replace(" ", "")) // 2
    stop = words.stop or words_of("en").stop
    return sum(1 for one in plain.split() if one not in stop and any(letter.isalnum() for letter in one))


def _mood(plain: str, near: tuple[Words, ...], name: str) -> bool:
    return any(words.mood[name].search(plain) for words in near)


def _shouts(text: str) -> bool:
    letters = [one for one in text if one.isalpha()]
    return text.count("!") >= 3 or (len(letters) >= 15 and sum(one.isupper() for one in letters) > 0.8 * len(letters))


def _talk(parts: list[str], near: tuple[Words, ...]) -> SmallTalk | None:
    kinds: tuple[SmallTalk, ...] = ("who", "how", "what")
    for kind in kinds:
        if any(words.talk[kind].search(part) for words in near for part in parts):
            return kind
    return None
